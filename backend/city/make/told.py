"""What the files of a demo city told before a month (已写出的文件): later months go on from it.

Nothing is asked of a database: whoever plays the city knows what the city wrote, and no more. All
residents are kept in memory, as a year is lived by small cities only.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from backend.city.make.city import PEOPLE_PER_EMPLOYER
from backend.city.make.employers import Employer, employers_of
from backend.city.make.places import Village
from backend.city.make.records import Death, Hold, Pension, Resident, month_of, month_text
from backend.city.make.villagers import RollRow
from backend.city.make.working import RAISE_FEN, Job, Work
from backend.kernel.money import Money
from backend.kernel.months import Month

DECLARING = 3  # every third employer hands in its wage declaration each January
RAISE_MAX = 8  # percent
ABSENCES = ("PRISON", "MISSING")
KNOWN = 1  # months paid that the register knows: how many, nobody asks the city

Rows = Iterator[dict[str, str]]


class Left(NamedTuple):
    """A job that ended: the roster of ``told_in`` tells it, ``last_month`` was insured."""

    employer: Employer
    schemes: tuple[str, ...]
    last_month: int
    told_in: int


class Employed(NamedTuple):
    """Months with an employer in a scheme, as the old system handed them over."""

    scheme: str
    start: int
    end: int  # the first month that is not among them


@dataclass
class Told:
    """Residents, their jobs, and the rolls of villages, by ID number."""

    folder: Path
    seed: int
    first: int  # the city's first period, a counted month
    cases: dict[str, str]
    people: dict[str, Resident] = field(default_factory=dict)
    jobs: dict[str, list[Job]] = field(default_factory=dict)
    employed: dict[str, list[Employed]] = field(default_factory=dict)  # before the first period
    left: dict[str, Left] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)  # in which form somebody is away
    villages: tuple[Village, ...] = ()
    employers: tuple[Employer, ...] = ()

    def work_of(self, person: Resident) -> Work:
        """What a resident works, with the case that the declarations know."""
        unregistered = self.cases.get("declared_unregistered") == person.old_id
        case = "declared_unregistered" if unregistered else ""
        return Work(tuple(self.jobs.get(person.id_number, ())), case)

    def employed_months(self, *, person: Resident, scheme: str) -> int:
        """How many months with an employer the register knows before the first period: no paper
        shows fewer."""
        spells = self.employed.get(person.id_number, ())
        months = {m for one in spells if one.scheme == scheme for m in range(one.start, one.end)}
        return len(months)

    def declares(self, employer: Employer) -> bool:
        """Whether an employer hands in its yearly wage declaration."""
        return int(employer.old_id[1:]) % DECLARING == 0


def first_period(*, folder: Path) -> int:
    """The first month that the city lives, a counted month."""
    return Month.parse(_described(folder)["first_period"]).index


def told_before(*, folder: Path, period: int) -> Told:
    """Read what all files told that arrived before a period."""
    city = _described(folder)
    told = Told(folder, city["seed"], first_period(folder=folder), city["cases"])
    told.employers = employers_of(count=max(3, city["people"] // PEOPLE_PER_EMPLOYER))
    _read_people(told)
    _read_jobs(told)
    for month in range(told.first, period):
        _read_deaths(told, month)
        _read_roster(told, month)
        _read_window(told, month)
    _raise_wages(told, period)
    return told


def read_roll(*, told: Told, scheme: str, year: int) -> Iterator[tuple[Resident, RollRow]]:
    """Give who was on the rolls of a year, also on those that came as a supplement."""
    paths = sorted((told.folder / "months").glob(f"*/enrolment/roll-{scheme}-{year}*.csv"))
    for path in paths:
        for row in rows_of(path):
            roll_row = RollRow(
                scheme=scheme,
                year=year,
                level_fen=_fen(row["level"]) if row["level"] else None,
                group=row["group"],
                collective_fen=_fen(row["collective"]) if row["collective"] else 0,
                subsidised=row["subsidised"] == "1",
                told_in=0,
            )
            yield told.people[row["id_number"]], roll_row


def month_folder(*, folder: Path, period: int) -> Path:
    """Where the files of a month stand."""
    return folder / "months" / month_text(period)


def age_of(*, person: Resident, month: int) -> int:
    """A resident's age in months in a month."""
    return month - month_of(person.born)


def chance_of(*, told: Told, what: str) -> int:
    """A whole number that is always the same for the same thing of the same city."""
    text = f"yikatong-demo-city/{told.seed}/{what}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def rows_of(path: Path) -> Rows:
    """Give the rows of a file, none where it is not there."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _read_people(told: Told) -> None:
    baseline = told.folder / "baseline"
    holds = {
        row["entitlement"]: (Hold(row["reason"], _month(row["from_month"]), row["note"]),)
        for row in rows_of(baseline / "holds.csv")
    }
    told.villages = tuple(
        Village(row["old_id"], row["old_id"][1:], row["name"], row["district"])
        for row in rows_of(baseline / "organisations.csv")
        if row["kind"] == "VILLAGE"
    )
    pensions = {
        row["person"]: _pension(row)._replace(holds=holds.get(row["old_id"], ()))
        for row in rows_of(baseline / "entitlements.csv")
    }
    deaths = {
        row["person"]: Death(date.fromisoformat(row["death_date"]), row["source"])
        for row in rows_of(baseline / "deaths.csv")
    }
    for row in rows_of(baseline / "persons.csv"):
        told.people[row["id_number"]] = Resident(
            old_id=row["old_id"],
            name=row["name"],
            id_kind=row["id_kind"],
            id_number=row["id_number"],
            born=date.fromisoformat(row["birth_date"]),
            sex=int(row["sex"]),
            nation=row["nation"],
            district=row["district"],
            village=row["village"],
            pension=pensions.get(row["old_id"]),
            death=deaths.get(row["old_id"]),
        )


def _pension(row: dict[str, str]) -> Pension:
    """That there is one; its parts are not asked for any more."""
    start, paid = _month(row["start_month"]), _month(row["paid_through"])
    months = int(row["paid_months"]) if row["paid_months"] else None
    return Pension(row["scheme"], start, paid, months, (), ())


def _read_jobs(told: Told) -> None:
    """The jobs that the old system handed over as going on, with the wages it knew."""
    baseline = told.folder / "enrolment-baseline"
    wages = {
        (row["id_number"], row["payer"]): _fen(row["amount"])
        for row in rows_of(baseline / "wages.csv")
    }
    schemes: dict[tuple[str, str, int], list[str]] = {}
    for row in rows_of(baseline / "enrolments.csv"):
        if row["kind"] == "EMPLOYED":
            end = _month(row["to_month"]) if row["to_month"] else told.first
            spell = Employed(row["scheme"], _month(row["from_month"]), min(end, told.first))
            told.employed.setdefault(row["id_number"], []).append(spell)
        if row["kind"] != "RESIDENT" and not row["to_month"]:
            key = row["id_number"], row["payer"], _month(row["from_month"])
            schemes.setdefault(key, []).append(row["scheme"])
    by_code = {employer.credit_code: employer for employer in told.employers}
    for (number, payer, start), found in schemes.items():
        wage = wages.get((number, payer))
        job = Job(by_code.get(payer), tuple(found), start, wage_fen=wage)
        told.jobs.setdefault(number, []).append(job)


def _read_deaths(told: Told, month: int) -> None:
    text = month_text(month)
    for row in rows_of(month_folder(folder=told.folder, period=month) / f"deaths-{text}.csv"):
        person = told.people.get(row["id_number"])
        if person is not None:
            death = Death(date.fromisoformat(row["death_date"]), row["source"], told_in=month)
            told.people[row["id_number"]] = person._replace(death=death)


def _read_roster(told: Told, month: int) -> None:
    """Who left is gone, who joined is there: rosters of earlier months say nothing more."""
    folder = month_folder(folder=told.folder, period=month) / "enrolment"
    by_code = {employer.credit_code: employer for employer in told.employers}
    for row in rows_of(folder / f"roster-{month_text(month)}.csv"):
        number, employer = row["id_number"], by_code[row["credit_code"]]
        schemes, start = tuple(row["schemes"].split("+")), _month(row["month"])
        jobs = told.jobs.setdefault(number, [])
        if row["change"] == "LEAVE":
            jobs[:] = [job for job in jobs if job.employer is not employer]
            told.left[number] = Left(employer, schemes, start, told_in=month)
        else:
            jobs.append(Job(employer, schemes, start, wage_fen=_fen(row["wage"]), confirmed=False))


def _read_window(told: Told, month: int) -> None:
    """Who was awarded a pension draws it, and who was told to be away is."""
    window = month_folder(folder=told.folder, period=month) / "window"
    for row in rows_of(window / "retirements.csv"):
        told.jobs.pop(row["id_number"], None)
        _awarded(told, row["id_number"], "110", _month(row["retirement_month"]) + 1)
    for row in rows_of(window / "residents.csv"):
        _awarded(told, row["id_number"], "170", _month(row["first_month"]))
    for row in rows_of(window / "life.csv"):
        if row["kind"] in ABSENCES:
            told.absent[row["id_number"]] = row["form"]


def _awarded(told: Told, number: str, scheme: str, start: int) -> None:
    pension = Pension(scheme, start, 0, KNOWN, (), ())
    told.people[number] = told.people[number]._replace(pension=pension)


def _raise_wages(told: Told, period: int) -> None:
    """The declaration of the first month, and those of each January, say what is earned since."""
    raised, payer = told.cases.get("wage_raised"), told.cases.get("employer_declares_wages")
    for number, jobs in told.jobs.items():
        for place, job in enumerate(jobs):
            wage = job.wage_fen
            if job.employer is None or wage is None:
                continue
            if told.people[number].old_id == raised and job.employer.old_id == payer:
                wage += RAISE_FEN
            if told.declares(job.employer):
                wage = _since_january(told, number, job, wage, period)
            jobs[place] = job._replace(raised_fen=wage)


def _since_january(told: Told, number: str, job: Job, wage: int, period: int) -> int:
    for year in range(told.first // 12 + 1, period // 12 + 1):
        if job.start < year * 12:
            share = chance_of(told=told, what=f"{year}/{number}/raise") % (RAISE_MAX + 1)
            wage += wage * share // 100
    return wage


def _described(folder: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((folder / "city.json").read_text(encoding="utf-8"))
    return described


def _month(text: str) -> int:
    return Month.parse(text).index


def _fen(text: str) -> int:
    return Money.yuan(text).fen
