"""What the benefits after a death rest on (遗属待遇的规则): months, income, bounds. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.policy.retirement import YEAR_MONTHS

FUNERAL, MONTHS = "survivor.funeral_months", "survivor.pension_months"
CAP = "survivor.under_five_years_cap"
INCOME_YEAR, INCOME_MONTH = "survivor.urban_income_year", "survivor.urban_income_month"


class Cap(Enum):
    """What bounds the benefits after less than five years (不满五年的上限)."""

    OWN_CONTRIBUTIONS = "丧葬补助金和抚恤金合计不超过本人缴费之和"
    NONE = "不设上限"


@dataclass(frozen=True)
class Income:
    """Urban disposable income per head (城镇居民人均可支配收入), of a year or of a month."""

    fen: int
    of_months: int  # 12, or 1 where the province publishes a month
    source: Resolved | None = None  # None: named by who asks


@dataclass(frozen=True)
class SurvivorTerms:
    """All that the benefits after a death in a month rest on."""

    funeral: Resolved
    months: Resolved
    cap: Resolved | None  # only of those with less than five years
    under_5: int
    from_5: int
    from_10: int
    per_year_above_15: int
    most: int
    per_year_drawn: int
    retired_least: int
    policy_version: str


def survivor_terms(
    *,
    tree: ParameterTree,
    region: str,
    death_month: Month,
    under_five_years: bool,
    demo: bool = False,
) -> SurvivorTerms:
    """Resolve what a death in ``death_month`` brings.

    Raises:
        NotConfigured, NotVerified: naming the parameter; the cap's only for ``under_five_years``.
    """

    def value(key: str) -> Resolved:
        return tree.resolve(key, region, death_month.first_day, demo)

    months = value(MONTHS)
    return SurvivorTerms(
        funeral=value(FUNERAL),
        months=months,
        cap=value(CAP) if under_five_years else None,
        under_5=months.part("under_5_years").whole,
        from_5=months.part("from_5_to_under_10_years").whole,
        from_10=months.part("from_10_through_15_years").whole,
        per_year_above_15=months.part("per_year_above_15").whole,
        most=months.part("max_months").whole,
        per_year_drawn=months.part("retired_minus_per_year_drawn").whole,
        retired_least=months.part("retired_min_months").whole,
        policy_version=tree.version,
    )


def income_before(
    *, tree: ParameterTree, region: str, death_month: Month, demo: bool = False
) -> Income:
    """Give the income of the year before a death: the published month, else the year.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    year_end = date(death_month.year - 1, 12, 31)
    try:
        month = tree.resolve(INCOME_MONTH, region, year_end, demo)
    except NotConfigured:
        year = tree.resolve(INCOME_YEAR, region, year_end, demo)
        return Income(year.money.fen, YEAR_MONTHS, year)
    return Income(month.money.fen, 1, month)
