"""What a file sets free waits for a second person (资格认证恢复确认)."""

from pathlib import Path

import pytest

from backend.audit.models import Act
from backend.cases.decide import SamePerson, decide
from backend.cases.models import Case
from backend.cases.own_matter import OwnMatter
from backend.people.models import Person
from insurance.benefits.checks import release_case
from insurance.benefits.checks.intake import hand_in_checks
from insurance.benefits.checks.invariants import broken_promises
from insurance.benefits.checks.match import FORMAT, HEADER, import_life_match
from insurance.benefits.checks.models import Proof
from insurance.benefits.checks.release_case import ReleaseCaseInvalid, ReleaseInHand
from tests import builders
from tests.builders import Member
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.checks import check_builders as of
from tests.insurance.benefits.checks.check_builders import TODAY, Files

pytestmark = pytest.mark.django_db
ACTS = {
    "CHECK_RELEASE": release_case.confirm,
    "CHECK_RELEASE.REJECTED": release_case.reject,
}


@pytest.fixture
def match(tmp_path: Path) -> Files:
    return Files(tmp_path, FORMAT, HEADER, {"as_of": "2026-11-05", "source": "演示"})


def told(person: Person) -> str:
    return f"CITIZEN,{of.number_of(person)},{of.name_of(person)},2026-11-01,DATA_MATCH"


def handed_in(path: Path, *, by: Member) -> Case:
    """The case that a file of a clerk leads to."""
    hand_in_checks(path=path, today=TODAY, staff=by.staff)
    return Case.objects.get(kind="CHECK_RELEASE")


def answered(case: Case, *, by: Member, approve: bool = True) -> Case:
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="名单核对过(演示)",
        key=by.key,
        role="REVIEWER",
        now=builders.NOW,
        acts=ACTS,
    )


def test_two_persons_set_free_whom_a_file_shows_to_live(match: Files) -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED")

    case = handed_in(match.write(told(builders.wang())), by=builders.member(role="CLERK"))
    assert (case.content["holds"], broken_promises()) == (1, [])
    answered(case, by=builders.member(role="REVIEWER"))
    m.computed()

    assert m.held_reasons(wang) == []
    assert Act.objects.filter(name="cases.approved").latest("pk").rows > 1


def test_who_handed_a_file_in_does_not_confirm_it(match: Files) -> None:
    m.hold(of=m.entitlement(), reason="CHECK_MISSED")
    clerk = builders.member(role="REVIEWER")
    case = handed_in(match.write(told(builders.wang())), by=clerk)

    with pytest.raises(SamePerson):
        answered(case, by=clerk)


def test_a_file_that_sets_nobody_free_leads_to_no_case(match: Files) -> None:
    m.entitlement()

    hand_in_checks(
        path=match.write(told(builders.wang())),
        today=TODAY,
        staff=builders.member(role="CLERK").staff,
    )

    assert Proof.objects.count() == 1
    assert not Case.objects.exists()


def test_nobody_proves_by_his_own_file_that_he_lives(match: Files) -> None:
    wang = builders.wang()
    m.hold(of=m.entitlement(), reason="CHECK_MISSED")
    clerk = builders.member(role="CLERK", of=wang)

    taken = hand_in_checks(path=match.write(told(wang)), today=TODAY, staff=clerk.staff)

    assert (taken.proven, taken.held) == (0, 0)
    assert "报送人本人" in taken.lines[0].reason


def test_nobody_confirms_a_file_that_pays_himself(match: Files) -> None:
    wang = builders.wang()
    m.hold(of=m.entitlement(), reason="CHECK_MISSED")
    case = handed_in(match.write(told(wang)), by=builders.member(role="CLERK"))

    with pytest.raises(OwnMatter):
        answered(case, by=builders.member(role="REVIEWER", of=wang))


def test_who_vouches_for_what_came_by_the_command_is_not_in_it(match: Files) -> None:
    wang = builders.wang()
    m.hold(of=m.entitlement(), reason="CHECK_MISSED")
    taken = import_life_match(path=match.write(told(wang)), today=TODAY)
    content = release_case.content_of(file=taken.file, holds=1)

    with pytest.raises(OwnMatter):
        release_case.check(
            builders.case(kind="CHECK_RELEASE", content=content, received_by=wang.pk)
        )


def test_the_same_file_again_is_vouched_for_once(match: Files) -> None:
    m.hold(of=m.entitlement(), reason="CHECK_MISSED")
    path = match.write(told(builders.wang()))
    import_life_match(path=path, today=TODAY)

    for _ in range(2):
        case = handed_in(path, by=builders.member(role="CLERK"))

    other = builders.case(kind="CHECK_RELEASE", content=case.content)
    with pytest.raises(ReleaseInHand):
        release_case.check(other)


def test_a_file_that_is_refused_proves_nothing(match: Files) -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED")
    case = handed_in(match.write(told(builders.wang())), by=builders.member(role="CLERK"))

    answered(case, by=builders.member(role="REVIEWER"), approve=False)

    assert of.is_due(wang)
    assert not Proof.objects.filter(superseded_at=None).exists()
    assert broken_promises() == []


@pytest.mark.parametrize("changed", [{"sha256": "0" * 64}, {"holds": 2}, {"file": "1"}])
def test_a_case_that_says_otherwise_than_the_file_is_refused(
    match: Files, changed: dict[str, object]
) -> None:
    m.hold(of=m.entitlement(), reason="CHECK_MISSED")
    taken = import_life_match(path=match.write(told(builders.wang())), today=TODAY)
    content = {**release_case.content_of(file=taken.file, holds=1), **changed}

    with pytest.raises(ReleaseCaseInvalid):
        release_case.check(builders.case(kind="CHECK_RELEASE", content=content))
