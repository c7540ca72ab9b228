"""What the months of unemployment benefit rest on (失业保险金领取期限的规则). Pure.

How many months each full (or half) year of contributions gives is a table of the place, in three
tiers with the caps of 社会保险法第四十六条.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.steps import authority

DURATION = "unemployment.duration"
MINIMUM = "unemployment.minimum_contribution_months"
NEAR = "unemployment.near_retirement"
TIERS = ("from_1_year", "from_5_years", "from_10_years")
HALF_YEAR_MONTHS = 6


class Counted(Enum):
    """What of the time paid for counts (缴费时间的计算)."""

    FULL_YEARS = "每满一年"
    HALF_YEARS = "每满半年"


class LastMonth(Enum):
    """Until when somebody near retirement draws (领取到哪个月)."""

    BEFORE_RETIREMENT = "退休当月之前"
    OF_RETIREMENT = "退休当月"


@dataclass(frozen=True)
class Tier:
    """Years of contributions that give months alike (领取期限的一档)."""

    from_years: int
    months_before: int  # what the years below this tier give
    months_per_year: int
    months_per_half_year: int
    max_months: int

    @property
    def years_before(self) -> int:
        """The years that ``months_before`` stands for."""
        return self.from_years - 1

    @cached_property
    def from_months(self) -> int:
        """The months paid from which the tier counts."""
        return self.from_years * YEAR_MONTHS

    def months(self, paid_months: int) -> int:
        """The months for so many months paid, from this tier on."""
        years = paid_months // YEAR_MONTHS
        halves = paid_months // HALF_YEAR_MONTHS - 2 * years
        by_time = (years - self.years_before) * self.months_per_year
        return min(
            self.max_months, self.months_before + by_time + halves * self.months_per_half_year
        )


@dataclass(frozen=True)
class NearRetirement:
    """The rule for who is close to the statutory age (临近退休)."""

    within_months: int
    last_month: LastMonth
    source: Resolved

    @cached_property
    def article(self) -> str:
        """What steps say they rest on."""
        return authority(self.source)


@dataclass(frozen=True)
class DurationTerms:
    """All that the months of a claim registered in a region and month rest on."""

    tiers: tuple[Tier, ...]
    minimum_months: int
    near: NearRetirement | None  # None: there is no such rule
    table: Resolved
    minimum: Resolved
    policy_version: str

    @property
    def max_months(self) -> int:
        """The most months of all spells together, but for who is near retirement."""
        return self.tiers[-1].max_months

    @cached_property
    def tiers_from_above(self) -> tuple[Tier, ...]:
        """The tiers, the highest first."""
        return self.tiers[::-1]

    @cached_property
    def table_article(self) -> str:
        """What steps by the table say they rest on."""
        return authority(self.table)

    @cached_property
    def minimum_article(self) -> str:
        """What steps by the least time say they rest on."""
        return authority(self.minimum)


def duration_terms(
    *, tree: ParameterTree, region: str, month: Month, demo: bool = False
) -> DurationTerms:
    """Resolve what claims registered in ``month`` rest on.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    table = tree.resolve(DURATION, region, month.first_day, demo)
    minimum = tree.resolve(MINIMUM, region, month.first_day, demo)
    tiers = _tiers(table)
    last_possible = month.plus(tiers[-1].max_months)
    return DurationTerms(
        tiers=tiers,
        minimum_months=minimum.whole,
        near=_near(tree, region, last_possible),
        table=table,
        minimum=minimum,
        policy_version=tree.version,
    )


def _tiers(table: Resolved) -> tuple[Tier, ...]:
    """The tiers from below; each begins with what the one before gave at most."""
    by_halves = Counted[table.part("counted").text] is Counted.HALF_YEARS
    tiers: list[Tier] = []
    for name in TIERS:
        tiers.append(
            Tier(
                from_years=table.part(name, "from_years").whole,
                months_before=tiers[-1].max_months if tiers else 0,
                months_per_year=table.part(name, "months_per_year").whole,
                months_per_half_year=(
                    table.part(name, "months_per_half_year").whole if by_halves else 0
                ),
                max_months=table.part(name, "max_months").whole,
            )
        )
    return tuple(tiers)


def _near(tree: ParameterTree, region: str, month: Month) -> NearRetirement | None:
    """The rule as it stands when the longest regular claim ends; before 2025 there was none.

    Whatever it rests on: that counts only for whom it touches (``Duration.sources``).
    """
    try:
        source = tree.resolve(NEAR, region, month.first_day, demo=True)
    except NotConfigured:
        return None
    return NearRetirement(
        within_months=source.part("within_months").whole,
        last_month=LastMonth[source.part("last_month").text],
        source=source,
    )
