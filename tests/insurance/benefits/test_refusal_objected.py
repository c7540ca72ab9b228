"""Who is refused may object: answered on paper, or granted by another case that names it."""

from typing import TypeAlias

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases import acts
from backend.cases.decide import OwnDecision, decide, review
from backend.cases.models import Case, Objection
from backend.cases.receive import receive_case
from insurance.benefits.claims.models import Claim
from insurance.issuing.invariants import broken_promises
from tests import builders
from tests.builders import Member
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.pension import survivor_builders as s

pytestmark = pytest.mark.django_db
Hands: TypeAlias = tuple[Member, Member]


def received(kind: str, **content: object) -> Case:
    """About Wang, at the desk."""
    return receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=builders.wang().pk,
        content=content,
        received_by=builders.person(name="石玉兰").pk,
        acts=acts.registered(),
    )


def signed(case: Case, by: Hands, *, approve: bool, reason: str = "") -> Case:
    """One reviews, another decides."""
    review(case_id=case.pk, key=by[0].key, role="REVIEWER", now=timezone.now())
    return decide(
        case_id=case.pk,
        approve=approve,
        reason=reason,
        key=by[1].key,
        role="APPROVER",
        now=timezone.now(),
        acts=acts.registered(),
    )


def hands(*names: str) -> Hands:
    """A reviewer and an approver."""
    first, second = (builders.person(name=name) for name in names)
    return builders.member(role="REVIEWER", of=first), builders.member(role="APPROVER", of=second)


@pytest.fixture
def refusers() -> Hands:
    """Who say no."""
    return hands("查明德", "方卫东")


@pytest.fixture
def others() -> Hands:
    """Who had no part in it."""
    return hands("操慧敏", "汪明霞")


@pytest.fixture
def refused(refusers: Hands) -> Case:
    """Wang's heirs applied and are refused."""
    ours.configured()
    m.office()
    s.pension()
    s.died()
    case = received("SURVIVOR_GRANT", scheme="110", heirs=s.three())
    return signed(case, refusers, approve=False, reason="没有亲属关系证明")


def objected(refused: Case) -> Case:
    return received(
        "OBJECTION",
        decided_case=refused.pk,
        known_on=timezone.localdate().isoformat(),
        against="不予核定",
        grounds="证明在受理时已经交了",
        objector="王小明",
    )


def answer(objection: Case) -> str:
    client = Client()
    client.force_login(ours.printer().staff)
    return ours.text(client.get(f"/api/v1/objections/{objection.pk}/answer.pdf").content)


def test_an_objection_to_a_refusal_is_upheld_in_writing(refused: Case, others: Hands) -> None:
    objection = objected(refused)

    signed(objection, others, approve=False, reason="档案中没有这份证明")

    said = answer(objection)
    for one in (f"“遗属待遇核定”（业务件{refused.pk}）", "维持原决定", "档案中没有这份证明"):
        assert one in said
    assert not Claim.objects.exists()


def test_an_objection_that_is_right_is_granted_by_a_new_decision(
    refused: Case, others: Hands
) -> None:
    objection = objected(refused)
    again = received("SURVIVOR_GRANT", scheme="110", heirs=s.three(), objection=objection.pk)
    signed(again, others, approve=True)

    signed(objection, others, approve=True, reason="证明找到了")

    row = Objection.objects.get()
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert f"异议成立，已经更正，见业务件{again.pk}的新决定" in answer(objection)
    assert Claim.objects.get().case_id == again.pk
    assert broken_promises() == []


def test_who_refused_does_not_answer_the_objection(
    refused: Case, refusers: Hands, others: Hands
) -> None:
    objection = objected(refused)

    with pytest.raises(OwnDecision):
        signed(objection, (refusers[0], others[1]), approve=False, reason="没有证明")
