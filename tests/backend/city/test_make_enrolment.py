"""The demo city's insured: in proportion, on boundaries, and taken by every reader as they are."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backend.city.make.city import make_city
from backend.city.make.office import OTHER_POSTS, POSTS
from backend.city.office import set_up_office
from backend.city.tax.habits import Habit, habit_of
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import read_trusted
from backend.kernel.months import Month
from insurance.accounts import take_over as accounts
from insurance.benefits.baseline import take_over as persons
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.collection import take_over as arrears
from insurance.collection.models import Bill
from insurance.enrolment import take_over as enrolment
from insurance.enrolment.files import take_file
from insurance.enrolment.models import Enrolment, RollEntry
from insurance.enrolment.wage_file import read_wage_file

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
PEOPLE = 2000
FLOOR, CEILING = "4354.00", "21772.00"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("insured")
    make_city(folder=folder, people=PEOPLE, seed=1, first_period=NOVEMBER)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def month_files(city: Path, month: Month) -> Iterator[Path]:
    folder = city / "months" / str(month) / "enrolment"
    return iter((*sorted(folder.glob("*.json")), *folder.glob("wages/*.xlsx")))


def described(city: Path) -> Any:
    return json.loads((city / "city.json").read_text(encoding="utf-8"))


def numbers(city: Path) -> dict[str, str]:
    """The ID number of each person of the roll, by the old system's number."""
    return {p["old_id"]: p["id_number"] for p in rows(city / "baseline" / "persons.csv")}


def test_a_sixth_of_the_residents_work_and_a_quarter_of_them_alone(city: Path) -> None:
    insured = rows(city / "enrolment-baseline" / "enrolments.csv")
    now = [row for row in insured if not row["to_month"]]
    employed = {row["id_number"] for row in now if row["kind"] == "EMPLOYED"}
    alone = {row["id_number"] for row in now if row["kind"] == "FLEXIBLE"}

    assert 0.12 < len(employed | alone) / PEOPLE < 0.18
    assert 0.15 < len(alone) / len(employed | alone) < 0.35
    assert not employed & alone


def test_few_employers_are_large(city: Path) -> None:
    insured = rows(city / "enrolment-baseline" / "enrolments.csv")
    sizes = Counter(row["payer"] for row in insured if row["scheme"] == "110" and row["payer"])
    sizes = Counter({payer: size for payer, size in sizes.items() if len(payer) == 18})

    (_, largest), *_ = ordered = sizes.most_common()
    assert largest > 3 * ordered[len(ordered) // 2][1]


def test_a_fifth_of_the_wages_stand_on_boundaries(city: Path) -> None:
    wages = [row["amount"] for row in rows(city / "enrolment-baseline" / "wages.csv")]

    on_bounds = sum(wage in (FLOOR, CEILING) for wage in wages)
    tied = sum(wage.endswith((".25", ".75")) or wage[-4:] in ODD_YUAN for wage in wages)
    assert on_bounds > 0.05 * len(wages)
    assert on_bounds + tied > 0.2 * len(wages)
    assert {FLOOR, CEILING, "4353.99", "4354.01", "21771.99", "21772.01"} <= set(wages)


ODD_YUAN = tuple(f"{digit}.00" for digit in "13579")


def test_nobody_is_insured_as_worker_and_resident_in_the_pension(city: Path) -> None:
    insured = rows(city / "enrolment-baseline" / "enrolments.csv")
    now = [row for row in insured if not row["to_month"] or row["to_month"] > "2026-11"]
    by_scheme = {s: {r["id_number"] for r in now if r["scheme"] == s} for s in ("110", "170")}

    assert not by_scheme["110"] & by_scheme["170"]


@pytest.mark.django_db
def test_every_file_is_taken_without_a_refusal(city: Path) -> None:
    refused: list[RefusedRow] = []
    trusted = read_trusted(city / "keys.json")
    office = city / "office.json"
    set_up_office(path=office, now=timezone.now(), with_staff=False)

    persons.take_over(folder=city / "baseline", trusted=trusted, refused=refused)
    enrolment.take_over(folder=city / "enrolment-baseline", trusted=trusted, refused=refused)
    accounts.take_over(folder=city / "account-baseline", trusted=trusted, refused=refused)
    arrears.take_over(folder=city / "arrears-baseline", trusted=trusted, refused=refused)
    made = set_up_office(path=office, now=timezone.now())
    taken = [
        take_file(
            path=path, today=month.first_day, refused=refused, blockers=(), pensions=pensions_drawn
        )
        for month in (NOVEMBER, DECEMBER)
        for path in month_files(city, month)
    ]

    assert refused == []
    assert made.staff == len((*POSTS, *OTHER_POSTS))
    assert len(taken) == 7
    assert [file.detail for file in taken if not file.accepted] == []
    assert_cases_are_in_the_register(city)
    assert set(Bill.objects.values_list("kind", "month", "pay_by")) == {
        ("EMPLOYED", date(2026, 10, 1), date(2026, 10, 25)),
        ("FLEXIBLE", date(2026, 10, 1), date(2026, 12, 31)),
    }


def assert_cases_are_in_the_register(city: Path) -> None:
    cases, number_of = described(city)["cases"], numbers(city)

    def months(case: str) -> list[tuple[str, str]]:
        found = Enrolment.objects.filter(
            person__partyidentifier__number=number_of[cases[case]],
            scheme="110",
            superseded_at__isnull=True,
        ).order_by("valid")
        return [(str(e.valid.lower), str(e.valid.upper)) for e in found]

    assert months("joiner") == [("2026-11-01", "None")]
    assert months("late_joiner") == [("2026-10-01", "None")]
    assert months("late_joiner_december") == [("2026-11-01", "None")]
    assert [end for _, end in months("leaver")] == ["2026-11-01"]
    assert [end for _, end in months("late_leaver")] == ["2026-11-01"]
    assert sorted(end for _, end in months("transfer")) == ["2026-11-01", "None"]
    assert len(months("several_employers")) == 2
    groups = RollEntry.objects.filter(scheme="390").values("village").distinct()
    assert groups.count() > 10


def test_the_wage_declaration_is_read_without_a_fault(city: Path) -> None:
    (form,) = (city / "months" / "2026-11" / "enrolment" / "wages").glob("*.xlsx")
    raised = numbers(city)[described(city)["cases"]["wage_raised"]]

    sheet = read_wage_file(path=form)

    wages = dict(zip(sheet.rows.id_numbers, sheet.rows.monthly_fens, strict=True))
    register = {
        row["id_number"]: int(row["amount"].replace(".", ""))
        for row in rows(city / "enrolment-baseline" / "wages.csv")
        if row["payer"] == sheet.head.credit_code
    }
    assert sheet.head.year == 2026
    assert wages[raised] == register[raised] + 30_000
    assert [n for n in wages if n in register and wages[n] != register[n]] == [raised]


@pytest.mark.parametrize("month", [NOVEMBER, DECEMBER])
def test_who_is_declared_twice_is_so_where_nothing_else_is_wrong(city: Path, month: Month) -> None:
    declared = rows(city / "months" / str(month) / "tax" / "declared.csv")
    lines = Counter(tuple(row.values()) for row in declared)
    twice = {line[0] for line, times in lines.items() if times > 1}
    cases, of = described(city)["cases"], numbers(city)
    wrong = {of[cases[f"declared_{month}_{kind}"]] for kind in ("other_amount", "other_name")}

    (employer,) = twice
    assert habit_of(period=str(month), payer=employer, is_employer=True) is Habit.PAYS
    assert employer not in {
        row["payer_number"] for row in declared if row["person_number"] in wrong
    }
    assert employer != declared[0]["payer_number"]  # it declares strangers, too
