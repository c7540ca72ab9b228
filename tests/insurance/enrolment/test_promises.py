"""What the database keeps of enrolments, whoever writes: plain SQL as the application role."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend.access.constraints import violated
from insurance.enrolment.models import Deregistration, Enrolment, EnrolmentFile, Kind, Source
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db

INSERT = """
INSERT INTO enrolment_enrolment (person_id, scheme, kind, payer_id, district, valid, source)
VALUES (%(person)s, %(scheme)s, %(kind)s, %(payer)s, %(district)s, %(valid)s, %(source)s)
"""
FACTS = ("enrolment", "wage", "supportgroup", "rollentry", "deregistration")
APPEND_ONLY = ("enrolmentfile", "enrolmentbaseline", "cleared")


def run(statement: str, values: Any = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(**changes: Any) -> None:
    facts = {
        "person": builders.li().pk,
        "scheme": "110",
        "kind": "EMPLOYED",
        "payer": of.employer().pk,
        "district": "340802",
        "valid": "[2020-01-01,)",
        "source": "DESK",
    }
    run(INSERT, facts | changes)


@pytest.mark.parametrize("table", FACTS)
def test_facts_are_neither_changed_nor_deleted(table: str) -> None:
    for statement in ("UPDATE {} SET valid = 'empty'", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
        with pytest.raises(DatabaseError):
            run(statement.format(f"enrolment_{table}"))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_came_in_stays(table: str) -> None:
    for statement in ("UPDATE {} SET id = id", "DELETE FROM {}"):
        with pytest.raises(DatabaseError):
            run(statement.format(f"enrolment_{table}"))


def test_one_enrolment_at_a_time() -> None:
    of.enrolment(valid=of.months("2020-01", "2026-11"))

    with pytest.raises(IntegrityError) as refused:
        insert(valid="[2026-10-01,)")

    assert violated(refused.value) == "enrolment_one_at_a_time"


def test_what_was_superseded_does_not_count() -> None:
    of.enrolment()
    run("UPDATE enrolment_enrolment SET superseded_at = clock_timestamp()")

    insert()

    with pytest.raises(IntegrityError):
        run("UPDATE enrolment_enrolment SET superseded_at = NULL")


def test_another_employer_at_the_same_time_is_no_overlap() -> None:
    of.enrolment()

    insert(payer=of.employer(serial=2).pk)


def test_a_flexible_worker_is_insured_once_at_a_time() -> None:
    flexible = {"kind": "FLEXIBLE", "payer": None}
    insert(**flexible)

    with pytest.raises(IntegrityError):
        insert(**flexible, valid="[2022-01-01,)")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"valid": "[2020-01-02,)"}, "enrolment_enrolment_months"),
        ({"valid": "[2020-01-01,2020-02-15)"}, "enrolment_enrolment_months"),
        ({"valid": "(,2020-02-01)"}, "enrolment_enrolment_months"),
        ({"valid": "empty"}, "enrolment_enrolment_months"),
        ({"payer": None}, "enrolment_payer_unless_flexible"),
        ({"kind": "FLEXIBLE"}, "enrolment_payer_unless_flexible"),
        ({"scheme": "170"}, "enrolment_scheme_of_kind"),
        ({"kind": "FLEXIBLE", "payer": None, "scheme": "210"}, "enrolment_scheme_of_kind"),
        ({"source": "CASE"}, "enrolment_enrolment_source"),
        ({"source": "ROSTER"}, "enrolment_enrolment_source"),
        ({"district": "3408"}, "enrolment_district"),
    ],
)
def test_what_can_not_be_is_refused(changes: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        insert(**changes)

    assert violated(refused.value) == constraint


def test_only_persons_are_insured() -> None:
    with pytest.raises(IntegrityError) as refused:
        insert(person=of.employer(serial=2).pk)

    assert violated(refused.value) == "enrolment_parties_fit"


@pytest.mark.parametrize("kind", [Kind.EMPLOYED, Kind.RESIDENT])
def test_only_employers_employ_and_only_villages_collect(kind: Kind) -> None:
    wrong = of.village() if kind is Kind.EMPLOYED else of.employer()

    with pytest.raises(IntegrityError) as refused:
        insert(kind=kind, payer=wrong.pk, scheme="110" if kind is Kind.EMPLOYED else "170")

    assert violated(refused.value) == "enrolment_parties_fit"


def test_one_wage_at_a_time_and_none_of_nothing() -> None:
    of.wage(valid=of.months("2020-01", "2021-01"))
    of.wage(valid=of.months("2021-01"))

    with pytest.raises(IntegrityError), transaction.atomic():
        of.wage(valid=of.months("2020-12", "2021-01"))
    with pytest.raises(IntegrityError), transaction.atomic():
        of.wage(fen=0, valid=of.months("2019-01", "2020-01"))


def test_an_employer_is_deregistered_once() -> None:
    facts = {"payer_id": of.employer().pk, "evidence": "演示", "source": Source.DESK}
    Deregistration.objects.create(valid=of.months("2026-01"), **facts)

    with pytest.raises(IntegrityError), transaction.atomic():
        Deregistration.objects.create(valid=of.months("2026-05"), **facts)


def test_a_file_is_taken_once_but_may_be_refused_often() -> None:
    facts: dict[str, Any] = {"kind": "ROSTER", "name": "演示.csv", "sha256": "0" * 64}
    for _ in range(2):
        EnrolmentFile.objects.create(accepted=False, code="x", detail="演示", **facts)
    EnrolmentFile.objects.create(accepted=True, row_count=0, **facts)

    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentFile.objects.create(accepted=True, row_count=0, **facts)


def test_the_instant_of_a_run_knows_all_that_is_written() -> None:
    row = of.enrolment()

    with connection.cursor() as cursor:
        cursor.execute("SELECT enrolment_known_now()")
        (instant,) = cursor.fetchone()

    assert Enrolment.objects.get(pk=row.pk).recorded_at < instant
