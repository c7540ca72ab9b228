"""Whoever is put beside the signed baseline by SQL, as the application's own role, is found."""

import pytest
from django.db import connection

from insurance.benefits.baseline.invariants import broken_promises
from insurance.benefits.baseline.take_over import take_over
from insurance.benefits.models import Baseline
from tests import builders
from tests.insurance.benefits.baseline_files import TRUSTED, BaselineFiles

pytestmark = pytest.mark.django_db

ROWS = "INV-02 没有业务件的待遇、项目、账户、暂缓、死亡与接管时的笔数相同"
TOTALS = "INV-02 接管的人数、金额等于双方签名的控制总数"
ONCE = "INV-02 每份基线恰有一条接管记录"
GHOST = """
WITH one AS (SELECT * FROM benefits_entitlement ORDER BY id LIMIT 1)
INSERT INTO benefits_entitlement (person_id, scheme, book_id, start_month, district,
    baseline_id, source_no)
SELECT person_id, scheme, book_id, '2001-01-01', district, baseline_id, 'GHOST' FROM one
"""
AMOUNT = """
INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid, case_id)
SELECT id, 'GHOST', 100000, 'BASELINE', {valid}, NULL FROM benefits_entitlement
ORDER BY id DESC LIMIT 1
"""
ACCOUNT = """
INSERT INTO payments_payeeaccount (payee_id, bank, account_no, holder_name, valid)
SELECT person_id, 'CSB', '62220000', 'GHOST', '[2001-01-01,2002-01-01)'
FROM benefits_entitlement ORDER BY id LIMIT 1
"""

DEATH = """
INSERT INTO people_death (person_id, death_date, source, confirmed, evidence)
SELECT person_id, '2026-11-01', 'POLICE', true, '演示' FROM benefits_entitlement
WHERE scheme = '170'
"""
HOLD = """
INSERT INTO benefits_hold (entitlement_id, reason, note, valid)
SELECT id, 'SUSPENDED', '', '[2026-11-01,)' FROM benefits_entitlement WHERE scheme = '110'
"""


@pytest.fixture(autouse=True)
def taken(baseline: BaselineFiles) -> None:
    builders.agency()
    take_over(folder=baseline.write().folder, trusted=TRUSTED, refused=[])
    assert broken() == set()


def broken() -> set[str]:
    return {row.promise for row in broken_promises()}


def insert(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_an_entitlement_beside_the_baseline_is_found() -> None:
    insert(GHOST)

    assert broken() == {ROWS}


def test_a_ghost_with_its_amount_is_found_twice() -> None:
    insert(GHOST, AMOUNT.format(valid="'[2001-01-01,)'"))

    assert broken() == {ROWS, TOTALS}


def test_an_amount_of_other_months_is_found() -> None:
    insert(AMOUNT.format(valid="'[2001-01-01,2001-02-01)'"))

    assert broken() == {ROWS}


def test_an_account_that_no_case_decided_is_found() -> None:
    insert(ACCOUNT)

    assert broken() == {ROWS}


def test_a_death_that_no_case_decided_is_found() -> None:
    insert(DEATH)

    assert broken() == {ROWS}


def test_a_hold_that_no_case_decided_is_found() -> None:
    insert(HOLD)

    assert broken() == {ROWS}


def test_a_second_baseline_that_nobody_took_over_is_found() -> None:
    Baseline.objects.create(digest="0" * 64, manifest={})

    assert broken() == {ONCE}


def test_a_take_over_told_again_is_found() -> None:
    insert(
        "INSERT INTO audit_act (name, subject_kind, subject_id, rows, details, digest)"
        " SELECT name, subject_kind, subject_id, rows, details, digest FROM audit_act"
        " WHERE name = 'benefits.baseline_taken'"
    )

    assert ONCE in broken()
