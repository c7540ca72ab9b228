"""What a year's adjustment rests on (年度调整方案): each year has rules of its own. Pure.

A plan that is known only in part is read as far as it goes; whoever needs the missing piece is told
未配置. Where the texts of a plan are silent and the file follows another year's, its note says so;
nothing is filled in here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backend.kernel.money import Rounding
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved

ADJUST, ROUNDING = "pension.adjust", "pension.component_rounding"
FLAT_YEARS = 15  # of the keys up_to_15_years, per_year_from_16th
COUNTS_AS_ONE = "COUNTS_AS_ONE"
PIECES = {
    "fixed": "定额部分",
    "years": "缴费年限部分",
    "share": "养老金水平部分",
    "part_year": "不满一年的算法",
    "old_age": "高龄部分",
    "floor": "高龄补足标准",
}


@dataclass(frozen=True)
class YearsRule:
    """What is added for contribution years: a flat amount for the first, one for each further."""

    flat_fen: int
    flat_years: int
    per_year_fen: int


@dataclass(frozen=True)
class AdjustmentTerms:
    """All that the adjustment of a year rests on."""

    year: int
    fixed_fen: int
    years: YearsRule
    share_ppm: int  # of December's pension, in millionths
    linked_rounding: Rounding | None  # of what follows years and pension together
    part_year_counts: bool | None  # as a whole year; None: the plan known does not say
    old_age_fen: Mapping[int, int]  # by the age from which it is added
    floors_fen: Mapping[int, int]  # of the supplement so far, by the age just reached
    floor_ages: frozenset[int]  # at which any year's plan raises it
    rounding: Rounding  # of each part
    source: Resolved
    rounding_source: Resolved
    policy_version: str

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counts."""
        return (self.source, self.rounding_source)

    def missing(self, piece: str) -> NotConfigured:
        """Name a piece of the plan that is not known (未配置)."""
        return _missing(self.source, self.year, piece)


def adjustment_terms(
    *, tree: ParameterTree, region: str, year: int, demo: bool = False
) -> AdjustmentTerms:
    """Resolve a year's plan.

    Raises:
        NotConfigured: the year has no plan, or years or share are missing in what is known of it.
        NotVerified: it is known by hearsay only.
    """
    on = date(year, 1, 1)
    source = tree.resolve(ADJUST, region, on, demo)
    rounding = tree.resolve(ROUNDING, region, on, demo)
    linked, part_year = source.table.get("linked_rounding"), source.table.get("part_year")
    return AdjustmentTerms(
        year=year,
        fixed_fen=_piece(source, year, "fixed", "fixed").money.fen,
        years=_years(source, year),
        share_ppm=_piece(source, year, "share", "share_of_pension").millionths,
        linked_rounding=Rounding[str(linked)] if linked else None,
        part_year_counts=None if part_year is None else part_year == COUNTS_AS_ONE,
        old_age_fen=_by_age(_piece(source, year, "old_age", "old_age")),
        floors_fen=_floors(source),
        floor_ages=_floor_ages(tree),
        rounding=Rounding[rounding.text],
        source=source,
        rounding_source=rounding,
        policy_version=tree.version,
    )


def _years(source: Resolved, year: int) -> YearsRule:
    if "per_year" in source.table:
        return YearsRule(0, 0, source.part("per_year").money.fen)
    flat = _piece(source, year, "years", "up_to_15_years").money.fen
    further = _piece(source, year, "years", "per_year_from_16th").money.fen
    return YearsRule(flat, FLAT_YEARS, further)


def _piece(source: Resolved, year: int, piece: str, key: str) -> Resolved:
    if key not in source.table:
        raise _missing(source, year, piece)
    return source.part(key)


def _missing(source: Resolved, year: int, piece: str) -> NotConfigured:
    return NotConfigured(
        f"“{source.name}”{year}年的{PIECES[piece]}未配置：没有查到。", key=ADJUST, year=year
    )


def _floors(source: Resolved) -> Mapping[int, int]:
    key = "top_up_on_reaching"
    return _by_age(source.part(key)) if key in source.table else {}


def _floor_ages(tree: ParameterTree) -> frozenset[int]:
    plans = (row.fields["value"] for row in tree.parameters[ADJUST].rows["value"])
    tables = (plan.get("top_up_on_reaching") for plan in plans if isinstance(plan, Mapping))
    return frozenset(int(age) for one in tables if isinstance(one, Mapping) for age in one)


def _by_age(source: Resolved) -> Mapping[int, int]:
    return {int(age): source.part(age).money.fen for age in source.table}
