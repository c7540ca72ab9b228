"""The index that papers say of earlier months against the register's (登记的缴费指数). Pure.

The register knows it of months whose base it knows and whose year's average wage is published.
Where it knows just as many as papers say its own counts, unrounded; else theirs must be possible:
that a wage is on record does not say that its month was paid.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from insurance.pension.index import (
    AverageIndex,
    EarlierMonths,
    IndexTerms,
    PaidMonth,
    average_index,
)
from insurance.policy.recompute import decimals
from insurance.policy.steps import Step, authority

# Floors and ceilings are whole yuan: at the ceiling the ratio is a little beside its share.
CEILING_DECIMALS = 2
EARLIER, REGISTERED = "以前平均缴费指数", "登记的平均缴费指数"


@dataclass(frozen=True)
class KnownIndex:
    """What the register tells of earlier months."""

    found: AverageIndex
    terms: IndexTerms
    months: tuple[PaidMonth, ...]
    most: Resolved  # the ceiling's share of the average wage
    others: int = 0  # months that are known too, of years whose average may not count

    @property
    def index(self) -> Decimal:
        """Rounded, as it is printed."""
        return Decimal(self.found.step.result)

    @property
    def total(self) -> Fraction:
        """The sum of base ÷ average over its months, exactly."""
        return sum(self._ratios(), Fraction(0))

    def covers(self, said: EarlierMonths) -> bool:
        """Whether the register knows just as many months as papers say, none above the ceiling."""
        mean = decimals(self.total / self.found.months, CEILING_DECIMALS)
        as_many = self.found.months == said.months and not self.others
        return as_many and mean <= self.most.number

    def bounds(self, months: int) -> tuple[Fraction, Fraction]:
        """The least and the most that the ratios of so many months can come to: beside those that
        are known each is between nothing and the ceiling's share; of fewer, any may be paid."""
        ratios, rest = self._ratios(), max(self.others, months - self.found.months)
        least = sorted([*ratios, *[Fraction(0)] * rest])[:months]
        greatest = sorted([*ratios, *[Fraction(self.most.number)] * rest])[-months:]
        return sum(least, Fraction(0)), sum(greatest, Fraction(0))

    def _ratios(self) -> list[Fraction]:
        """Base ÷ average of each month."""
        by_month: dict[Month, int] = defaultdict(int)
        for one in self.months:
            by_month[one.month] += one.base_fen
        averages = self.terms.averages
        return [Fraction(fen, averages[month.year].money.fen) for month, fen in by_month.items()]

    def step(self, said: EarlierMonths) -> Step:
        """How it came about: the earlier index itself, or that of a part of its months."""
        name = EARLIER if self.covers(said) else REGISTERED
        counts = (
            "以前缴费的月份登记都有，按登记计算"
            if self.covers(said)
            else f"以前缴费 {said.months} 个月中，登记有基数的 {self.found.months} 个月"
        )
        told = "" if said.index == self.index else f"（凭证上以前缴费的平均指数是 {said.index}）"
        sentence = f"{counts}，平均是当时平均工资的 {self.index} 倍{told}。"
        return self.found.step._replace(name=name, sentence=sentence)


def known_index(
    *, months: Sequence[PaidMonth], terms: IndexTerms, most: Resolved, others: int = 0
) -> KnownIndex | None:
    """Compute the register's index of months with a base; None where there are none.

    The months are of years whose own averages are published; ``most``: the ceiling's share;
    ``others``: how many months are known of other years.
    """
    if not months:
        return None
    return KnownIndex(average_index(paid=months, terms=terms), terms, tuple(months), most, others)


def differs(*, said: EarlierMonths, known: KnownIndex) -> str:
    """Say how the papers' index differs from the register's; empty where it may be right, but for
    what the papers' rounding leaves open."""
    found = (
        f"填写 {said.months} 个月平均 {said.index}；"
        f"登记 {known.found.months} 个月平均 {known.index}"
    )
    if known.covers(said):
        return "" if said.index == known.index else found
    whole = Fraction(said.index) * said.months
    least, greatest = known.bounds(said.months)
    open_by = Fraction(said.months, 2 * 10**known.terms.precision.whole)
    if least - open_by <= whole <= greatest + open_by:
        return ""
    return (
        f"{found}，{said.months} 个月的指数合计应在 {_decimal(least)} 至 {_decimal(greatest)}"
        f" 之间，不可能是 {_decimal(whole)}"
        f"（每月不超过 {known.most.number}，{authority(known.most)}）"
    )


def _decimal(value: Fraction) -> str:
    """Write a sum of ratios with four decimals."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.4f}"
