"""The files of later months of the demo city: from what was told before, the same for a seed."""

import csv
import json
from hashlib import sha256
from pathlib import Path

import pytest

from backend.city.make.city import make_city
from backend.city.make.later_months import make_later_month
from backend.city.make.stories import cast_of
from backend.city.make.told import told_before
from backend.kernel.months import Month

NOVEMBER, JANUARY, OCTOBER = Month(2026, 11), Month(2027, 1), Month(2027, 10)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived(tmp_path_factory.mktemp("city"))


def lived(folder: Path, *, until: Month = OCTOBER) -> Path:
    make_city(folder=folder, people=900, seed=2, first_period=NOVEMBER)
    month = NOVEMBER
    while month <= until:
        make_later_month(folder=folder, month=month)
        month = month.next
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_all_months(city: Path, name: str) -> list[tuple[str, dict[str, str]]]:
    return [
        (path.relative_to(city / "months").parts[0], row)
        for path in sorted((city / "months").glob(f"*/{name}"))
        for row in rows(path)
    ]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".xlsx"  # carries the time of its making
    }


def test_the_same_city_lives_the_same_months(city: Path, tmp_path: Path) -> None:
    assert digests(lived(tmp_path)) == digests(city)


def test_a_month_that_is_made_is_not_made_again(city: Path) -> None:
    before = digests(city)

    assert make_later_month(folder=city, month=JANUARY) == {}
    assert digests(city) == before


def test_what_the_city_was_made_with_is_left_alone(tmp_path: Path) -> None:
    make_city(folder=tmp_path, people=900, seed=2, first_period=NOVEMBER)
    before = digests(tmp_path)

    make_later_month(folder=tmp_path, month=NOVEMBER)

    after = digests(tmp_path)
    assert after.pop("months/2026-11/made.json")
    assert after == before


def test_stories_are_told_of_boundary_persons_whom_chance_spares(city: Path) -> None:
    told = told_before(folder=city, period=OCTOBER.next.index)
    cast = cast_of(told=told)
    steps = of_all_months(city, "window/recoveries.csv")

    assert None not in cast
    assert len(cast.numbers) == len(cast)
    assert cast.prisoner is not None
    assert cast.dies is not None
    assert [(month, row["id_number"], row["step"]) for month, row in steps] == [
        ("2027-04", cast.prisoner.id_number, "NOTICE"),
        ("2027-05", cast.prisoner.id_number, "ORDER"),
        ("2027-06", cast.prisoner.id_number, "AGREEMENT"),
        ("2027-07", cast.prisoner.id_number, "SET_OFF"),
    ]
    dead = {row["id_number"]: month for month, row in of_all_months(city, "deaths-*.csv")}
    assert {number: dead[number] for number in cast.numbers & dead.keys()} == {
        cast.dies.id_number: "2027-02"
    }
    heirs = {row["heir"] for _, row in of_all_months(city, "window/survivors.csv")}
    assert heirs.isdisjoint(cast.numbers)


def test_the_data_show_everybody_but_the_one_whom_the_village_does_not_meet(city: Path) -> None:
    unseen = cast_of(told=told_before(folder=city, period=JANUARY.index)).unseen
    checks = city / "months" / "2027-01" / "window" / "checks" / "life-match.csv"
    seen = {row["id_number"] for row in rows(checks)}
    visited = of_all_months(city, "window/checks/visits.csv")

    assert unseen is not None
    assert unseen.id_number not in seen
    assert len(seen) > 100
    assert [(m, row["id_number"], row["seen"]) for m, row in visited] == [
        ("2027-02", unseen.id_number, "NO")
    ]


def test_nobody_dies_twice(city: Path) -> None:
    dead = [row["id_number"] for _, row in of_all_months(city, "deaths-*.csv")]

    assert any(month > "2027-01" for month, _ in of_all_months(city, "deaths-*.csv"))
    assert len(dead) == len(set(dead))


def test_who_retires_is_declared_no_more(city: Path) -> None:
    retired = of_all_months(city, "window/retirements.csv")
    declared = {
        (month, row["person_number"]) for month, row in of_all_months(city, "tax/declared.csv")
    }

    assert retired
    assert all((month, row["id_number"]) not in declared for month, row in retired)


def test_who_retires_reached_the_month_before(city: Path) -> None:
    for month, row in of_all_months(city, "window/retirements.csv"):
        assert Month.parse(row["retirement_month"]).next == Month.parse(month)


def test_who_joined_is_declared_from_then_on(city: Path) -> None:
    joined = [
        (month, row)
        for month, row in of_all_months(city, "enrolment/roster-*.csv")
        if row["change"] == "JOIN" and month > "2027-01"
    ]
    declared = {
        (month, row["person_number"], row["payer_number"])
        for month, row in of_all_months(city, "tax/declared.csv")
    }
    by_self = {payer for _, _, payer in declared}
    counted = [
        (month, row["id_number"], row["credit_code"])
        for month, row in joined
        if row["credit_code"] in by_self
    ]

    assert counted
    assert sum(one in declared for one in counted) >= len(counted) - len({m for m, *_ in counted})


def test_who_left_works_there_no_more(city: Path) -> None:
    told = told_before(folder=city, period=OCTOBER.next.index)
    last = {
        (row["id_number"], row["credit_code"]): row["change"]
        for month, row in of_all_months(city, "enrolment/roster-*.csv")
        if month > "2026-12"
    }
    left = [who for who, change in last.items() if change == "LEAVE"]

    assert left
    for number, code in left:
        assert code not in {
            job.employer.credit_code for job in told.jobs.get(number, []) if job.employer
        }


@pytest.mark.parametrize(
    ("month", "scheme", "year"), [("2027-06", "170", 2027), ("2027-10", "390", 2028)]
)
def test_villages_tell_each_roll_once_a_year(
    city: Path, month: str, scheme: str, year: int
) -> None:
    later = sorted((city / "months").glob(f"2027-*/enrolment/roll-{scheme}-*.csv"))
    dead = {row["id_number"] for told, row in of_all_months(city, "deaths-*.csv") if told < month}

    (path,) = later
    listed = [row["id_number"] for row in rows(path)]
    assert (path.parent.parent.name, path.stem) == (month, f"roll-{scheme}-{year}")
    assert listed
    assert not dead & set(listed)


def test_wages_are_declared_in_january_alone(city: Path) -> None:
    forms = {path.parent.parent.parent.name for path in city.glob("months/2027-*/*/wages/*.xlsx")}

    assert forms == {"2027-01"}


def test_a_month_says_what_it_holds(city: Path) -> None:
    made = json.loads((city / "months/2027-01/made.json").read_text(encoding="utf-8"))

    assert made["month"] == "2027-01"
    assert made["counts"]["roster"] == len(
        rows(city / "months/2027-01/enrolment/roster-2027-01.csv")
    )
