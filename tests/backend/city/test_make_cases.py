"""Every boundary case stands in the city and is what its name says."""

import csv
import json
from pathlib import Path

import pytest

from backend.city.make.cases import LEAST_PEOPLE, boundary_cases
from backend.city.make.city import make_city
from backend.kernel.months import Month

NOVEMBER = Month(2026, 11)
Row = dict[str, str]


class City:
    """The files of a small city, looked up by boundary case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: dict[str, str] = json.loads((folder / "city.json").read_text())["cases"]

    def of(self, name: str, key: str) -> list[Row]:
        """The rows of one file that belong to a case."""
        person = self.cases[key]
        with (self.folder / "baseline" / f"{name}.csv").open(newline="") as file:
            return [row for row in csv.DictReader(file) if next(iter(row.values()))[:9] == person]

    def person(self, key: str) -> Row:
        """The person of a case."""
        (person,) = self.of("persons", key)
        return person

    def told(self, month: str) -> dict[str, str]:
        """Who died by one monthly match, and when."""
        path = self.folder / "months" / month / f"deaths-{month}.csv"
        with path.open(newline="") as file:
            return {row["id_number"]: row["death_date"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("cases")
    make_city(folder=folder, people=LEAST_PEOPLE, seed=3, first_period=NOVEMBER)
    return City(folder)


def test_every_case_exists_once(city: City) -> None:
    cases = boundary_cases(first_period=NOVEMBER.index)

    assert list(city.cases)[: len(cases)] == [case.key for case in cases]
    assert len({city.cases[case.key] for case in cases}) == len(cases)
    for case in cases:
        schemes = [row["scheme"] for row in city.of("entitlements", case.key)]
        assert schemes == ([case.scheme] if case.scheme else [])


def test_rare_characters_survive(city: City) -> None:
    for rare in "䶮㛃𠮷𬎆堃喆赟":
        assert rare in city.person(f"name_rare_{ord(rare):X}")["name"]
    assert len(city.person("name_25_characters")["name"]) == 25
    assert len(city.person("name_single_character")["name"]) == 1


@pytest.mark.parametrize("dot", "•・．‧")
def test_a_bank_may_write_the_dot_in_another_way(city: City, dot: str) -> None:
    key = f"holder_dot_{ord(dot):X}"
    (account,) = city.of("accounts", key)

    assert dot in account["holder_name"]
    assert "·" in city.person(key)["name"]


@pytest.mark.parametrize(
    ("key", "starts"),
    [
        ("id_region_340823", "340823"),
        ("id_region_340824", "340824"),
        ("hong_kong_residence", "810000"),
        ("macao_residence", "820000"),
        ("taiwan_residence", "830000"),
        ("foreign_permanent", "9"),
        ("foreign_permanent_old", "DEU"),
    ],
)
def test_papers_of_all_kinds(city: City, key: str, starts: str) -> None:
    assert city.person(key)["id_number"].startswith(starts)


def test_a_number_may_end_in_x_and_a_birthday_fall_on_29_february(city: City) -> None:
    assert city.person("id_ends_in_x")["id_number"].endswith("X")
    assert city.person("born_on_leap_day")["birth_date"] == "1964-02-29"
    assert city.of("entitlements", "born_on_leap_day")[0]["start_month"] == "2024-03"


def test_the_first_pension_is_due_the_month_after_the_birthday(city: City) -> None:
    for key in ("first_pension_is_due_now", "turns_60_on_the_last_day"):
        assert city.of("entitlements", key)[0]["start_month"] == "2026-11"
    assert city.of("entitlements", "turns_60_this_month") == []


@pytest.mark.parametrize(
    ("key", "start"), [("turns_80_last_month", "2026-11"), ("turns_80_this_month", "2026-12")]
)
def test_the_supplement_begins_after_the_80th_birthday(city: City, key: str, start: str) -> None:
    supplements = [
        part["from_month"]
        for part in city.of("components", key)
        if part["component"] == "AGE_SUPPLEMENT"
    ]

    assert supplements == [start]


def test_amounts_change_next_month(city: City) -> None:
    before, after = [
        part for part in city.of("components", "rises_next_month") if part["component"] == "BASIC"
    ]

    assert before["to_month"] == after["from_month"] == "2026-12"
    assert float(after["amount"]) > float(before["amount"])


def test_the_least_amount_is_one_fen(city: City) -> None:
    assert "0.01" in {part["amount"] for part in city.of("components", "one_fen")}


def test_unverified_figures_say_so(city: City) -> None:
    one = [part["standing"] for part in city.of("components", "part_unverified")]
    whole = {part["standing"] for part in city.of("components", "all_unverified")}

    assert one.count("UNVERIFIED") == 1
    assert len(one) > 1
    assert whole == {"UNVERIFIED"}


def test_accounts_may_be_missing_ended_or_followed_by_another(city: City) -> None:
    assert city.of("accounts", "no_account") == []
    assert city.of("accounts", "account_expired")[0]["to_date"] == "2026-11-01"
    old, new = city.of("accounts", "account_from_next_month")
    assert old["to_date"] == new["from_date"] == "2026-12-01"


@pytest.mark.parametrize("reason", ["CHECK_MISSED", "SUSPENDED", "IN_PRISON"])
def test_pensions_are_held_for_each_reason(city: City, reason: str) -> None:
    (hold,) = city.of("holds", f"held_{reason.lower()}")

    assert (hold["reason"], hold["from_month"]) == (reason, "2026-11")


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("died_last_day_of_september_170", "2026-09-30"),
        ("died_first_day_of_october_110", "2026-10-01"),
        ("died_last_day_of_october_170", "2026-10-31"),
    ],
)
def test_the_old_system_knew_some_deaths(city: City, key: str, day: str) -> None:
    assert city.of("deaths", key)[0]["death_date"] == day


@pytest.mark.parametrize(
    ("key", "month", "day"),
    [
        ("match_1_tells_last_day_of_september", "2026-11", "2026-09-30"),
        ("match_1_tells_first_day_of_november", "2026-11", "2026-11-01"),
        ("match_2_tells_in_october", "2026-12", "2026-10-20"),
        ("match_2_tells_first_day_of_november_no_payee", "2026-12", "2026-11-01"),
        ("match_3_tells_last_day_of_december", "2027-01", "2026-12-31"),
    ],
)
def test_other_deaths_are_told_late(city: City, key: str, month: str, day: str) -> None:
    assert city.told(month)[city.person(key)["id_number"]] == day
    assert city.of("deaths", key) == []
