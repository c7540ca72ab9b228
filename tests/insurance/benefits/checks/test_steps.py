"""Data match, reminder, visit, signed list, and only then the hold (催办、暂缓、认证即恢复)."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from backend.cases.content import ContentInvalid
from backend.cases.decide import SamePerson
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.benefits.checks.cases import (
    KnownDead,
    NoProof,
    NotExhausted,
    check_proof,
    propose_holds,
)
from insurance.benefits.checks.due import Area
from insurance.benefits.checks.invariants import broken_promises
from insurance.benefits.checks.models import CheckStep, Proof
from insurance.benefits.checks.rules import Stage
from insurance.benefits.checks.steps import By, ContactInvalid, contact, take_step
from insurance.benefits.effective_month import EffectiveMonthDiffers
from insurance.benefits.models import Entitlement, Hold
from payments.models import Attempt
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.checks import check_builders as of
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER

pytestmark = pytest.mark.django_db
TODAY = of.TODAY


def holds(pension: Entitlement) -> list[object]:
    current = Hold.objects.filter(entitlement=pension, superseded_at=None)
    return [row.valid for row in current.order_by("valid")]


def broken() -> list[str]:
    return [row.promise for row in broken_promises()]


def test_each_step_is_a_row_with_its_day_and_by_whom() -> None:
    wang = m.entitlement()

    of.tried(wang, up_to=Stage.LISTED)

    steps = CheckStep.objects.order_by("stage")
    assert [(s.channel, bool(s.by_person_id or s.by_name or s.file_id)) for s in steps] == [
        ("MATCH", True),
        ("SMS", True),
        ("VISIT", True),
        ("LIST", True),
    ]
    assert {s.since for s in steps} == {date(2021, 1, 1)}


@pytest.mark.parametrize("stage", [Stage.CONTACTED, Stage.VISITED, Stage.LISTED])
def test_no_step_is_taken_before_the_one_before_it(stage: Stage) -> None:
    wang = m.entitlement()
    if stage > Stage.CONTACTED:
        of.tried(wang, up_to=Stage(stage - 2))

    by = {Stage.CONTACTED: "SMS", Stage.VISITED: "VISIT", Stage.LISTED: "LIST"}[stage]
    rows = take_step(area=Area(), day=TODAY, stage=stage, by=By(by, TODAY, name="演示"))

    assert rows == 0


def test_the_database_keeps_the_order_of_steps_too() -> None:
    wang = m.entitlement()

    with pytest.raises(DatabaseError, match="follows on the one before"), transaction.atomic():
        CheckStep.objects.create(
            person_id=wang.person_id,
            since=date(2021, 1, 1),
            stage=Stage.LISTED,
            channel="LIST",
            done_on=TODAY,
            by_name="演示",
        )


def test_a_visit_before_the_reminder_is_no_step() -> None:
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.CONTACTED)

    early = By("VISIT", date(2026, 11, 4), name="演示")

    assert take_step(area=Area(), day=TODAY, stage=Stage.VISITED, by=early) == 0


def test_a_message_and_a_call_are_two_rows_of_one_step() -> None:
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.CONTACTED)

    again = [
        contact(
            area=Area(persons=(wang.person_id,)),
            channel=channel,
            done_on=TODAY,
            today=TODAY,
            by_person=builders.li().pk,
        )
        for channel in ("CALL", "SMS")
    ]

    assert again == [1, 0]
    assert of.stage_of(wang) is Stage.CONTACTED


@pytest.mark.parametrize(("channel", "day"), [("DOVE", TODAY), ("SMS", date(2026, 11, 6))])
def test_a_reminder_says_how_and_when(channel: str, day: date) -> None:
    with pytest.raises(ContactInvalid):
        contact(area=Area(), channel=channel, done_on=day, today=TODAY, by_person=1)


def test_when_all_was_tried_the_hold_keeps_the_next_payment() -> None:
    wang = m.entitlement()

    of.held(wang)
    m.sealed()

    assert m.held_reasons(wang) == ["CHECK_MISSED"]
    assert broken() == []


@pytest.mark.parametrize("stage", [None, Stage.UNMATCHED, Stage.CONTACTED, Stage.VISITED])
def test_before_all_was_tried_nobody_holds(stage: Stage | None) -> None:
    wang = m.entitlement()
    if stage:
        of.tried(wang, up_to=stage)
    content = {"since": "2021-01-01"}

    with pytest.raises(NotExhausted):
        of.decided(builders.case(kind="CHECK_HOLD", content=content))

    assert holds(wang) == []


def test_who_was_seen_after_the_proposal_is_not_held() -> None:
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.LISTED)
    content = {"since": "2021-01-01"}
    case = builders.case(kind="CHECK_HOLD", content=content)
    of.proof(wang, on=TODAY)

    with pytest.raises(NotExhausted):
        of.decided(case)


@pytest.mark.parametrize("month", ["2026-10", "2026-12"])
def test_a_hold_begins_in_the_month_that_the_rule_says(month: str) -> None:
    wang = m.entitlement()

    with pytest.raises(EffectiveMonthDiffers, match="2026-11"):
        of.held(wang, from_month=month)


def test_holds_are_proposed_for_a_village_at_once_and_once() -> None:
    first, second, third = of.pensioners(3)
    of.tried(first, up_to=Stage.LISTED)
    of.tried(second, up_to=Stage.LISTED)
    of.tried(third, up_to=Stage.VISITED)
    clerk = builders.member(role="CLERK").staff

    def propose() -> list[Case]:
        area = Area(village=of.village().pk)
        return propose_holds(staff=clerk, on_duty=TODAY, area=area, today=TODAY)

    cases = propose()
    again = propose()
    for case in cases:
        of.decided(case)

    assert {case.party_id for case in cases} == {first.person_id, second.person_id}
    assert (again, propose()) == ([], [])
    assert Hold.objects.count() == 2
    assert broken() == []


def test_who_is_held_takes_nobody_s_place_in_a_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held, waiting, or refused this month: those with higher numbers are still reached."""
    monkeypatch.setattr("insurance.benefits.checks.cases.PAGE", 1)
    held, refused, waiting, free = of.pensioners(4)
    for one in (held, refused, waiting, free):
        of.tried(one, up_to=Stage.LISTED)
    clerk = builders.member(role="CLERK").staff

    def propose() -> list[int]:
        cases = propose_holds(staff=clerk, on_duty=TODAY, area=Area(), today=TODAY)
        return [case.party_id for case in cases]

    assert propose() == [held.person_id]
    of.decided(Case.objects.latest("pk"))
    assert propose() == [refused.person_id]
    Case.objects.filter(party=refused.person_id).update(state="REJECTED")
    assert [propose(), propose(), propose()] == [[waiting.person_id], [free.person_id], []]


def test_only_who_may_receive_proposes_holds() -> None:
    reviewer = builders.member(role="REVIEWER").staff

    with pytest.raises(StepNotAllowed):
        propose_holds(staff=reviewer, on_duty=TODAY, area=Area(), today=TODAY)


def test_who_proposed_a_hold_does_not_decide_it() -> None:
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.LISTED)
    clerk = builders.member(role="CLERK")
    (case,) = propose_holds(staff=clerk.staff, on_duty=TODAY, area=Area(), today=TODAY)

    with pytest.raises(SamePerson):
        of.decided(case, by=clerk)


def test_a_proof_releases_the_hold_and_the_next_run_pays_back() -> None:
    wang = m.entitlement()
    of.held(wang)
    m.sealed()
    m.sealed(DECEMBER)

    of.decided(of.proof_case())
    m.sealed(JANUARY)

    assert holds(wang) == []  # seen in the month in which it began: it never was
    assert Attempt.objects.filter(payee_id=wang.person_id).count() == 3
    assert broken() == []


def test_a_proof_of_a_later_month_ends_the_hold_there() -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED", since=Month(2026, 9))

    of.decided(of.proof_case())
    m.computed()

    assert holds(wang) == [m.months(Month(2026, 9), NOVEMBER)]
    assert m.held_reasons(wang) == []


def test_a_proof_that_is_too_old_releases_nothing() -> None:
    wang = m.entitlement()
    of.held(wang)

    of.decided(of.proof_case(proven_on="2025-11-05"))

    assert holds(wang) == [m.months(NOVEMBER, None)]
    assert of.is_due(wang)


def test_a_proof_of_a_day_within_the_hold_that_is_too_old_by_now_breaks_no_promise() -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED", since=Month(2025, 9))

    of.decided(of.proof_case(proven_on="2025-10-05"))

    assert holds(wang) == [m.months(Month(2025, 9), None)]
    assert broken() == []


def test_other_holds_stay_when_somebody_is_seen() -> None:
    wang = m.entitlement()
    m.hold(of=wang)

    of.decided(of.proof_case())
    m.computed()

    assert m.held_reasons(wang) == ["SUSPENDED"]


def test_a_new_proof_ends_the_round_and_the_next_one_begins_anew() -> None:
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.VISITED)
    of.decided(of.proof_case(proven_on="2025-11-05"))

    assert of.stage_of(wang) is None


def test_steps_count_again_when_the_proof_between_is_withdrawn() -> None:
    """What becomes known late never matters: the round is what the facts say it is."""
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.VISITED)
    of.decided(of.proof_case())
    assert not of.is_due(wang)

    proof = Proof.objects.get()
    content = {"withdraws": proof.pk, "reason": "冒名认证（演示）"}
    of.decided(builders.case(kind="LIFE_PROOF", content=content))

    assert of.stage_of(wang) is Stage.VISITED


def test_who_is_reported_dead_is_not_proven_to_live_by_the_way() -> None:
    wang = m.entitlement()
    m.death(of=wang, on=date(2026, 11, 1), confirmed=False)

    with pytest.raises(KnownDead):
        check_proof(of.proof_case())


@pytest.mark.parametrize(
    "changed", [{"method": "DATA_MATCH"}, {"proven_on": "2036-11-05"}, {"evidence": ""}]
)
def test_a_proof_says_how_when_and_by_what(changed: dict[str, object]) -> None:
    with pytest.raises(ContentInvalid):
        check_proof(of.proof_case(**changed))


def test_a_proof_is_withdrawn_once() -> None:
    m.entitlement()
    of.decided(of.proof_case())
    content = {"withdraws": Proof.objects.get().pk, "reason": "冒名认证（演示）"}
    of.decided(builders.case(kind="LIFE_PROOF", content=content))

    with pytest.raises(NoProof):
        check_proof(builders.case(kind="LIFE_PROOF", content=content))


def test_a_hold_put_in_by_sql_without_the_steps_breaks_a_promise() -> None:
    wang = m.entitlement()
    case = builders.case(kind="CHECK_HOLD", content={"since": "2021-01-01"})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO benefits_hold (entitlement_id, reason, note, valid, case_id) "
            "VALUES (%s, 'CHECK_MISSED', '', '[2026-11-01,)', %s)",
            [wang.pk, case.pk],
        )

    assert "资格认证:未通过的暂缓之前,比对、提醒、上门、签字名单都已完成" in broken()


def test_a_hold_that_outlives_a_proof_breaks_a_promise() -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED", since=NOVEMBER)
    of.proof(wang, on=TODAY)
    assert broken() == []  # two persons have not vouched for its file

    of.decided(builders.case(kind="CHECK_RELEASE", content={"file": of.file().pk}))

    assert broken() == ["资格认证:暂缓之后已认证的人不再暂缓"]
