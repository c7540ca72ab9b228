"""Until when a month or year is to be paid (缴费截止日). Pure.

A run resolves the day for each month in Python and hands SQL a list of (month, day): no arithmetic
there.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved

EMPLOYED, FLEXIBLE, RESIDENT = "EMPLOYED", "FLEXIBLE", "RESIDENT"  # enrolment's Kind
MONTHLY_RULES = {
    EMPLOYED: "collection.employer_pay_by",
    FLEXIBLE: "collection.individual_pay_by",
}
YEARLY_RULES = {
    "170": "collection.resident_pension_pay_by",
    "390": "collection.resident_medical_pay_by",
}


class CountedFrom(Enum):
    """From which month the day is counted."""

    MONTH = "所属月份"
    YEAR = "所属年度的十二月"


@dataclass(frozen=True)
class PayBy:
    """The rule of the last day to pay: a day so many months after."""

    counted_from: CountedFrom
    months_after: int
    day: int
    source: Resolved

    def last_day(self, month: Month) -> date:
        """The last day on which ``month`` is paid in time; a short month ends earlier."""
        start = month if self.counted_from is CountedFrom.MONTH else Month(month.year, 12)
        last = start.plus(self.months_after).last_day
        return last.replace(day=min(self.day, last.day))


def pay_by_rule(
    *,
    tree: ParameterTree,
    kind: str,
    scheme: str,
    region: str,
    month: Month,
    demo: bool = False,
) -> PayBy:
    """Resolve the rule in force for a month.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    key = YEARLY_RULES[scheme] if kind == RESIDENT else MONTHLY_RULES[kind]
    source = tree.resolve(key, region, month.first_day, demo)
    return PayBy(
        counted_from=CountedFrom[source.part("counted_from").text],
        months_after=source.part("months_after").whole,
        day=source.part("day").whole,
        source=source,
    )
