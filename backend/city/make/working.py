"""Who works where, since when, on what wage (就业): drawn one resident after the other.

About 15 % of residents are insured as workers, a quarter of them alone (灵活就业). A few employers
are large, most are small. The first workers of the roll stand for the cases that every city has.
"""

from bisect import bisect
from collections import deque
from itertools import accumulate
from typing import NamedTuple

from backend.city.make.draw import Draw
from backend.city.make.employers import Employer
from backend.city.make.figures import Bounds, bounds_of
from backend.city.make.places import DISTRICTS
from backend.city.make.records import Resident, month_of
from backend.city.make.wage_draws import ON_BOUNDARIES, chosen_base, employees_wage, wage_on

YOUNGEST, OLDEST = 18 * 12, 60 * 12
WORKING = {True: 0.46, False: 0.23}  # of those who may work: in the city proper, in the counties
ALONE = 0.25
URBAN = frozenset(district.code for district in DISTRICTS if district.urban)
ALL = ("110", "210", "310")
SCHEMES = ((0.92, ALL), (0.97, ("110", "310")), (1.0, ("110", "210")))
SCHEMES_ALONE = ((0.70, ("110", "310")), (0.95, ("110",)), (1.0, ("310",)))
DECLARES = 3  # the employer that hands in its yearly wage declaration, counted from 1
RAISE_FEN = 30_000
EARLIEST_WORK = 2000 * 12

LEAVE, TRANSFER, SEVERAL, JOIN, EARLIER = 0.008, 0.002, 0.01, 0.006, 0.10
EMPLOYED_CASES = (
    *("transfer", "leaver", "leaver_december", "late_leaver", "several_employers"),
    *(f"wage_{boundary}" for boundary in ON_BOUNDARIES),
)
ALONE_CASES = ("flexible_at_floor", "flexible_at_ceiling")
OTHER_CASES = ("joiner", "late_joiner", "late_joiner_december", "declared_unregistered")


class Job(NamedTuple):
    """Somebody is insured through an employer, or alone; months as in ``records``."""

    employer: Employer | None
    schemes: tuple[str, ...]
    start: int
    end: int | None = None  # the first month that is not insured any more
    wage_fen: int | None = None
    raised_fen: int | None = None  # what the yearly declaration says instead
    confirmed: bool = True
    joins_in: int | None = None  # the period whose roster tells it; None: the baseline does
    leaves_in: int | None = None

    def covers(self, *, month: int, known_in: int) -> bool:
        """Whether the month is insured, as far as rosters of ``known_in`` and before tell."""
        if self.joins_in is not None and self.joins_in > known_in:
            return False
        told = self.leaves_in is None or self.leaves_in <= known_in
        return self.start <= month and not (told and self.end is not None and self.end <= month)


class Work(NamedTuple):
    """All jobs of a resident, and the case that the resident stands for."""

    jobs: tuple[Job, ...] = ()
    case: str = ""

    @property
    def is_plain(self) -> bool:
        """One job, told by the baseline, that goes on as it is."""
        return not self.case and len(self.jobs) == 1 and self.jobs[0].leaves_in is None


NONE = Work()


class Workers:
    """Draws who works; memory depends on the number of employers, not of people."""

    def __init__(self, *, draw: Draw, first_period: int, employers: tuple[Employer, ...]) -> None:
        self._draw = draw
        self._first = first_period
        self._bounds: Bounds = bounds_of(month=first_period)
        self._employers = employers
        self._upto = list(accumulate(1 / (k + 2) for k in range(len(employers))))
        self._nobody_raised = True
        self._cases = {
            "employed": deque(EMPLOYED_CASES),
            "alone": deque(ALONE_CASES),
            "other": deque(OTHER_CASES),
        }

    def work_of(self, person: Resident) -> Work:
        """What the next resident of the roll works, if anything."""
        age = self._first - month_of(person.born)
        if not YOUNGEST < age < OLDEST or person.pension or person.death:
            return NONE
        draw = self._draw
        if draw.share() >= WORKING[person.district in URBAN]:
            return self._joins(person)
        if draw.share() < ALONE:
            return self._alone(person)
        return self._employed(person)

    def _employed(self, person: Resident) -> Work:
        draw = self._draw
        case = self._next_case("employed")
        job = self._job(person)
        if case.startswith("wage_"):
            boundary = case.removeprefix("wage_")
            fen = wage_on(boundary=boundary, draw=draw, bounds=self._bounds)
            return Work((job._replace(wage_fen=fen),), case)
        chance = draw.share()
        if case:
            return Work(self._changed(case, job), case)
        if chance < LEAVE:
            change = "leaver" if chance < LEAVE / 2 else "leaver_december"
            return Work(self._changed(change, job))
        if chance < LEAVE + TRANSFER:
            return Work(self._changed("transfer", job))
        if chance < LEAVE + TRANSFER + SEVERAL:
            return Work(self._changed("several_employers", job))
        if chance < LEAVE + TRANSFER + SEVERAL + EARLIER:
            return Work((*self._earlier(person, job), job))
        return self._raised(job)

    def _raised(self, job: Job) -> Work:
        """The first for whom it makes a difference earns more by the yearly declaration."""
        wage, bounds = job.wage_fen or 0, self._bounds
        if (
            self._nobody_raised
            and job.employer is self._employers[DECLARES - 1]
            and bounds.floor <= wage < bounds.ceiling - RAISE_FEN
        ):
            self._nobody_raised = False
            return Work((job._replace(raised_fen=wage + RAISE_FEN),), "wage_raised")
        return Work((job,))

    def _changed(self, change: str, job: Job) -> tuple[Job, ...]:
        """The job with what a roster tells of it, and another one where there is one."""
        first = self._first
        if change == "transfer":
            new = self._another(job, start=first, joins_in=first)
            return job._replace(end=first, leaves_in=first), new
        if change == "several_employers":
            return job, self._another(job, start=max(job.start, first - 7), joins_in=None)
        period = first if change == "leaver" else first + 1
        end = first if change == "late_leaver" else period
        return (job._replace(end=end, leaves_in=period),)

    def _earlier(self, person: Resident, job: Job) -> tuple[Job, ...]:
        """What was worked elsewhere before, with a gap of up to half a year."""
        end = job.start - self._draw.between(0, 6)
        start = max(end - self._draw.between(6, 60), _may_begin(person))
        if start >= end:
            return ()
        return (self._another(job, start=start, joins_in=None)._replace(end=end, wage_fen=None),)

    def _joins(self, person: Resident) -> Work:
        """Not insured as a worker yet: a few are hired in one of the two months."""
        case, first = self._next_case("other"), self._first
        chance = self._draw.share()
        if case == "declared_unregistered":
            return Work((), case)
        if not case and chance >= JOIN:
            return NONE
        december = case == "late_joiner_december" or (not case and chance < JOIN / 2)
        period = first + 1 if december else first
        start = period - 1 if case.startswith("late_") else period
        job = self._job(person)._replace(start=start, joins_in=period, confirmed=False)
        wage = job.wage_fen or self._bounds.floor
        return Work((job._replace(wage_fen=wage, schemes=ALL),), case)

    def _alone(self, person: Resident) -> Work:
        draw, case = self._draw, self._next_case("alone")
        chosen = chosen_base(draw=draw, bounds=self._bounds)
        if case:
            chosen = self._bounds.ceiling if case == "flexible_at_ceiling" else self._bounds.floor
        schemes = _one_of(SCHEMES_ALONE, draw)
        return Work((Job(None, schemes, self._start(person), wage_fen=chosen),), case)

    def _job(self, person: Resident) -> Job:
        draw = self._draw
        employer = self._employer()
        wage = employees_wage(draw=draw, bounds=self._bounds)
        return Job(
            employer=employer,
            schemes=_one_of(SCHEMES, draw),
            start=self._start(person),
            wage_fen=wage,
            confirmed=draw.share() < 0.95,
        )

    def _another(self, job: Job, *, start: int, joins_in: int | None) -> Job:
        """A job of the same person at another employer."""
        employer = self._employer()
        while employer is job.employer:
            employer = self._employer()
        wage = employees_wage(draw=self._draw, bounds=self._bounds) or self._bounds.floor
        return Job(employer, job.schemes, start, wage_fen=wage, joins_in=joins_in)

    def _employer(self) -> Employer:
        return self._employers[bisect(self._upto, self._draw.share() * self._upto[-1])]

    def _start(self, person: Resident) -> int:
        level = self._draw.share()
        return max(self._first - 1 - int(level * level * 240), _may_begin(person))

    def _next_case(self, kind: str) -> str:
        return self._cases[kind].popleft() if self._cases[kind] else ""


def _may_begin(person: Resident) -> int:
    return max(month_of(person.born) + YOUNGEST, EARLIEST_WORK)


def _one_of(choices: tuple[tuple[float, tuple[str, ...]], ...], draw: Draw) -> tuple[str, ...]:
    chance = draw.share()
    return next(schemes for upto, schemes in choices if chance < upto)
