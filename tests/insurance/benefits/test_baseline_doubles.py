"""Rows that exclude each other: none of them is taken (重复与重叠)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.feeds.refused import RefusedRow
from backend.kernel.identity import Sex
from backend.people.models import Alias, Death
from insurance.benefits.baseline.take_over import Taken, take_over
from payments.models import PayeeAccount
from tests import builders
from tests.insurance.benefits.baseline_files import CHEN, TRUSTED, BaselineFiles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _agency() -> None:
    builders.agency()


def taken(baseline: BaselineFiles) -> tuple[Taken, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    return take_over(folder=baseline.folder, trusted=TRUSTED, refused=refused), refused


@pytest.mark.parametrize("spelling", [CHEN, CHEN[:6] + CHEN[8:17]])
def test_of_a_person_listed_twice_no_row_is_taken(baseline: BaselineFiles, spelling: str) -> None:
    again = baseline.rows["persons"][2].replace("P3,", "P4,").replace(CHEN, spelling)
    baseline.rows["persons"].append(again)

    result, refused = taken(baseline.write())

    assert result.rows["people_person"] == 2
    assert [(row.line, row.column) for row in refused] == [(4, "id_number"), (5, "id_number")]


def test_one_person_of_the_register_under_two_numbers_is_not_taken(baseline: BaselineFiles) -> None:
    born = date(1966, 12, 31)
    other = builders.id_number(birth_date=born, sex=Sex.FEMALE, serial=404)
    merged, survivor = (
        builders.person(name="陈桂芳", birth_date=born, sex=Sex.FEMALE, number=number)
        for number in (CHEN, other)
    )
    Alias.objects.create(party_id=merged.pk, survivor_id=survivor.pk, case_id=1)
    again = baseline.rows["persons"][2].replace("P3,", "P4,").replace(CHEN, other)
    baseline.rows["persons"].append(again)

    _, refused = taken(baseline.write())

    assert [row.line for row in refused] == [4, 5]


def test_of_overlapping_accounts_none_is_taken(baseline: BaselineFiles) -> None:
    baseline.rows["accounts"][1] = "P1,CSB,9900020000000000002,王秀英,2026-10-31,"

    _, refused = taken(baseline.write())

    assert [(row.line, row.column) for row in refused] == [(2, "account_no"), (3, "account_no")]
    assert [a.holder_name for a in PayeeAccount.objects.all()] == ["买买提•李"]


def test_an_account_within_another_takes_it_along_but_not_a_third(baseline: BaselineFiles) -> None:
    baseline.rows["accounts"][:2] = [
        "P1,CSB,9900020000000000001,王秀英,2026-11-01,",
        "P1,NSB,9900010000000000002,王秀英,2018-01-01,2026-11-01",
        "P1,NSB,9900010000000000004,王秀英,2019-01-01,2019-02-01",
        "P1,NSB,9900010000000000005,王秀英,2019-02-01,2019-03-01",
    ]

    _, refused = taken(baseline.write())

    assert [row.line for row in refused] == [3, 4, 5]
    assert PayeeAccount.objects.filter(account_no="9900020000000000001").exists()


def test_a_holder_is_stored_trimmed(baseline: BaselineFiles) -> None:
    baseline.rows["accounts"][2] = "P2,NSB,9900010000000000003,\u3000买买提•李 ,2018-04-02,"

    _, refused = taken(baseline.write())

    assert refused == []
    assert PayeeAccount.objects.filter(holder_name="买买提•李").exists()


def test_a_death_of_somebody_without_pension_may_be_left_out(baseline: BaselineFiles) -> None:
    baseline.rows["deaths"].append("P3,2026-02-30,POLICE")

    _, (row,) = taken(baseline.write())

    assert (row.file, row.line) == ("deaths.csv", 3)
    assert Death.objects.count() == 1


def test_foreign_keys_are_checked_by_the_statement(baseline: BaselineFiles) -> None:
    baseline.write()

    with CaptureQueriesContext(connection) as seen:
        taken(baseline)

    statements = [query["sql"] for query in seen]
    checked = statements.index("SET CONSTRAINTS ALL IMMEDIATE")
    assert checked < next(n for n, sql in enumerate(statements) if "INSERT" in sql)
