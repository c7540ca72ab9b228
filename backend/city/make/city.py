"""Make the demo city: all its files, from a number of people and a seed (演示城市)."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from backend.city.make.baseline import BaselineWriter, sign, write_keys
from backend.city.make.cases import LEAST_PEOPLE, Case, boundary_cases, default_birth
from backend.city.make.deaths import with_strangers, write_matches
from backend.city.make.draw import Draw
from backend.city.make.employers import Employer, employers_of
from backend.city.make.enrolment import FOLDERS, MONTHS, EnrolmentFiles
from backend.city.make.files import write_json
from backend.city.make.oddities import Bench, odd
from backend.city.make.office import OTHER_POSTS, POSTS, Post, office
from backend.city.make.pensions import RESIDENTS, Pensions
from backend.city.make.people import People, Wish
from backend.city.make.places import DISTRICTS, District, Village, share_out, villages_of
from backend.city.make.records import Resident, first_day, month_of
from backend.kernel.months import Month

FORMAT = "yikatong-city/1"
LEAST_CITY = 20
PEOPLE_PER_EMPLOYER = 150


def make_city(
    *,
    folder: Path,
    people: int,
    seed: int,
    first_period: Month,
    payees_only: bool = False,
) -> dict[str, object]:
    """Write the whole city under ``folder`` and give what ``city.json`` says.

    The same arguments give the same bytes. ``city.json`` is written last: a folder without it is
    not finished. With ``payees_only`` all ``people`` draw a pension and the staff come on top.
    """
    if people < LEAST_CITY:
        raise ValueError(f"a city needs at least {LEAST_CITY} people, not {people}")
    _clear(folder)
    city = _City(people=people, seed=seed, first=first_period.index, payees_only=payees_only)
    enrolment = None if payees_only else _enrolment(folder, city, seed)
    baseline = BaselineWriter(folder=folder / "baseline", first_period=city.first)
    with baseline, enrolment or nullcontext():
        city.write_roll(baseline, enrolment)
        dead = city.dead_with_strangers()
        if enrolment:
            enrolment.add_strangers([city.crowd.stranger() for _ in range(MONTHS)])
    manifest = sign(manifest=baseline.manifest(), seed=seed)
    write_json(path=folder / "baseline" / "manifest.json", content=manifest)
    write_keys(path=folder / "keys.json", seed=seed)
    described = office(seed=seed, staff=city.all_staff, villages=city.villages)
    write_json(path=folder / "office.json", content=described)
    told = write_matches(folder=folder / "months", dead=dead, first_period=city.first)
    counts: dict[str, object] = {**baseline.rows(), "deaths_told": told}
    cases = dict(city.cases)
    if enrolment:
        counts |= enrolment.finish()
        cases |= enrolment.cases
    summary: dict[str, object] = {
        "format": FORMAT,
        "demo": True,
        "people": people,
        "seed": seed,
        "first_period": str(first_period),
        "payees_only": payees_only,
        "counts": counts,
        "cases": cases,
    }
    write_json(path=folder / "city.json", content=summary)
    return summary


class _City:
    """Draws the roll in the order in which it is written: cases, districts, staff."""

    def __init__(self, *, people: int, seed: int, first: int, payees_only: bool) -> None:
        self.first = first
        self.payees_only = payees_only
        self.draw = Draw(seed=f"yikatong-demo-city/{seed}")
        self.crowd = People(draw=self.draw, today=first_day(first), pensioners=payees_only)
        months = Draw(seed=f"yikatong-demo-city/{seed}/months")
        self.pensions = Pensions(draw=self.draw, months=months, first_period=first)
        self.bench = Bench(draw=self.draw, pensions=self.pensions, first_period=first)
        self.people = people
        self.staff: list[tuple[Post, Resident]] = []
        self.other_staff: list[Resident] = []  # fewer than posts in a tiny city
        self.dead: list[Resident] = []
        self.cases: dict[str, str] = {}
        self._homes = [
            villages_of(district=district, residents=count)
            for district, count in zip(DISTRICTS, share_out(people=people), strict=True)
        ]

    @property
    def villages(self) -> tuple[Village, ...]:
        """All villages of all districts."""
        return tuple(village for home in self._homes for village in home)

    @property
    def all_staff(self) -> list[tuple[Post, Resident]]:
        """The staff of both agencies."""
        return [*self.staff, *zip(OTHER_POSTS, self.other_staff, strict=False)]

    @property
    def employers(self) -> tuple[Employer, ...]:
        """All employers and institutions."""
        return employers_of(count=max(3, self.people // PEOPLE_PER_EMPLOYER))

    def write_roll(self, baseline: BaselineWriter, enrolment: EnrolmentFiles | None) -> None:
        """Give everybody to the files; remember only the few whom a match will tell."""
        for village in self.villages:
            baseline.add_village(village)
        for employer in self.employers:
            baseline.add_employer(employer)
        for person in self._roll():
            baseline.add(person)
            if enrolment:
                enrolment.add(person)
            if person.death is not None and person.death.told_in is not None:
                self.dead.append(person)

    def dead_with_strangers(self) -> list[Resident]:
        """All whom a match will tell; asked when the roll is written."""
        return with_strangers(
            dead=self.dead, people=self.crowd, draw=self.draw, first_period=self.first
        )

    def _roll(self) -> Iterator[Resident]:
        cases = self._wanted_cases()
        for order, case in enumerate(cases):
            person = self._case(case, order % len(DISTRICTS))
            self.cases[case.key] = person.old_id
            yield person
        crowd = self.people - len(cases) - (0 if self.payees_only else len(POSTS))
        for place, count in enumerate(share_out(people=crowd)):
            for _ in range(count):
                person = odd(self._ordinary(place), self.bench)
                self._look_for_staff(person)
                yield person
        for post in POSTS:
            born = first_day(self.first - 38 * 12)
            member = self._person(post.hall, post.wish._replace(born=born))
            self.staff.append((post, member))
            yield member

    def _look_for_staff(self, person: Resident) -> None:
        """The first residents of a working age, without a pension, work at the other agencies."""
        age = self.first - month_of(person.born)
        fits = person.pension is None and person.death is None and 25 * 12 <= age < 50 * 12
        if fits and len(self.other_staff) < len(OTHER_POSTS):
            self.other_staff.append(person)

    def _wanted_cases(self) -> tuple[Case, ...]:
        cases = boundary_cases(first_period=self.first)
        if self.payees_only:
            cases = tuple(case for case in cases if case.scheme)
        return cases if self.people >= LEAST_PEOPLE else ()

    def _case(self, case: Case, place: int) -> Resident:
        born = case.wish.born or default_birth(first_period=self.first, scheme=case.scheme)
        person = self._person(place, case.wish._replace(born=born))
        if case.scheme:
            start = self.pensions.start_of(scheme=case.scheme, born=born, sex=person.sex)
            person = self._pensioner(person, DISTRICTS[place], case.scheme, start)
        return case.change(person, self.bench) if case.change else person

    def _ordinary(self, place: int) -> Resident:
        district = DISTRICTS[place]
        person = self._person(place)
        scheme = self.pensions.scheme_of(born=person.born, sex=person.sex, district=district)
        if self.payees_only:
            scheme = scheme or RESIDENTS
        if scheme is None:
            return person
        start = self.pensions.start_of(scheme=scheme, born=person.born, sex=person.sex)
        if start > self.first:
            if not self.payees_only:
                return person
            start = self.first
        return self._pensioner(person, district, scheme, start)

    def _person(self, place: int, wish: Wish | None = None) -> Resident:
        return self.crowd.resident(
            district=DISTRICTS[place], villages=self._homes[place], wish=wish
        )

    def _pensioner(self, person: Resident, district: District, scheme: str, start: int) -> Resident:
        pension = self.pensions.pension(
            person=person, district=district, scheme=scheme, start=start
        )
        return person._replace(pension=pension)


def _enrolment(folder: Path, city: _City, seed: int) -> EnrolmentFiles:
    return EnrolmentFiles(
        folder=folder,
        seed=seed,
        first_period=city.first,
        employers=city.employers,
        villages=city.villages,
    )


def _clear(folder: Path) -> None:
    """Take away an earlier city: its word that it is finished first."""
    (folder / "city.json").unlink(missing_ok=True)
    for name in ("baseline", "months", *FOLDERS):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "baseline").mkdir(parents=True)
