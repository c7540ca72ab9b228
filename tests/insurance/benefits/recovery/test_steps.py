"""Recovery goes step by step, each with its paper, none before the one it rests on (追回环节)."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from backend.cases import acts
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.decide import SamePerson, WrongState, decide, review
from backend.cases.models import Case
from backend.cases.served import SchemeNotServed
from backend.city.objection_limits import delivered_on
from backend.people.models import Person
from insurance.benefits.recovery.invariants import broken_promises
from insurance.benefits.recovery.models import Recovery, RecoveryInstalment, RecoveryStep
from insurance.benefits.recovery.reckoning import order_steps
from insurance.benefits.recovery.standing import standing_of
from insurance.benefits.recovery.steps import NoRecovery, NothingOwed, WrongStage
from insurance.issuing.models import Delivery, IssuedPaper
from insurance.policy.kept_steps import kept
from payments.ledger.models import Entry
from tests import builders
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.issuing import issuing_builders as issuing

pytestmark = pytest.mark.django_db


def stages(recovery: Recovery) -> list[str]:
    steps = RecoveryStep.objects.filter(recovery=recovery).order_by("pk")
    return [step.get_stage_display() for step in steps]


def broken() -> list[str]:
    return [row.promise for row in broken_promises() if "签名" not in row.promise]


def test_a_recovery_goes_from_the_notice_to_the_court() -> None:
    of.overpaid()

    recovery = of.served()
    of.done("RECOVERY_PLAN")
    of.done("RECOVERY_COURT")

    assert stages(recovery) == ["告知", "责令退回决定", "送达", "还款协议", "申请法院强制执行"]
    assert standing_of(recovery=recovery).open_fen == of.OWED_FEN
    assert broken() == []


def test_what_is_owed_stays_owed_until_money_comes() -> None:
    """The cash books know nothing of notices and orders."""
    of.overpaid()
    before = Entry.objects.count()

    of.served()

    assert (of.owed_back(), Entry.objects.count()) == (of.OWED_FEN, before)


def test_a_notice_gives_five_working_days_to_state_ones_view() -> None:
    of.overpaid()

    of.noticed()

    assert RecoveryStep.objects.get().until == date(2026, 12, 8)


def test_holidays_lengthen_the_term_to_state_ones_view() -> None:
    of.overpaid()

    of.noticed(holidays=[{"day": "2026-12-03"}, {"day": "2026-12-05"}])

    assert RecoveryStep.objects.get().until == date(2026, 12, 9)


def test_the_term_to_state_begins_when_the_notice_is_decided() -> None:
    of.overpaid()
    asked = of.case("RECOVERY_NOTICE")
    asked.decided_at = of.DECIDED_AT.replace(day=4)

    of.ACTS["RECOVERY_NOTICE"][1](asked)

    assert RecoveryStep.objects.get().until == date(2026, 12, 11)


def test_nothing_is_ordered_before_the_term_to_state_is_over() -> None:
    of.overpaid()
    of.noticed()

    with pytest.raises(WrongStage, match="2026-12-08"):
        of.checked("RECOVERY_ORDER", ordered_on="2026-12-08")
    of.done("RECOVERY_ORDER", ordered_on="2026-12-09")


def test_whoever_stated_his_view_is_answered_by_the_order_at_once() -> None:
    of.overpaid()
    recovery = of.noticed()

    said = {"statement": "九月确实领多了，同意退回（演示）", "stated_on": "2026-12-02"}
    of.done("RECOVERY_ORDER", ordered_on="2026-12-03", **said)

    assert stages(recovery) == ["告知", "陈述申辩", "责令退回决定"]
    assert RecoveryStep.objects.get(stage=2).note == said["statement"]


def test_a_statement_may_lower_what_is_ordered() -> None:
    of.overpaid()
    recovery = of.noticed()

    of.done("RECOVERY_ORDER", amount="240.00")

    assert standing_of(recovery=recovery).asked_fen == 24_000


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        ("RECOVERY_SERVICE", "RECOVERY_NOTICE"),
        ("RECOVERY_PLAN", "RECOVERY_ORDER"),
        ("RECOVERY_COURT", "RECOVERY_ORDER"),
        ("RECOVERY_SET_OFF", "RECOVERY_ORDER"),
    ],
)
def test_no_step_is_taken_before_the_one_it_rests_on(kind: str, before: str) -> None:
    wang = of.overpaid()
    of.noticed()
    if before == "RECOVERY_ORDER":
        of.done("RECOVERY_ORDER")
    pension = {"entitlement": wang.pk, "monthly": "20.00", "from_month": "2027-01"}

    with pytest.raises(WrongStage, match="须先"):
        of.checked(kind, **(pension if kind == "RECOVERY_SET_OFF" else {}))


@pytest.mark.parametrize("kind", ["RECOVERY_ORDER", "RECOVERY_SERVICE", "RECOVERY_COURT"])
def test_a_step_is_taken_once(kind: str) -> None:
    of.overpaid()
    of.served()
    if kind == "RECOVERY_COURT":
        of.done(kind)

    with pytest.raises(WrongStage, match="已经"):
        of.checked(kind)


def test_the_database_keeps_the_order_of_steps_too() -> None:
    of.overpaid()
    recovery = of.noticed()

    with pytest.raises(DatabaseError, match="follows on the one before"), transaction.atomic():
        RecoveryStep.objects.create(
            recovery=recovery, stage=4, done_on=date(2026, 12, 20), case_id=1
        )


def test_nobody_goes_to_court_before_the_day_to_pay_is_over() -> None:
    of.overpaid()
    of.served()

    with pytest.raises(WrongStage, match="2026-12-19"):
        of.checked("RECOVERY_COURT", filed_on="2026-12-19")


def test_an_agreement_comes_to_what_is_open() -> None:
    of.overpaid()
    of.served()
    of.done("RECOVERY_RECEIPT")
    two = [
        {"due_on": "2026-12-31", "amount": "120.00"},
        {"due_on": "2027-01-31", "amount": "120.00"},
    ]

    with pytest.raises(ContentInvalid, match=r"240\.00"):
        of.checked("RECOVERY_PLAN")
    of.done("RECOVERY_PLAN", instalments=two)

    assert sum(RecoveryInstalment.objects.values_list("fen", flat=True)) == 24_000
    assert broken() == []


@pytest.mark.parametrize(
    "instalments",
    [
        [],
        [{"due_on": "2026-12-11", "amount": "360.00"}],
        [{"due_on": "2027-01-31", "amount": "180.00"}] * 2,
        [
            {"due_on": "2027-01-31", "amount": "180.00"},
            {"due_on": "2026-12-31", "amount": "180.00"},
        ],
    ],
)
def test_instalments_follow_on_each_other(instalments: list[dict[str, str]]) -> None:
    of.overpaid()
    of.served()

    with pytest.raises(ContentInvalid):
        of.checked("RECOVERY_PLAN", instalments=instalments)


def test_a_later_agreement_takes_the_place_of_an_earlier_one() -> None:
    of.overpaid()
    recovery = of.served()
    of.done("RECOVERY_PLAN")

    of.done("RECOVERY_PLAN", instalments=[{"due_on": "2027-02-28", "amount": "360.00"}])

    assert stages(recovery).count("还款协议") == 2


def test_nobody_is_asked_for_more_than_the_memo_register_says() -> None:
    of.overpaid()

    with pytest.raises(NothingOwed, match=r"360\.00"):
        of.checked("RECOVERY_NOTICE", amount="360.01")


def test_nobody_is_asked_twice_for_the_same() -> None:
    of.overpaid()
    of.noticed(amount="300.00")

    with pytest.raises(NothingOwed, match=r"60\.00"):
        of.checked("RECOVERY_NOTICE", amount="60.01")
    of.noticed(amount="60.00")


def test_who_owes_nothing_is_not_noticed() -> None:
    of.overpaid()

    asked = of.case("RECOVERY_NOTICE")
    asked.party_id = builders.chen().pk

    with pytest.raises(NothingOwed):
        of.ACTS["RECOVERY_NOTICE"][0](asked)


def test_a_case_speaks_of_its_own_partys_recovery() -> None:
    of.overpaid()
    of.noticed()

    asked = of.case("RECOVERY_ORDER")
    asked.party_id = builders.chen().pk

    with pytest.raises(NoRecovery):
        of.ACTS["RECOVERY_ORDER"][0](asked)


def test_two_notices_do_not_wait_at_once() -> None:
    of.overpaid()
    of.case("RECOVERY_NOTICE")

    with pytest.raises(ProposalWaits):
        of.checked("RECOVERY_NOTICE")


def test_who_is_noticed_without_a_word_on_holidays_is_not_noticed() -> None:
    of.overpaid()
    asked = of.case("RECOVERY_NOTICE")
    del asked.content["holidays"]

    with pytest.raises(ContentInvalid, match="法定节假日"):
        of.ACTS["RECOVERY_NOTICE"][0](asked)


def test_an_order_gives_a_day_to_pay_that_is_not_over_when_it_is_decided() -> None:
    of.overpaid()
    of.noticed()

    asked = of.case("RECOVERY_ORDER", pay_by="2026-12-20")
    of.ACTS["RECOVERY_ORDER"][0](asked)
    asked.decided_at = of.DECIDED_AT

    with pytest.raises(ContentInvalid, match="退回期限"):
        of.ACTS["RECOVERY_ORDER"][1](asked)


def test_a_term_that_was_over_when_it_was_decided_breaks_a_promise() -> None:
    of.overpaid()
    recovery = of.noticed()
    assert broken() == []

    RecoveryStep.objects.create(
        recovery=recovery,
        stage=3,
        done_on=date(2026, 12, 9),
        until=builders.TODAY,  # on which this case was decided
        fen=1,
        reckoned=kept(steps=order_steps(noticed=(), notified_fen=1, fen=1)),
        case_id=issuing.decided().pk,
    )

    assert broken() == ["追回:陈述申辩期限晚于告知的决定,退回期限晚于责令的决定"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("RECOVERY_NOTICE", {"facts": ""}),
        ("RECOVERY_NOTICE", {"addressee": ""}),
        ("RECOVERY_NOTICE", {"document": ""}),
        ("RECOVERY_NOTICE", {"scheme": "410"}),
        ("RECOVERY_NOTICE", {"amount": "0.00"}),
        ("RECOVERY_NOTICE", {"notified_on": "2026-12-21"}),
        ("RECOVERY_NOTICE", {"notified_on": "2026-11-30"}),
        ("RECOVERY_NOTICE", {"holidays": [{"day": "元旦"}]}),
        ("RECOVERY_ORDER", {"pay_by": "2026-12-09"}),
        ("RECOVERY_ORDER", {"statement": "同意", "stated_on": "2026-11-30"}),
        ("RECOVERY_ORDER", {"statement": "同意", "stated_on": "2026-12-10"}),
    ],
)
def test_a_step_says_what_its_paper_needs(kind: str, changes: dict[str, object]) -> None:
    of.overpaid()
    if kind == "RECOVERY_ORDER":
        of.noticed()

    with pytest.raises((ContentInvalid, SchemeNotServed)):
        of.checked(kind, **changes)


def test_an_order_is_reviewed_by_a_second_and_decided_by_a_third_person() -> None:
    of.overpaid()
    of.noticed()
    case = builders.case(
        kind="RECOVERY_ORDER",
        content={
            **of.DEFAULTS["RECOVERY_ORDER"],
            "recovery": Recovery.objects.get().pk,
            "ordered_on": "2026-11-25",
        },
    )
    reviewer = builders.member(role="REVIEWER")
    both = builders.member(role="APPROVER")

    def approve() -> None:
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=both.key,
            role="APPROVER",
            now=builders.NOW,
            acts=acts.registered(),
        )

    with pytest.raises(WrongState, match="先由另一人审核"):
        approve()
    review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=builders.NOW)
    with pytest.raises(SamePerson):
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=reviewer.key,
            role="REVIEWER",
            now=builders.NOW,
            acts=acts.registered(),
        )


def order() -> Case:
    """The case of the last order."""
    return Case.objects.filter(kind="RECOVERY_ORDER").latest("pk")


def known(*, by: Person) -> date | None:
    return delivered_on(case=order(), party_ids=[by.pk])


def test_an_order_that_was_served_was_known_then() -> None:
    of.overpaid()

    of.served()

    assert known(by=builders.wang()) == date(2026, 12, 10)
    assert known(by=builders.li()) is None


def test_of_a_paper_and_its_service_the_later_day_is_known() -> None:
    of.overpaid()
    of.served()
    case = order()
    paper = IssuedPaper.objects.create(
        agency=case.agency, kind="RECOVERY_ORDER", year=2026, ordinal=1, number="1", case=case,
        party_id=case.party_id, issued_on=date(2026, 12, 9), digest="0" * 64, check_code="A",
    )  # fmt: skip

    Delivery.objects.create(
        paper=paper, way="LEFT", delivered_on=date(2026, 12, 11), receiver="王秀英",
        witnesses="吴国平", proof="留在住所", recorded_by=builders.chen().pk,
    )  # fmt: skip

    assert known(by=builders.wang()) == date(2026, 12, 11)


def test_an_order_that_was_not_served_or_by_a_public_notice_is_not_known() -> None:
    of.overpaid()
    of.noticed()
    of.done("RECOVERY_ORDER")
    before = known(by=builders.wang())

    of.done("RECOVERY_SERVICE", how="PUBLIC")

    assert (before, known(by=builders.wang())) == (None, None)
