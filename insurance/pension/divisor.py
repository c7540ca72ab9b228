"""By how many months an account is paid out (个人账户养老金计发月数), by age at retirement. Pure.

Before 2025 the age counts in whole years. Since 2025 every month counts, on the straight line
between the two years of the table, half up to 0.1. Inside a divisor is whole tenths, so that SQL
takes a list of (age in months, tenths).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.recompute import Nearest
from insurance.policy.retirement import YEAR_MONTHS, age_text
from insurance.policy.steps import Step, authority

TABLE, INTERPOLATION = "pension.divisor", "pension.divisor_interpolation"
TABLES_KEPT = 8


class DivisorOutsideTable(Refusal):
    """The table does not reach this age (计发月数表没有这个年龄)."""

    code = "divisor_outside_table"


class Interpolation(Enum):
    """How the months of an age that is not whole count (不足整岁的算法)."""

    WHOLE_YEARS = "按整岁"
    LINEAR_BY_MONTH_HALF_UP_TENTH = "按月内插"


@dataclass(frozen=True)
class DivisorTerms:
    """The table and how to read it, for a retirement month."""

    table: Mapping[int, int]  # by whole years of age
    interpolation: Interpolation
    sources: tuple[Resolved, Resolved]  # the table, the reading
    policy_version: str

    @cached_property
    def tenths(self) -> Mapping[int, int]:
        """Every divisor in tenths, by age in months."""
        return _all_tenths(tuple(self.table.items()), self.interpolation)


@dataclass(frozen=True)
class Divisor:
    """The divisor of somebody who retires at an age."""

    age_months: int
    tenths: int
    terms: DivisorTerms

    @property
    def step(self) -> Step:
        """How it was read from the table."""
        return divisor_step(age_months=self.age_months, terms=self.terms)

    def __str__(self) -> str:
        return tenths_text(tenths=self.tenths)


def divisor_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> DivisorTerms:
    """Resolve table and reading for who retires in ``month``.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    table, reading = (
        tree.resolve(key, region, month.first_day, demo) for key in (TABLE, INTERPOLATION)
    )
    months = {int(age): months for age, months in table.table.items() if isinstance(months, int)}
    return DivisorTerms(months, Interpolation[reading.text], (table, reading), tree.version)


def divisor_at(*, age_months: int, terms: DivisorTerms) -> Divisor:
    """Give the divisor of an age.

    Raises:
        DivisorOutsideTable: younger or older than the table.
    """
    return Divisor(age_months, tenths_at(age_months=age_months, terms=terms), terms)


def tenths_at(*, age_months: int, terms: DivisorTerms) -> int:
    """Give the divisor of an age in tenths.

    Raises:
        DivisorOutsideTable: younger or older than the table.
    """
    tenths = terms.tenths.get(age_months)
    if tenths is None:
        youngest, oldest = min(terms.table), max(terms.table)
        advice = (
            "更高的年龄没有查到规定，不推算：请报省级社会保险经办机构确定计发月数，"
            "依其文件登记为政策参数以后再核定。"
            if age_months > oldest * YEAR_MONTHS
            else ""
        )
        raise DivisorOutsideTable(
            f"计发月数表从 {youngest} 岁到 {oldest} 岁，没有这个年龄。{advice}",
            age_months=age_months,
        )
    return tenths


def divisor_step(*, age_months: int, terms: DivisorTerms) -> Step:
    """Say how the divisor of an age in the table's reach was read."""
    year, rest = divmod(age_months, YEAR_MONTHS)
    name, tenths = f"{year}岁计发月数", tenths_at(age_months=age_months, terms=terms)
    formula = name
    inputs: tuple[tuple[str, str], ...] = ((name, str(terms.table[year])),)
    said = f"按退休时满的整岁查表，{year} 岁是 {terms.table[year]} 个月。"
    rounding = ""
    if rest and terms.interpolation is not Interpolation.WHOLE_YEARS:
        after, following = f"{year + 1}岁计发月数", terms.table[year + 1]
        formula = f"{name} − ({name} − {after}) × (退休年龄 − {year * YEAR_MONTHS}) ÷ {YEAR_MONTHS}"
        inputs = (*inputs, (after, str(following)), ("退休年龄", age_text(months=age_months)))
        said = (
            f"查表 {year} 岁是 {terms.table[year]} 个月，{year + 1} 岁是 {following} 个月；"
            f"您多 {rest} 个月，按月折算为 {tenths_text(tenths=tenths)} 个月。"
        )
        rounding = Nearest.HALF_UP_TENTH.label
    return Step(
        formula=formula,
        inputs=inputs,
        result=tenths_text(tenths=tenths),
        version=terms.policy_version,
        article=authority(*terms.sources),
        name="计发月数",
        sentence=said,
        rounding=rounding,
    )


def tenths_text(*, tenths: int) -> str:
    """Write tenths: 138.4, but 139."""
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)


@lru_cache(maxsize=TABLES_KEPT)
def _all_tenths(
    rows: tuple[tuple[int, int], ...], interpolation: Interpolation
) -> Mapping[int, int]:
    table = dict(rows)
    ages = (year * YEAR_MONTHS + rest for year in table for rest in range(YEAR_MONTHS))
    return {age: tenths for age in ages if (tenths := _tenths(age, table, interpolation))}


def _tenths(age_months: int, table: Mapping[int, int], interpolation: Interpolation) -> int | None:
    year, rest = divmod(age_months, YEAR_MONTHS)
    this, following = table[year], table.get(year + 1)
    if interpolation is Interpolation.WHOLE_YEARS or not rest:
        return this * 10
    if following is None:
        return None
    # this − (this − following) × rest ÷ 12, in tenths, half up
    twelfths = (this * YEAR_MONTHS - (this - following) * rest) * 10
    return (2 * twelfths + YEAR_MONTHS) // (2 * YEAR_MONTHS)
