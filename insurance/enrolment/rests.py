"""Months on which a benefit rests are not taken away (待遇依据): what sits above is asked."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange


class Blocker(Protocol):
    """Something that rests on months insured: a benefit, an award, a claim."""

    def __call__(self, *, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        """Give sentences that say what rests on these months; none when nothing does."""


class MonthsRestedOn(Refusal):
    """A benefit rests on the months that would be closed (待遇以这些月份为依据)."""

    code = "enrolment_months_rested_on"


def months_lost(*, last_month: Month, today: date, died: Month | None) -> MonthRange | None:
    """Give the months that are over which who leaves takes away, up to that of a known death:
    nothing rests on a month after it. None where there are none."""
    until = Month.of(today)
    if died is not None:
        until = min(until, died.next)
    return MonthRange(last_month.next, until) if last_month.next < until else None


def sentences(
    *, blockers: Sequence[Blocker], person_id: int, scheme: str, months: MonthRange
) -> list[str]:
    """Ask all blockers; what they say, in their order."""
    return [
        reason
        for blocker in blockers
        for reason in blocker(person_id=person_id, scheme=scheme, months=months)
    ]


def refuse_rested_on(
    *, blockers: Sequence[Blocker], person_id: int, scheme: str, months: MonthRange
) -> None:
    """Let nobody close months on which a benefit rests.

    Raises:
        MonthsRestedOn.
    """
    reasons = sentences(blockers=blockers, person_id=person_id, scheme=scheme, months=months)
    if reasons:
        raise MonthsRestedOn("；".join(reasons), reasons=reasons)
