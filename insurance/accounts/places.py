"""How long somebody paid where (各地缴费月数). Pure.

A place counts as its province (人社部规〔2016〕5号): its code ends in four zeros.
"""

from dataclasses import dataclass

from backend.kernel.months import Month
from insurance.policy.regions import province_of


@dataclass(frozen=True)
class PlaceMonths:
    """How long somebody paid at a place, and when last (一地的累计缴费)."""

    region: str  # six digits
    months: int
    until: Month

    @property
    def province(self) -> str:
        """The place, as it counts: 340000 of 340800."""
        return province_of(region=self.region)
