"""Who raises a pension by SQL under another case's number, as the application's role, is found."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection

from backend.cases import kinds
from backend.cases.models import Case
from backend.city.amount_invariants import (
    OF_MANY,
    OF_ONE,
    REPLACED,
    RESTS,
    TAKE_OVER,
    broken_promises,
)
from backend.people.models import Alias, Person
from insurance.benefits.baseline.take_over import take_over
from insurance.benefits.models import Component, Entitlement
from tests import builders
from tests.insurance.benefits.baseline_files import TRUSTED, BaselineFiles
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
SOURCES = Path(__file__).parents[3] / "insurance"
WRITES = re.compile(
    r"(?<![\w.])Component\(\n|Component\.objects\.(bulk_)?create|INSERT INTO benefits_component"
)
DOUBLED = """
WITH one AS (
    UPDATE benefits_component SET superseded_at = clock_timestamp()
    WHERE entitlement_id = %(entitlement)s AND component = 'BASIC' AND superseded_at IS NULL
    RETURNING *)
INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid, case_id,
    recorded_at)
SELECT entitlement_id, component, fen * 2, standing, valid, %(case)s, superseded_at FROM one
"""
EXTRA = """
INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid, case_id)
VALUES (%(entitlement)s, 'EXTRA_YEARS', 99900, 'BASELINE', '[2027-01-01,)', %(case)s)
"""
GONE = """
UPDATE benefits_component SET superseded_at = clock_timestamp()
WHERE entitlement_id = %(entitlement)s AND component = 'BASIC'
"""
ATTACKS = pytest.mark.parametrize("attack", [DOUBLED, EXTRA])


@pytest.fixture(autouse=True)
def verified(tmp_path: Path) -> Case:
    """Wang's unverified amount was verified by people who signed; all is well."""
    builders.agency()
    take_over(folder=BaselineFiles(tmp_path).write().folder, trusted=TRUSTED, refused=[])
    content = {
        "entitlement": pension("170").pk,
        "components": [{"component": "ACCOUNT", "from_month": "2025-01", "amount": "31.50"}],
        "evidence": "原核定表 演示1号",
    }
    case = z.through_hands(kind="COMPONENT_VERIFIED", content=content, person=person("170"))
    assert broken() == set()
    return case


def pension(scheme: str) -> Entitlement:
    return Entitlement.objects.get(scheme=scheme)


def person(scheme: str) -> Person:
    return Person.objects.get(pk=pension(scheme).person_id)


def broken() -> set[str]:
    return {row.promise for row in broken_promises()}


def run(attack: str, *, of: str, case: int | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(attack, {"entitlement": pension(of).pk, "case": case})


def held() -> Case:
    """Approved and signed, about Wang, and no case that writes an amount."""
    content = {"entitlement": pension("170").pk, "reason": "SUSPENDED", "from_month": "2026-12"}
    return z.through_hands(kind="HOLD", content=content, person=person("170"), roles=("REVIEWER",))


@ATTACKS
def test_a_case_of_another_kind_raises_no_pension(attack: str) -> None:
    run(attack, of="170", case=held().pk)

    assert broken() == {RESTS}


@ATTACKS
def test_a_case_about_somebody_else_raises_no_pension(attack: str, verified: Case) -> None:
    run(attack, of="110", case=verified.pk)

    assert broken() == {RESTS}


def test_a_case_that_its_own_party_signed_raises_no_pension(verified: Case) -> None:
    assert verified.decided_by is not None
    Alias.objects.create(party_id=verified.party_id, survivor_id=verified.decided_by, case_id=1)

    assert broken() == {RESTS}


@ATTACKS
def test_a_case_that_is_not_there_raises_no_pension(attack: str) -> None:
    run(attack, of="170", case=987654321)

    assert broken() == {RESTS}


def test_an_amount_of_the_baseline_that_nothing_replaced_is_found() -> None:
    run(GONE, of="170")

    assert broken() == {REPLACED}


def test_a_case_about_the_entry_as_which_a_person_lives_on_counts(verified: Case) -> None:
    Alias.objects.create(party_id=verified.party_id, survivor_id=builders.li().pk, case_id=1)

    assert broken() == set()


def test_an_amount_that_a_signed_correction_takes_away_is_no_fault() -> None:
    content = {
        "entitlement": pension("110").pk,
        "from_month": "2026-11",
        "components": [{"component": "AGE_SUPPLEMENT", "amount": "0.00"}],
        "document": "演核更〔2026〕1号",
        "evidence": "原核定表 演示1号",
        "error": "原系统按错误的出生日期计发（演示）",
        "error_evidence": "档案核对表 演示1号",
    }

    z.through_hands(kind="COMPONENT_CORRECTION", content=content, person=person("110"))

    current = Component.objects.filter(component="AGE_SUPPLEMENT", superseded_at=None)
    assert (broken(), list(current)) == (set(), [])


def test_every_module_that_writes_an_amount_is_known_with_kinds_that_exist() -> None:
    modules = {writer.module for writer in (*OF_ONE, *OF_MANY)} | {TAKE_OVER}
    known = {kind.code for kind in kinds.kinds(on=builders.TODAY)}

    found = {path for path in SOURCES.rglob("*.py") if WRITES.search(path.read_text())}

    paths = {Path(str(spec.origin)) for spec in map(find_spec, modules) if spec}
    assert {path for path in found if "migrations" not in path.parts} == paths
    assert {kind for one in (*OF_ONE, *OF_MANY) for kind in one.kinds} <= known
