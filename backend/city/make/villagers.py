"""What villages tell of residents (居民参保): rolls of 170 for this year, of 390 for the next.

Medical insurance of a year is collected in the autumn before, the pension's during the year. What a
resident is insured in already, the old system hands over.
"""

from typing import NamedTuple

from backend.city.make.draw import Draw
from backend.city.make.figures import THOUSAND, ResidentYear, resident_year
from backend.city.make.records import Resident, month_of
from backend.city.make.working import Work

PENSION, MEDICAL = "170", "390"
ADULT, OLDEST = 16 * 12, 60 * 12
INSURED = {PENSION: 0.70, MEDICAL: 0.96}  # of those who may be
STAYS = 0.97  # on the next year's roll of 390
SUPPLEMENT = 0.03  # told a month later
NEW = 0.08  # first insured this year
UNSUBSIDISED = 0.02
ANOTHER_GRADE = 0.4
# Groups whose contributions others pay; severe disability counts in the pension only.
GROUPS = (
    *(("SUBSISTENCE", 0.040), ("BACK_INTO_POVERTY", 0.012)),
    *(("EXTREME_POVERTY", 0.010), ("SEVERE_DISABILITY", 0.015)),
)
AIDING_VILLAGE, AID_FEN = 7, 5000  # every seventh village adds 50 yuan for each of its residents


class RollRow(NamedTuple):
    """A resident's year on the roll (居民缴费名册), and what of it others pay."""

    scheme: str
    year: int
    level_fen: int | None
    group: str
    collective_fen: int
    subsidised: bool
    told_in: int

    @property
    def subsidy_fen(self) -> int:
        """What the government adds."""
        if not self.subsidised:
            return 0
        year = resident_year(year=self.year)
        return year.subsidy_fen if self.level_fen is None else year.grades[self.level_fen]

    @property
    def on_behalf_fen(self) -> int:
        """What others pay of the resident's own part."""
        year = resident_year(year=self.year)
        if not self.group:
            return 0
        if self.level_fen is not None:
            return min(self.level_fen, year.support[self.group])
        return (year.amount_fen * year.shares[self.group] + THOUSAND // 2) // THOUSAND


class Standing(NamedTuple):
    """A resident's insurance in one scheme: since when, and what the roll says."""

    scheme: str
    since: int | None  # None: the roll tells it first
    row: RollRow | None  # None: not on the roll of the next year


class Villagers:
    """Draws how residents are insured through their village."""

    def __init__(self, *, draw: Draw, first_period: int) -> None:
        self._draw = draw
        self._first = first_period
        self._year = first_period // 12
        self._grades = sorted(self._figures.grades)

    def standings_of(self, person: Resident, work: Work) -> tuple[Standing, ...]:
        """In what the next resident of the roll is insured through the village."""
        if not person.village or person.death:
            return ()
        group = self._group()
        schemes = {scheme for job in work.jobs if self._goes_on(job.end) for scheme in job.schemes}
        left = any(job.leaves_in is not None for job in work.jobs)
        found = []
        if self._may_join_pension(person, schemes) and self._is_insured(PENSION):
            found.append(self._pension(person, group, was_insured=not left))
        retired = person.pension is not None and person.pension.scheme == "110"
        if "310" not in schemes and not retired and self._is_insured(MEDICAL):
            found.append(self._medical(person, group, was_insured=not left))
        return tuple(found)

    @property
    def _figures(self) -> ResidentYear:
        return resident_year(year=self._year)

    def _may_join_pension(self, person: Resident, schemes: set[str]) -> bool:
        if person.pension is not None or "110" in schemes:
            return False
        age = self._first - month_of(person.born)
        return age >= ADULT and self._year * 12 - month_of(person.born) < OLDEST

    def _pension(self, person: Resident, group: str, *, was_insured: bool) -> Standing:
        draw = self._draw
        level = self._grades[0]
        if draw.share() < ANOTHER_GRADE:
            level = draw.pick(self._grades)
        row = RollRow(
            scheme=PENSION,
            year=self._year,
            level_fen=level,
            group=group,
            collective_fen=AID_FEN if int(person.village[1:]) % AIDING_VILLAGE == 0 else 0,
            subsidised=draw.share() >= UNSUBSIDISED,
            told_in=self._told_in(),
        )
        return Standing(PENSION, self._since(person, ADULT, was_insured), row)

    def _medical(self, person: Resident, group: str, *, was_insured: bool) -> Standing:
        row = RollRow(
            scheme=MEDICAL,
            year=self._year + 1,
            level_fen=None,
            group=group if group != "SEVERE_DISABILITY" else "",
            collective_fen=0,
            subsidised=True,
            told_in=self._told_in(),
        )
        stays = self._draw.share() < STAYS
        return Standing(MEDICAL, self._since(person, 0, was_insured), row if stays else None)

    def _since(self, person: Resident, age: int, was_insured: bool) -> int | None:
        """January of a year of the last six, or the month in which the age was reached."""
        if self._draw.share() < NEW or not was_insured:
            return None
        january = (self._year - self._draw.below(6)) * 12
        return max(january, month_of(person.born) + age)

    def _told_in(self) -> int:
        return self._first + (self._draw.share() < SUPPLEMENT)

    def _is_insured(self, scheme: str) -> bool:
        return self._draw.share() < INSURED[scheme]

    def _goes_on(self, end: int | None) -> bool:
        return end is None or end > self._first

    def _group(self) -> str:
        chance = self._draw.share()
        for group, share in GROUPS:
            if chance < share:
                return group
            chance -= share
        return ""
