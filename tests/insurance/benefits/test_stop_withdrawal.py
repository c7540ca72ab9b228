"""A pension that was stopped wrongly goes on, and what was kept is paid (撤销停发)."""

import json
from collections.abc import Mapping

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases import acts
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.corrections import ObjectionUnnamed
from backend.cases.decide import WrongState, decide
from backend.cases.models import Case, Objection
from backend.cases.receive import receive_case
from insurance.benefits import stop_withdrawal
from insurance.benefits.models import Entitlement, Overpaid, Stop
from insurance.benefits.stop_invariants import broken_promises, promises
from insurance.benefits.stop_withdrawal import NothingToWithdraw
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.issuing import issuing_builders as issuing
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
PAID = 8


@pytest.fixture
def pension() -> Entitlement:
    return m.entitlement()


def stopped(of: Entitlement, *, since: str = "2026-12") -> Case:
    content = {
        "entitlement": of.pk,
        "reason": "重复领取",
        "from_month": since,
        "evidence": "比对清单 演示1号",
    }
    return z.through_hands(
        kind="STOP", content=content, person=builders.wang(), roles=("REVIEWER",)
    )


def asked(stop: Case, **changes: object) -> dict[str, object]:
    content: dict[str, object] = {
        "stop_case": stop.pk,
        "evidence": "两地核对表 演示1号",
        "error": "另一地领取的是同名的人（演示）",
        "error_evidence": "两地身份核对表 演示1号",
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}


def withdrawn(stop: Case, **changes: object) -> Case:
    content = asked(stop, **changes)
    return z.through_hands(kind="STOP_WITHDRAWAL", content=content, person=builders.wang())


def received(content: Mapping[str, object]) -> Case:
    return builders.case(kind="STOP_WITHDRAWAL", content=dict(content))


def test_what_a_wrong_stop_kept_is_paid_by_the_next_run(pension: Entitlement) -> None:
    m.sealed(NOVEMBER)
    stop = stopped(pension)
    m.sealed(DECEMBER)
    assert m.dues(pension, DECEMBER) == []

    withdrawn(stop)
    m.sealed(JANUARY)

    november = m.line(pension).fen
    for month in (DECEMBER, JANUARY):
        assert m.line(pension, for_month=month).fen == november
    assert list(broken_promises()) == []


def test_what_was_asked_back_for_a_wrong_stop_is_owed_no_more(pension: Entitlement) -> None:
    m.sealed(NOVEMBER)
    m.answered(m.line(pension), PAID)
    stop = stopped(pension, since="2026-11")
    m.sealed(DECEMBER)
    assert sum(Overpaid.objects.values_list("fen", flat=True)) == m.line(pension).fen

    withdrawn(stop)
    m.sealed(JANUARY)

    assert sum(Overpaid.objects.values_list("fen", flat=True)) == 0
    assert m.line(pension, for_month=DECEMBER).fen == m.line(pension).fen


def test_withdrawn_before_any_run_it_never_was(pension: Entitlement) -> None:
    withdrawn(stopped(pension, since="2026-11"))

    m.sealed(NOVEMBER)

    assert m.line(pension).fen > 0


def test_one_of_two_stops_is_withdrawn_alone(pension: Entitlement) -> None:
    first, second = stopped(pension), stopped(pension, since="2027-01")

    withdrawn(first)

    (left,) = Stop.objects.filter(superseded_at=None)
    assert left.case_id == second.pk


def test_two_persons_sign_it(pension: Entitlement) -> None:
    case = received(asked(stopped(pension)))
    approver = builders.member(role="APPROVER")

    with pytest.raises(WrongState, match="先由另一人审核"):
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=approver.key,
            role="APPROVER",
            now=builders.NOW,
            acts=acts.registered(),
        )

    assert Stop.objects.get().superseded_at is None


@pytest.mark.parametrize("missing", ["evidence", "error", "error_evidence", "stop_case"])
def test_it_says_which_stop_was_wrong_and_why(pension: Entitlement, missing: str) -> None:
    content = asked(stopped(pension), **{missing: None})

    with pytest.raises(ContentInvalid):
        stop_withdrawal.check(received(content))


def test_a_stop_is_withdrawn_once_and_by_one_case_at_a_time(pension: Entitlement) -> None:
    stop = stopped(pension)
    waiting = received(asked(stop))
    with pytest.raises(ProposalWaits):
        stop_withdrawal.check(received(asked(stop)))
    stop_withdrawal.decide(waiting)

    with pytest.raises(NothingToWithdraw):
        stop_withdrawal.decide(waiting)


def test_what_follows_from_prison_is_withdrawn_with_the_event(pension: Entitlement) -> None:
    sentence = life.happened("SENTENCED", "2026-10-20")

    with pytest.raises(NothingToWithdraw, match="撤销该情形"):
        stop_withdrawal.check(received(asked(sentence)))


def test_a_stop_of_somebody_else_is_not_withdrawn(pension: Entitlement) -> None:
    case = received(asked(stopped(pension)))
    case.party_id = builders.chen().pk

    with pytest.raises(NothingToWithdraw):
        stop_withdrawal.check(case)


def test_an_objection_to_a_stop_is_granted_by_its_withdrawal(pension: Entitlement) -> None:
    stop = stopped(pension)
    objection = _objected(stop)
    with pytest.raises(ObjectionUnnamed):
        withdrawn(stop)

    correction = withdrawn(stop, objection=objection.pk, error=None, error_evidence=None)
    z.decided(objection)

    row = Objection.objects.get()
    assert (row.outcome, row.correction_id) == ("CORRECTED", correction.pk)
    assert not Stop.objects.filter(superseded_at=None).exists()


def test_the_person_is_told_so_on_paper(pension: Entitlement, client: Client) -> None:
    issuing.configured()
    stop = stopped(pension)
    before = issuing.text(_printed(client, stop))

    case = withdrawn(stop)

    said = issuing.text(_printed(client, case))
    for one in ("恢复养老保险待遇告知书", "2026年12月起恢复", "同名的人", "不服本决定怎么办"):
        assert one in said
    assert issuing.text(_printed(client, stop)) == before


@pytest.mark.parametrize("refused", [True, False])
def test_where_the_stop_stands_nobody_is_told_that_it_is_withdrawn(
    pension: Entitlement, client: Client, *, refused: bool
) -> None:
    issuing.configured()
    case = received(asked(stopped(pension)))
    if refused:
        z.decided(case, approve=False)

    said = json.loads(_printed(client, case))

    assert said["code"] == "notice_nothing_to_tell"
    assert Stop.objects.get().superseded_at is None


def test_a_stop_that_goes_without_a_signed_withdrawal_breaks_a_promise(
    pension: Entitlement,
) -> None:
    stopped(pension)
    m.supersede(Stop.objects.get())

    assert [one.promise for one in broken_promises()] == promises()


def _objected(to: Case) -> Case:
    """She objects today."""
    content = {
        "decided_case": to.pk,
        "known_on": timezone.localdate().isoformat(),
        "against": "停发养老金",
        "grounds": "没有在别处领取",
    }
    return receive_case(
        kind="OBJECTION",
        agency=builders.agency(),
        party_id=builders.wang().pk,
        content=content,
        received_by=builders.person(name="汪志强").pk,
        acts=acts.registered(),
    )


def _printed(client: Client, case: Case) -> bytes:
    client.force_login(issuing.printer().staff)
    return bytes(client.get(f"/api/v1/cases/{case.pk}/notice.pdf").content)
