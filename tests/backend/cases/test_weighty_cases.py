"""A heavy case needs the higher level and the minutes of a meeting: at the desk, and for ever."""

from collections.abc import Mapping

import pytest
from django.test import Client

from backend.cases import approvals
from backend.cases.approvals import LevelTooLow
from backend.cases.canonical import case_digest
from backend.cases.collective import MinutesInvalid, MinutesMissing
from backend.cases.content import ContentInvalid
from backend.cases.decide import decide, review
from backend.cases.decided import truly_decided
from backend.cases.models import Approval, Case, CaseState
from backend.cases.receive import certify_new
from tests import builders
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db
SMALL, LARGE, HUGE = "49999.99", "50000.00", "200000.00"


def refund(amount: str, **content: object) -> Case:
    return builders.case(kind="COLLECTION_REFUND", content={"whole": amount, **content})


def put_in(amount: str, **content: object) -> Case:
    """A case at which nobody at a desk has looked, as an earlier version could take it in."""
    asked = {"whole": amount, **content}
    party = builders.wang().pk
    case = Case(
        kind="COLLECTION_REFUND",
        agency=builders.agency(),
        party_id=party,
        content=asked,
        digest=case_digest(kind="COLLECTION_REFUND", party_id=party, content=asked),
        received_by=builders.person(name="石玉兰").pk,
    )
    certify_new(cases=[case])
    case.save(force_insert=True)
    return case


def decided(case: Case, by: Member) -> Case:
    review(case_id=case.pk, key=builders.member(role="REVIEWER").key, role="REVIEWER", now=NOW)
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role="APPROVER",
        now=NOW,
        acts={case.kind: lambda _: 0},
    )


def head() -> Member:
    return builders.member(role="APPROVER", level="HEAD")


def leader() -> Member:
    return builders.member(role="APPROVER", level="LEADER")


def test_a_head_of_section_approves_what_is_small() -> None:
    assert truly_decided(case_ids=[decided(refund(SMALL), head()).pk])


def test_a_large_amount_is_for_the_leader() -> None:
    case = refund(LARGE)

    with pytest.raises(LevelTooLow, match="分管领导"):
        decided(case, head())
    assert truly_decided(case_ids=[decided(refund(LARGE), leader()).pk])


def test_anybody_who_approves_may_refuse_what_is_large() -> None:
    case = refund(LARGE)

    answered = decide(case_id=case.pk, approve=False, reason="材料不全", key=head().key,
                      role="APPROVER", now=NOW, acts={})  # fmt: skip

    assert answered.state == CaseState.REJECTED


def test_a_huge_amount_is_not_received_without_minutes() -> None:
    with pytest.raises(MinutesMissing):
        refund(HUGE)
    assert refund(HUGE, **builders.minutes()).state == CaseState.RECEIVED


def test_a_huge_amount_that_came_in_without_minutes_is_not_decided() -> None:
    with pytest.raises(MinutesMissing):
        decided(put_in(HUGE), leader())


def test_a_meeting_decides_and_the_leader_signs() -> None:
    case = decided(refund(HUGE, **builders.minutes()), leader())

    assert truly_decided(case_ids=[case.pk])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"minutes": ""}, MinutesMissing),
        ({"minutes": 7}, ContentInvalid),
        ({"minutes_on": "2026-13-01"}, ContentInvalid),
        ({"minutes_on": "2099-01-01"}, MinutesInvalid),
        ({"minutes_document": ""}, ContentInvalid),
        ({"participants": None}, MinutesInvalid),
        ({"participants": [{"participant": name} for name in ("方永庆", "江守义", "方永庆")]},
         MinutesInvalid),
        ({"participants": [{"name": name} for name in ("方永庆", "江守义", "查明德")]},
         ContentInvalid),
    ],
)  # fmt: skip
def test_minutes_say_who_met_when_and_where_it_is_written(
    changes: Mapping[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        refund(HUGE, **builders.minutes(**changes))


def signed_outside(case: Case, by: Member, *, step: str, role: str) -> Approval:
    """What somebody who has his own key, but not our word, can write by SQL."""
    row = Approval(
        subject_kind="cases.case",
        subject_id=case.pk,
        step=step,
        digest=case.digest,
        staff_id=by.staff.pk,
        person_id=by.staff.person_id,
        role=role,
        key_id=by.key.key_id,
        signed_at=NOW,
    )
    row.signature = by.key.sign(approvals.signed_bytes(row))
    row.save()
    return row


@pytest.mark.parametrize(
    ("amount", "level", "believed"),
    [(SMALL, "HEAD", True), (LARGE, "HEAD", False), (LARGE, "LEADER", True),
     (HUGE, "LEADER", False), ("many", "LEADER", False)],
)  # fmt: skip
def test_a_signature_above_its_level_or_without_a_meeting_is_not_believed(
    amount: str, level: str, believed: bool
) -> None:
    by = builders.member(role="APPROVER", level=level)

    row = signed_outside(put_in(amount), by, step="DECIDE", role="APPROVER")

    assert approvals.verify(Approval.objects.get(pk=row.pk)) is believed


def test_a_level_put_in_by_sql_does_not_lift_a_signature() -> None:
    low = head()
    own = low.staff.roleassignment_set.get()
    type(own).objects.filter(pk=own.pk).update(certificate=b"")
    row = signed_outside(put_in(SMALL), low, step="DECIDE", role="APPROVER")

    assert not approvals.verify(Approval.objects.get(pk=row.pk))


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def test_the_clerk_is_told_at_receipt_who_will_decide(clerk: Client) -> None:
    case = refund(HUGE, **builders.minutes())

    told = clerk.get(f"/api/v1/cases/{case.pk}/").json()["decided_by_whom"]

    assert told == {
        "roles": ["APPROVER"],
        "level": "LEADER",
        "collective": True,
        "provisional": True,
        "said": "由审批岗位（分管领导）审批，须经集体审议并写明会议纪要",
    }


def test_of_what_is_decided_nobody_is_told_to_decide(clerk: Client) -> None:
    case = decided(refund(SMALL), head())

    (row,) = clerk.get("/api/v1/cases/").json()["results"]

    assert (row["id"], row["decided_by_whom"]) == (case.pk, None)


def test_the_kinds_tell_their_limits(clerk: Client) -> None:
    kinds = {kind["code"]: kind for kind in clerk.get("/api/v1/case-kinds/").json()}

    assert kinds["MERGE"]["limits"] == []
    assert kinds["COLLECTION_REFUND"]["limits"][0] == {
        "from_amount": "50000.00",
        "from_months": None,
        "about": "",
        "roles": [],
        "level": "LEADER",
        "collective": False,
        "standing": "演示",
    }
