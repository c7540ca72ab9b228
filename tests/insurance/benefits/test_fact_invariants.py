"""Who lets the dead be paid, or frees whom a hold keeps, by SQL as the application, is found."""

import pytest
from django.db import connection

from backend.cases.models import Case
from backend.people.models import Death, Person
from insurance.benefits.baseline.take_over import take_over
from insurance.benefits.fact_invariants import (
    DEATHS,
    FREED,
    HOLDS,
    RISEN,
    broken_promises,
)
from insurance.benefits.models import Entitlement, Hold
from tests import builders
from tests.insurance.benefits.baseline_files import TRUSTED, BaselineFiles
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db

RISE = "UPDATE people_death SET superseded_at = clock_timestamp() WHERE superseded_at IS NULL"
FREE = "UPDATE benefits_hold SET superseded_at = clock_timestamp() WHERE superseded_at IS NULL"
KILL = """
INSERT INTO people_death (person_id, death_date, source, confirmed, evidence, case_id)
SELECT person_id, '2026-11-01', 'POLICE', {confirmed}, '演示', {case} FROM benefits_entitlement
WHERE scheme = '170'
"""
HOLD = """
INSERT INTO benefits_hold (entitlement_id, reason, note, valid, case_id)
SELECT id, 'SUSPENDED', '', '[2026-11-01,)', {case} FROM benefits_entitlement WHERE scheme = '110'
"""

TAKEN_OVER = """
INSERT INTO benefits_hold (entitlement_id, reason, note, valid)
SELECT id, '{reason}', '', '[2026-11-01,)' FROM benefits_entitlement WHERE scheme = '110'
"""


@pytest.fixture(autouse=True)
def taken(baseline: BaselineFiles) -> None:
    """Wang missed a check, Li has died, as the old system says."""
    builders.agency()
    take_over(folder=baseline.write().folder, trusted=TRUSTED, refused=[])
    assert broken() == set()


def person(scheme: str) -> Person:
    return Person.objects.get(pk=Entitlement.objects.get(scheme=scheme).person_id)


def broken() -> set[str]:
    return {row.promise for row in broken_promises()}


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def held() -> Case:
    content: dict[str, object] = {"reason": "SUSPENDED", "from_month": "2026-12"}
    return signed("HOLD", content, of="170")


def signed(kind: str, content: dict[str, object], *, of: str) -> Case:
    entitlement = {"entitlement": Entitlement.objects.get(scheme=of).pk}
    return z.through_hands(
        kind=kind, content={**entitlement, **content}, person=person(of), roles=("REVIEWER",)
    )


def test_a_dead_who_was_taken_over_rises_by_nobodys_sql() -> None:
    run(RISE)

    assert broken() == {RISEN}


def test_a_signed_withdrawal_takes_a_death_back() -> None:
    content: dict[str, object] = {"death_case_id": None, "evidence": "本人到场（演示）"}

    z.through_hands(
        kind="DEATH_WITHDRAWAL", content=content, person=person("110"), roles=("REVIEWER",)
    )

    assert (broken(), Death.objects.filter(superseded_at=None).count()) == (set(), 0)


@pytest.mark.parametrize("confirmed", ["true", "false"])
def test_nobody_dies_by_the_number_of_another_case(confirmed: str) -> None:
    run(KILL.format(confirmed=confirmed, case=held().pk))

    assert broken() == {DEATHS}


@pytest.mark.parametrize("reason", ["CHECK_MISSED", "SUSPENDED", "IN_PRISON", "MISSING"])
def test_a_hold_that_was_taken_over_ends_by_nobodys_sql(reason: str) -> None:
    run(TAKEN_OVER.format(reason=reason))
    assert broken() == set()

    run(f"{FREE} AND reason = '{reason}'")

    assert broken() == {FREED}


def test_a_hold_that_a_case_decided_ends_by_nobodys_sql() -> None:
    held()

    run(f"{FREE} AND reason = 'SUSPENDED'")

    assert broken() == {FREED}


def test_a_signed_release_ends_a_hold() -> None:
    held()

    signed("HOLD_RELEASE", {"reason": "SUSPENDED", "from_month": "2026-12"}, of="170")

    assert (broken(), Hold.objects.filter(superseded_at=None).count()) == (set(), 1)


def test_a_hold_by_the_number_of_another_case_is_found() -> None:
    run(HOLD.format(case=held().pk))

    assert broken() == {HOLDS}
