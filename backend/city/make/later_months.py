"""Write the files of a later month of the demo city (以后各月的文件): one month after the other.

What the city was made with tells the first months. Every later one goes on from what its files told
before, by a chance of its own: deaths, joiners and leavers, each January the yearly wages, once a
year the rolls of villages, what the tax and finance bureaus are told, and who comes to the window.
"""

from bisect import bisect
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from backend.city.make import bereaved, life, of_age, out_of_work
from backend.city.make.check_files import write_checks
from backend.city.make.deaths import write_match
from backend.city.make.draw import Draw
from backend.city.make.employers import Employer
from backend.city.make.enrolment import MONTHS
from backend.city.make.figures import bounds_of
from backend.city.make.files import RowFile, write_json
from backend.city.make.month_files import roll_file, roster_file, tell_job, tell_resident
from backend.city.make.oddities import MATCH_DAY, MATCHES, SOURCES
from backend.city.make.records import Death, Resident, first_day, month_of
from backend.city.make.retiring import HEADER, Retiring, retiring_in, tell
from backend.city.make.stories import WORKER_DIES, Cast, cast_of
from backend.city.make.story_files import HEADERS, Now, story_rows
from backend.city.make.tax_filings import Declared, FiscalPlan
from backend.city.make.told import Told, age_of, month_folder, read_roll, told_before
from backend.city.make.villagers import OLDEST as RESIDENTS_END
from backend.city.make.villagers import STAYS
from backend.city.make.wage_draws import employees_wage
from backend.city.make.wage_form import WageForm
from backend.city.make.working import ALL, JOIN, LEAVE, OLDEST, YOUNGEST, Job
from backend.kernel.months import Month

MADE = "made.json"
ROLLS = {6: ("170", 0), 10: ("390", 1)}  # in June this year's, in October the next year's
DIES_WITH_PENSION, DIES_OTHERWISE = 0.0012, 0.0001
TOLD_LATE, LATE_MONTHS = 0.2, 5
STORY_DAYS = 4  # before the match, whoever dies for a story's sake


def make_later_month(*, folder: Path, month: Month) -> dict[str, int]:
    """Write what is missing of a month's files; how many rows each has, nothing where all is there.

    ``made.json`` is written last: a month without it is made again, to the same bytes.
    """
    period, place = month.index, month_folder(folder=folder, period=month.index)
    if (place / MADE).exists():
        return {}
    told = told_before(folder=folder, period=period)
    cast = cast_of(told=told)
    counts = {}
    if period >= told.first + MONTHS:
        counts = _LaterMonth(told, cast, period).write(place)
    if period >= told.first + MATCHES:
        counts["deaths"] = _write_deaths(told, cast, period)
    place.mkdir(parents=True, exist_ok=True)
    write_json(path=place / MADE, content={"month": str(month), "counts": counts})
    return counts


class _LaterMonth:
    """Draws one month of employers, villages and those who retire."""

    def __init__(self, told: Told, cast: Cast, period: int) -> None:
        self._told = told
        self._cast = cast
        self._period = period
        self._draw = Draw(seed=f"yikatong-demo-city/{told.seed}/month/{period}")
        self._upto = list(accumulate(1 / (k + 2) for k in range(len(told.employers))))

    def write(self, place: Path) -> dict[str, int]:
        """Write all files; how many rows each has."""
        retiring = list(retiring_in(told=self._told, month=self._period - 1))
        self._let_retire(retiring)
        self._let_leave()
        self._let_join()
        for name in ("enrolment", "tax", "window"):
            (place / name).mkdir(parents=True, exist_ok=True)
        counts = {
            **self._write_window(place / "window", retiring),
            "roster": self._write_roster(place / "enrolment"),
            "declared": self._write_declared(place / "tax"),
            "roll": self._write_roll(place),
        }
        if self._period % 12 == 0:
            counts["wage_forms"] = self._write_wages(place / "enrolment" / "wages")
        return counts

    def _let_retire(self, retiring: list[Retiring]) -> None:
        """The award ends what employers insure; they declare it no more."""
        for one in retiring:
            del self._told.jobs[one.person.id_number]

    def _let_leave(self) -> None:
        """A few leave with the month before; of the dead their employers tell the next roster."""
        laid_off = out_of_work.laid_off(told=self._told, cast=self._cast, period=self._period)
        for number, jobs in self._told.jobs.items():
            death = self._told.people[number].death
            for place, job in enumerate(jobs):
                leaves = self._draw.share() < LEAVE / 2 and number not in self._cast.numbers
                leaves = leaves or number == laid_off
                if job.employer is None:
                    continue
                if death is not None:
                    end = max(month_of(death.day), job.start) + 1
                    jobs[place] = job._replace(end=min(end, self._period), leaves_in=self._period)
                elif leaves and job.start < self._period:
                    jobs[place] = job._replace(end=self._period, leaves_in=self._period)

    def _let_join(self) -> None:
        for person in self._told.people.values():
            old_enough = YOUNGEST < age_of(person=person, month=self._period) < OLDEST - 12
            if not old_enough or person.pension or person.death:
                continue
            if self._told.jobs.get(person.id_number) or self._told.work_of(person).case:
                continue
            number = person.id_number
            again = out_of_work.works_again(told=self._told, number=number, period=self._period)
            if self._draw.share() < JOIN / 2 or again:
                self._told.jobs[number] = [self._new_job()]

    def _new_job(self) -> Job:
        bounds = bounds_of(month=self._period)
        return Job(
            employer=self._employer(),
            schemes=ALL,
            start=self._period,
            wage_fen=employees_wage(draw=self._draw, bounds=bounds) or bounds.floor,
            confirmed=False,
            joins_in=self._period,
        )

    def _employer(self) -> Employer:
        return self._told.employers[bisect(self._upto, self._draw.share() * self._upto[-1])]

    def _write_window(self, folder: Path, retiring: list[Retiring]) -> dict[str, int]:
        """Who comes to the window at the beginning of the month, and with what; by file."""
        told, cast, period, first = self._told, self._cast, self._period, self._told.first
        kinds: dict[str, tuple[str, Iterable[Any], Callable[..., None]]] = {
            "retirements": (HEADER, retiring, partial(tell, month=period - 1, first=first)),
            "residents": (
                of_age.HEADER,
                of_age.of_age(told=told, period=period),
                partial(of_age.tell, first=first),
            ),
            "unemployed": (
                out_of_work.HEADER,
                out_of_work.out_of_work(told=told, period=period),
                partial(out_of_work.tell, first=first),
            ),
            "survivors": (
                bereaved.HEADER,
                bereaved.bereaved(told=told, cast=cast, period=period),
                partial(bereaved.tell, first=first),
            ),
            "life": (
                life.HEADER,
                life.life_events(told=told, cast=cast, period=period),
                life.tell,
            ),
        }
        counts = {}
        for name, (header, found, tell_one) in kinds.items():
            with RowFile(path=folder / f"{name}.csv", header=header) as file:
                for one in found:
                    tell_one(file, one=one)
            counts[name] = file.rows
        return {**counts, **self._write_stories(folder)}

    def _write_stories(self, folder: Path) -> dict[str, int]:
        """What those come with of whom the year tells a story; by file."""
        told, cast = self._told, self._cast
        heir = bereaved.heir_of(told=told, cast=cast, person=cast.dies) if cast.dies else None
        now = Now(told, cast, self._period, heir)
        rows = story_rows(now=now)
        for name, found in rows.items():
            with RowFile(path=folder / f"{name}.csv", header=HEADERS[name]) as file:
                for row in found:
                    file.add(row)
        checked = write_checks(folder=folder / "checks", now=now)
        return {**{name: len(found) for name, found in rows.items()}, "checks": checked}

    def _write_roster(self, folder: Path) -> int:
        with roster_file(folder=folder, period=self._period) as roster:
            for number, jobs in self._told.jobs.items():
                for job in jobs:
                    person = self._told.people[number]
                    tell_job(roster, period=self._period, person=person, job=job)
        return roster.rows

    def _write_declared(self, folder: Path) -> int:
        declared = Declared(
            folder=folder, period=self._period, first_period=self._told.first, cases={}
        )
        with declared.file:
            for person in self._told.people.values():
                declared.add(person, self._told.work_of(person))
        return declared.file.rows

    def _write_roll(self, place: Path) -> int:
        """The roll of villages where one is due, and what others pay of it."""
        fiscal = FiscalPlan(folder=place / "tax", villages=self._told.villages)
        count = 0
        if self._period % 12 + 1 in ROLLS:
            scheme, ahead = ROLLS[self._period % 12 + 1]
            year = self._period // 12 + ahead
            with roll_file(folder=place / "enrolment", scheme=scheme, year=year) as roll:
                for person, row in read_roll(told=self._told, scheme=scheme, year=year - 1):
                    if self._stays(person, scheme, year):
                        again = row._replace(year=year)
                        tell_resident(roll, person=person, row=again)
                        fiscal.add(person, again)
            count = roll.rows
        fiscal.write()
        return count

    def _stays(self, person: Resident, scheme: str, year: int) -> bool:
        """Whether the village tells a resident again: alive, not of age, not insured otherwise."""
        stays = self._draw.share() < STAYS
        worked = {s for job in self._told.jobs.get(person.id_number, ()) for s in job.schemes}
        if not stays or person.death is not None or not person.village:
            return False
        if scheme == "390":
            retired = person.pension is not None and person.pension.scheme == "110"
            return "310" not in worked and not retired
        young = year * 12 - month_of(person.born) < RESIDENTS_END
        return "110" not in worked and person.pension is None and young

    def _write_wages(self, folder: Path) -> int:
        """The declarations of those employers that hand one in; how many."""
        forms = {
            employer.credit_code: WageForm(
                folder=folder, employer=employer, first_period=self._period
            )
            for employer in self._told.employers
            if self._told.declares(employer)
        }
        for number, jobs in self._told.jobs.items():
            for job in jobs:
                if job.employer is not None and job.employer.credit_code in forms:
                    form = forms[job.employer.credit_code]
                    form.add(self._told.people[number], job)
        for form in forms.values():
            form.write()
        return len(list(folder.glob("*.xlsx"))) if folder.exists() else 0


def _write_deaths(told: Told, cast: Cast, period: int) -> int:
    """Who died since the last match."""
    draw = Draw(seed=f"yikatong-demo-city/{told.seed}/deaths/{period}")
    complete = first_day(period) + timedelta(days=MATCH_DAY - 1)
    dead = []
    for person in told.people.values():
        chance = DIES_WITH_PENSION if person.pension is not None else DIES_OTHERWISE
        falls = draw.share() < chance and person.id_number not in cast.numbers
        if falls and person.death is None:
            day = complete - timedelta(days=_days_before(draw, person, period))
            death = Death(day, draw.pick(SOURCES[:3]), told_in=period)
            dead.append(person._replace(death=death))
    if cast.dies and period - told.first == WORKER_DIES:
        day = complete - timedelta(days=STORY_DAYS)
        dead.append(cast.dies._replace(death=Death(day, SOURCES[0], told_in=period)))
    return write_match(folder=told.folder / "months", month=period, dead=dead)


def _days_before(draw: Draw, person: Resident, period: int) -> int:
    """How long before the match somebody died; some of those who draw for long are told late."""
    days, is_late = draw.between(1, 35), draw.share() < TOLD_LATE
    drew_long = person.pension is not None and person.pension.start < period - LATE_MONTHS - 1
    return days + 30 * draw.between(1, LATE_MONTHS) if is_late and drew_long else days
