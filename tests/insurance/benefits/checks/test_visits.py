"""A village goes from door to door and signs whom it did not meet (上门签字名单)."""

from datetime import date
from pathlib import Path

import pytest

from backend.audit.models import Act
from backend.kernel.errors import Refusal
from backend.people.models import Person
from insurance.benefits.checks.files import Taken
from insurance.benefits.checks.invariants import broken_promises
from insurance.benefits.checks.models import CheckFile, CheckStep, Proof
from insurance.benefits.checks.rules import Stage
from insurance.benefits.checks.visits import FORMAT, HEADER, import_visit_list
from insurance.benefits.models import Entitlement
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.checks import check_builders as of
from tests.insurance.benefits.checks.check_builders import TODAY, Files

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits(tmp_path: Path) -> Files:
    of.village()
    content: dict[str, object] = {
        "village": of.VILLAGE,
        "visited_on": "2026-11-05",
        "visited_by": "吴小妹（村协办，演示）",
        "signed_on": "2026-11-05",
        "signed_by": "郑大山（村主任，演示）",
    }
    return Files(tmp_path, FORMAT, HEADER, content, name="visits-2026-11")


def wang() -> Entitlement:
    """Wang lives in the village and was reminded."""
    pension = m.entitlement(of=of.lives_in_village(builders.wang()))
    of.tried(pension, up_to=Stage.CONTACTED)
    return pension


def told(person: Person, seen: str, note: str = "") -> str:
    return f"CITIZEN,{of.number_of(person)},{of.name_of(person)},{seen},{note}"


def imported(path: Path) -> Taken:
    return import_visit_list(path=path, today=TODAY)


def test_who_was_met_has_a_proof_by_visit(visits: Files) -> None:
    pension = wang()

    found = imported(visits.write(told(builders.wang(), "YES", "在家")))

    proof = Proof.objects.get()
    assert (proof.method, proof.proven_on, proof.evidence) == ("VISIT", TODAY, "在家")
    assert (found.proven, found.left, found.lines) == (1, 0, ())
    assert not of.is_due(pension)


def test_who_was_not_met_is_visited_and_listed_by_name_of_the_signatories(visits: Files) -> None:
    pension = wang()

    found = imported(visits.write(told(builders.wang(), "NO", "外出多年")))

    visited, listed = CheckStep.objects.filter(stage__gte=Stage.VISITED).order_by("stage")
    assert (visited.by_name, listed.by_name) == ("吴小妹（村协办，演示）", "郑大山（村主任，演示）")
    assert (found.left, of.stage_of(pension)) == (1, Stage.LISTED)


def test_a_hold_of_who_was_met_waits_for_a_second_person(visits: Files) -> None:
    pension = wang()
    m.hold(of=pension, reason="CHECK_MISSED")

    assert imported(visits.write(told(builders.wang(), "YES"))).held == 1
    assert broken_promises() == []


def test_who_was_never_reminded_is_not_listed_for_a_hold(visits: Files) -> None:
    pension = m.entitlement(of=of.lives_in_village(builders.wang()))

    found = imported(visits.write(told(builders.wang(), "NO")))

    assert (found.left, of.stage_of(pension)) == (0, None)
    assert "不在已提醒的待认证人员中" in found.lines[0].reason


def test_who_needs_no_proof_yet_is_not_listed_for_a_hold(visits: Files) -> None:
    of.proof(wang(), on=date(2026, 10, 1))

    assert imported(visits.write(told(builders.wang(), "NO"))).left == 0


def test_a_village_speaks_of_its_own_people_only(visits: Files) -> None:
    pension = m.entitlement(of=builders.li())
    of.tried(pension, up_to=Stage.CONTACTED)

    found = imported(visits.write(told(builders.li(), "NO"), told(builders.li(), "YES")))

    assert (found.proven, found.left) == (0, 0)
    assert {"不是本村" in row.reason for row in found.lines[:2]} == {True}


def test_of_met_and_not_met_met_counts_and_people_look_at_it(visits: Files) -> None:
    pension = wang()

    found = imported(
        visits.write(told(builders.wang(), "NO"), told(builders.wang(), "YES", "又回来了"))
    )

    assert (found.proven, found.left) == (1, 0)
    assert not of.is_due(pension)
    assert [row.line for row in found.lines] == [3]


def test_the_same_list_again_changes_nothing(visits: Files) -> None:
    wang()
    path = visits.write(told(builders.wang(), "NO"))
    imported(path)
    acts = Act.objects.count()

    assert imported(path).already
    assert (CheckStep.objects.count(), Act.objects.count()) == (4, acts)


@pytest.mark.parametrize(
    "changed",
    [
        {"village": "340802001299"},
        {"signed_on": "2026-11-04"},
        {"signed_by": ""},
        {"visited_by": " "},
    ],
)
def test_a_list_says_which_village_who_went_and_who_signed(
    visits: Files, changed: dict[str, object]
) -> None:
    visits.content |= changed

    with pytest.raises(Refusal) as caught:
        imported(visits.write())

    assert caught.value.code == "check_file_invalid"


def test_a_row_that_says_neither_refuses_the_list(visits: Files) -> None:
    wang()

    with pytest.raises(Refusal) as caught:
        imported(visits.write(told(builders.wang(), "PERHAPS")))

    assert caught.value.facts["line"] == 2
    assert not CheckFile.objects.filter(kind="VISITS").exists()
