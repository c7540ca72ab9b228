"""Which amount of benefit is due in which months (失业保险金的发放月份和标准). Pure.

The amount of a month is that in force in it, so a claim that runs over a change of the amount has
more than one segment. What is not changed yet goes on as it is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import ParameterTree
from insurance.policy.kept_steps import kept
from insurance.policy.standing import weakest
from insurance.unemployment.amount import MonthlyAmount, amount_terms, monthly_amount

AmountOf: TypeAlias = Callable[[Month], MonthlyAmount]


@dataclass(frozen=True)
class Segment:
    """Months of one amount (同一标准的月份)."""

    months: MonthRange
    amount: MonthlyAmount

    @property
    def standing(self) -> Standing:
        """How far to rely on the weakest figure."""
        return weakest(standings=(source.standing for source in self.amount.sources))


def schedule(*, months: MonthRange, amount_of: AmountOf) -> tuple[Segment, ...]:
    """Give the amounts of ``months``, which end, one after the other.

    Raises:
        NotConfigured, AmountOutOfBounds: of the first month without an amount.
    """
    found: list[Segment] = []
    for month in months.months():
        one = Segment(MonthRange(month, month.next), amount_of(month))
        last = found[-1] if found else None
        if last and (last.amount.fen, last.standing) == (one.amount.fen, one.standing):
            found[-1] = replace(last, months=MonthRange(last.months.start, month.next))
        else:
            found.append(one)
    return tuple(found)


def amounts_kept(*, segments: Iterable[Segment]) -> list[dict[str, object]]:
    """Give the amounts as a row keeps them, each from its first month on, with its steps."""
    return [
        {
            "from": str(segment.months.start),
            "amount": str(Money(segment.amount.fen)),
            "standing": segment.standing.value,
            "steps": kept(steps=segment.amount.steps),
        }
        for segment in segments
    ]


def amounts_of(*, tree: ParameterTree, region: str) -> AmountOf:
    """Give the amount of each month in a region, by figures of any standing."""

    @lru_cache
    def amount_of(month: Month) -> MonthlyAmount:
        terms = amount_terms(tree=tree, region=region, month=month, demo=True)
        return monthly_amount(terms=terms)

    return amount_of
