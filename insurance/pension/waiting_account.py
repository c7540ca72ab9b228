"""An account whose year has no announced rate yet (待重算的个人账户储存额). Pure.

The pension is awarded on the balance with interim interest; what bore it is kept with the award, so
that the balance can be computed again once the rates of all its years are announced.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.accounts.accrued import Accrued, Bearing, BearingYear, accrue
from insurance.accounts.interest import Movement, Rate
from insurance.policy.standing import WEAKEST_FIRST, weakest

UNIT = 10**8  # of a rate: it has no more decimals


@dataclass(frozen=True)
class WaitingAccount:
    """What an award keeps of an account whose balance is interim."""

    opening_fen: int
    years: Mapping[int, tuple[int, tuple[Movement, ...]]]  # months that bore, what came and went
    later_fen: int
    standing: Standing  # of the interim rates

    def again(self, *, rates: Mapping[int, Rate]) -> Accrued | None:
        """Compute the balance by the rates announced; None while one of them is not."""
        if not self.years.keys() <= rates.keys():
            return None
        return accrue(
            opening_fen=self.opening_fen,
            years=[
                BearingYear(year, months, movements, rates[year])
                for year, (months, movements) in self.years.items()
            ],
            later_fen=self.later_fen,
        )


def kept_account(
    *, bearing: Bearing | None, standings: Collection[Standing]
) -> dict[str, Any] | None:
    """Give what bears interim interest as JSON; None where nothing does."""
    if bearing is None:
        return None
    return {
        "opening": bearing.opening_fen,
        "years": [
            {
                "year": one.year,
                "months": one.months,
                "movements": [[move.arrival.month, move.fen] for move in one.movements],
            }
            for one in bearing.years
        ],
        "later": bearing.later_fen,
        "place": WEAKEST_FIRST.index(weakest(standings=standings)),
    }


def read_account(kept: Mapping[str, Any] | None) -> WaitingAccount | None:
    """Read it back."""
    if kept is None:
        return None
    return WaitingAccount(
        opening_fen=kept["opening"],
        years={
            one["year"]: (
                one["months"],
                tuple(Movement(Month(one["year"], month), fen) for month, fen in one["movements"]),
            )
            for one in kept["years"]
        },
        later_fen=kept["later"],
        standing=WEAKEST_FIRST[kept["place"]],
    )


def kept_rates(*, rates: Mapping[int, Rate]) -> dict[str, dict[str, Any]]:
    """Give rates as a run keeps them: whole units for SQL, and what a step says of them.

    Raises:
        ValueError: a rate with more decimals.
    """
    found = {}
    for year, rate in rates.items():
        units = rate.ratio * UNIT
        if units != int(units):
            raise ValueError(f"rate with too many decimals: {rate.ratio}")
        found[str(year)] = {
            "units": int(units),
            "place": WEAKEST_FIRST.index(rate.standing),
            "ratio": str(rate.ratio),
            "parameter": rate.parameter,
            "document": rate.document,
            "authority": rate.authority,
            "version": rate.policy_version,
        }
    return found


def read_rates(kept: Mapping[str, Mapping[str, Any]]) -> dict[int, Rate]:
    """Read them back."""
    return {
        int(year): Rate(
            ratio=Decimal(one["ratio"]),
            of_year=int(year),
            interim=False,
            parameter=one["parameter"],
            document=one["document"],
            standing=WEAKEST_FIRST[one["place"]],
            authority=one["authority"],
            policy_version=one["version"],
        )
        for year, one in kept.items()
    }


def weaker_of_two() -> dict[str, list[str]]:
    """For SQL: by a standing, and by the place of another, the weaker one."""
    return {
        one.value: [weakest(standings={one, other}).value for other in WEAKEST_FIRST]
        for one in Standing
    }
