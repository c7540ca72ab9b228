"""The index that papers say of earlier months against the register's (登记的缴费指数). Pure.

The register knows it of months whose base it knows and whose year's average wage is published.
Where it knows all of them its own counts; else what papers say of the rest must be possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from backend.kernel.dated import Standing
from backend.kernel.parameters import Resolved
from insurance.pension.index import (
    AverageIndex,
    EarlierMonths,
    IndexTerms,
    PaidMonth,
    average_index,
)
from insurance.policy.steps import Step, authority

EARLIER, REGISTERED = "以前平均缴费指数", "登记的平均缴费指数"


@dataclass(frozen=True)
class KnownIndex:
    """What the register tells of earlier months."""

    found: AverageIndex
    terms: IndexTerms

    @property
    def index(self) -> Decimal:
        """Rounded, as it is printed."""
        return Decimal(self.found.step.result)

    @property
    def total(self) -> Fraction:
        """The sum of base ÷ average over its months, exactly."""
        return sum(
            (
                Fraction(fen, self.terms.averages[year].money.fen)
                for year, fen in self.found.by_year.items()
            ),
            Fraction(0),
        )

    @property
    def standings(self) -> frozenset[Standing]:
        """Of every figure that counts."""
        return frozenset(one.standing for one in self.terms.sources)

    def covers(self, said: EarlierMonths) -> bool:
        """Whether the register knows as many months as papers say."""
        return self.found.months >= said.months

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


def known_index(*, months: Sequence[PaidMonth], terms: IndexTerms) -> KnownIndex | None:
    """Compute the register's index of months with a base; None where there are none.

    The months are of years whose own averages are published.
    """
    if not months:
        return None
    return KnownIndex(average_index(paid=months, terms=terms), terms)


def differs(*, said: EarlierMonths, known: KnownIndex, most: Resolved) -> str:
    """Say how the papers' index differs from the register's; empty where it may be right.

    Where the register knows only some of the months, those left must come to something between
    nothing and the ceiling's share (``most``) each, but for what the papers' rounding leaves open.
    """
    found = (
        f"填写 {said.months} 个月平均 {said.index}；"
        f"登记 {known.found.months} 个月平均 {known.index}"
    )
    if known.covers(said):
        return "" if said.index == known.index else found
    rest = Fraction(said.index) * said.months - known.total
    left = said.months - known.found.months
    open_by = Fraction(said.months, 2 * 10**known.terms.precision.whole)
    if -open_by <= rest <= Fraction(most.number) * left + open_by:
        return ""
    return (
        f"{found}，其余 {left} 个月合计不可能是 {_decimal(rest)}"
        f"（每月在 0 至 {most.number} 之间，{authority(most)}）"
    )


def _decimal(value: Fraction) -> str:
    """Write a sum of ratios with four decimals."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.4f}"
