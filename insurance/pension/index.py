"""The average contribution index (平均缴费指数): how much somebody paid for, on average. Pure.

Each month's base is divided by the average wage of its reference year, and the mean is taken over
the months that were paid for; deemed months do not count. Months before this system's own come with
the average that was reviewed for them. Rounded once, half up.

The average wage of a year is published in the autumn after it. Who retires before that is held
against the newest one, as an interim figure (预发), and again when the year's own is known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.policy.recompute import decimals, decimals_label
from insurance.policy.steps import Step, authority

AVERAGE, REFERENCE = "pension.average_wage", "pension.index_reference"
DECIMALS = "pension.index_decimals"
INDEX = "平均缴费指数"
MOST = "pension.base_ceiling_ratio"
YEARS_BACK = 2  # how many years an average may stand in for one that is published late


class NothingPaid(Refusal):
    """Without a month that was paid for there is no average (没有缴费月份)."""

    code = "index_nothing_paid"


class IndexImpossible(Refusal):
    """No bases have such an average (平均缴费指数不可能)."""

    code = "award_index_impossible"


class Reference(Enum):
    """Which year's average wage a month's base is held against (参照年度)."""

    YEAR_BEFORE = 1

    def year_of(self, month_year: int) -> int:
        """The statistical year for contributions of a year."""
        return month_year - self.value


@dataclass(frozen=True)
class PaidMonth:
    """A month that was paid for; at two employers there are two of them."""

    month: Month
    base_fen: int


@dataclass(frozen=True)
class EarlierMonths:
    """Months of which only the average was told, on papers that were reviewed (以前缴费)."""

    months: int
    index: Decimal


@dataclass(frozen=True)
class IndexTerms:
    """All that the index rests on."""

    averages: Mapping[int, Resolved]  # by the year that was paid for
    reference: Resolved
    precision: Resolved
    policy_version: str

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counts."""
        return (*self.averages.values(), self.reference, self.precision)

    def of_years(self, years: Iterable[int]) -> "IndexTerms":
        """The same, for these years only.

        Raises:
            KeyError: one of them is not among them.
        """
        return replace(self, averages={year: self.averages[year] for year in sorted(years)})

    @property
    def interim_years(self) -> tuple[int, ...]:
        """The paid years whose own average is not published yet: an earlier one stands in."""
        rule = Reference[self.reference.text]
        return tuple(
            year
            for year, found in self.averages.items()
            if found.valid.start.year < rule.year_of(year)
        )


@dataclass(frozen=True)
class AverageIndex:
    """The average index, in units of its last decimal."""

    index: int
    months: int
    by_year: Mapping[int, int]  # fen of all bases of a year
    interim: bool  # a year is held against an earlier average: its own is not published yet
    step: Step


def require_possible(*, name: str, index: Decimal, months: int, most: Resolved) -> None:
    """Refuse an index that is told of so many paid months: every base is above zero, and none above
    the ceiling, so no average of them is above its share of the average wage.

    Raises:
        IndexImpossible.
    """
    if index > most.number:
        raise IndexImpossible(
            f"{name} {index:f} 过高：缴费基数最高为平均工资的 {most.number} 倍"
            f"（{authority(most)}）。"
        )
    if months > 0 and not index:
        raise IndexImpossible(f"{name}为 0，而实际缴费有 {months} 个月：缴费基数都大于零。")


def index_terms(
    *,
    tree: ParameterTree,
    region: str,
    years: Iterable[int],
    retirement_month: Month,
    known_on: date,
    demo: bool = False,
) -> IndexTerms:
    """Resolve the averages for all years that were paid for, for who retires in a month, as far as
    they were published by ``known_on``; else the newest before.

    Raises:
        NotConfigured, NotVerified: naming the parameter and the year.
    """
    on = retirement_month.first_day
    reference = tree.resolve(REFERENCE, region, on, demo)
    rule = Reference[reference.text]
    averages = {
        year: _newest(tree, region, rule.year_of(year), known_on, demo)
        for year in sorted(set(years))
    }
    precision = tree.resolve(DECIMALS, region, on, demo)
    return IndexTerms(averages, reference, precision, tree.version)


@dataclass(frozen=True)
class PaidYear:
    """A year's months of which the sum of the bases is known (转入年度缴费)."""

    year: int
    months: int
    fen: int  # of all bases


def average_index(
    *,
    paid: Iterable[PaidMonth],
    terms: IndexTerms,
    earlier: EarlierMonths | None = None,
    years: Iterable[PaidYear] = (),
) -> AverageIndex:
    """Compute the mean of base ÷ average over all months that were paid for.

    Raises:
        NothingPaid.
    """
    by_year: dict[int, int] = defaultdict(int)
    months = set()
    for one in paid:
        by_year[one.month.year] += one.base_fen
        months.add(one.month)
    count = len(months)
    for year in years:
        by_year[year.year] += year.fen
        count += year.months
    return index_of_years(by_year=by_year, months=count, terms=terms, earlier=earlier)


def index_of_years(
    *,
    by_year: Mapping[int, int],
    months: int,
    terms: IndexTerms,
    earlier: EarlierMonths | None = None,
) -> AverageIndex:
    """The same, from the fen of all bases of each year and the number of months.

    Raises:
        NothingPaid.
    """
    before = earlier.months if earlier else 0
    count = before + months
    if not count:
        raise NothingPaid("没有缴费月份，算不出平均缴费指数。")
    total = sum(
        (Fraction(fen, terms.averages[year].money.fen) for year, fen in by_year.items()),
        Fraction(earlier.index) * before if earlier else Fraction(0),
    )
    index, rounded = _rounded(total / count, terms.precision)
    interim = [year for year in terms.interim_years if year in by_year]
    step = _step(by_year, earlier if before else None, count, rounded, terms, interim)
    return AverageIndex(index, count, by_year, bool(interim), step)


def rounded_index(*, ratio: Fraction, precision: Resolved, policy_version: str) -> tuple[int, Step]:
    """Round an index that comes from elsewhere, in units of its last decimal, and say so."""
    index, rounded = _rounded(ratio, precision)
    step = Step(
        formula="所给的指数",
        inputs=(("所给的指数", f"{Decimal(ratio.numerator) / Decimal(ratio.denominator):f}"),),
        result=rounded,
        version=policy_version,
        article=authority(precision),
        name=INDEX,
        sentence=f"平均缴费指数取 {precision.whole} 位小数，是 {rounded}。",
        rounding=decimals_label(precision.whole),
    )
    return index, step


def _newest(tree: ParameterTree, region: str, year: int, known_on: date, demo: bool) -> Resolved:
    """The average of a year, or the newest before that was published."""
    published = tree.published_by(known_on, AVERAGE)
    try:
        return published.resolve(AVERAGE, region, Month(year, 12).first_day, demo)
    except NotConfigured as missing:
        for before in range(year - 1, year - 1 - YEARS_BACK, -1):
            try:
                return published.resolve(AVERAGE, region, Month(before, 12).first_day, demo)
            except NotConfigured:
                continue
        raise missing from None


def _rounded(ratio: Fraction, precision: Resolved) -> tuple[int, str]:
    rounded = decimals(ratio, precision.whole)
    return int(rounded.scaleb(precision.whole)), f"{rounded:.{precision.whole}f}"


def _step(
    by_year: Mapping[int, int],
    earlier: EarlierMonths | None,
    months: int,
    result: str,
    terms: IndexTerms,
    interim: Sequence[int],
) -> Step:
    years = sorted(by_year)
    parts = [f"{year}年基数合计 ÷ {year}年参照工资" for year in years]
    inputs: list[tuple[str, str]] = []
    if earlier is not None:
        parts.insert(0, "以前平均缴费指数 × 以前缴费月数")
        inputs.append(("以前平均缴费指数", str(earlier.index)))
        inputs.append(("以前缴费月数", str(earlier.months)))
    for year in years:
        average = terms.averages[year].money
        inputs.append((f"{year}年基数合计", str(Money(by_year[year]))))
        inputs.append((f"{year}年参照工资", str(average)))
    return Step(
        formula=f"({' + '.join(parts)}) ÷ 缴费月数",
        inputs=(*inputs, ("缴费月数", str(months))),
        result=result,
        version=terms.policy_version,
        article=authority(*terms.averages.values(), terms.reference, terms.precision),
        name=INDEX,
        sentence=f"您 {months} 个月的缴费基数，平均是当时平均工资的 {result} 倍。"
        + "".join(_stands_in(year, terms.averages[year]) for year in interim),
        rounding=decimals_label(terms.precision.whole),
    )


def _stands_in(year: int, average: Resolved) -> str:
    return (
        f"{year}年的参照工资还没有公布，先按{average.valid.start.year}年的 {average.money} 元计算，"
        "公布后重算，多退少补。"
    )
