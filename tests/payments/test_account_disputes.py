"""Who says that it was not he stops the change at once; two other persons decide what was true."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.decide import OwnDecision, ReviewMissing, review
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Case
from backend.people.models import Alias
from payments import invariants
from payments.account_changes import ChangeDisputed, let_count
from payments.account_disputes import DisputeInvalid
from payments.account_models import AccountChange, ChangeState
from payments.models import AccountBlock, PayeeAccount
from payments.reissue import count_ready
from tests import builders
from tests.builders import NOW, TODAY
from tests.payments import payment_builders as pay
from tests.payments.dispute_builders import (
    NEW,
    answered,
    approved,
    changed,
    denied,
    proposed,
    said,
)
from tests.payments.forgeries import named
from tests.payments.payment_builders import BUSY, Said

OLD, OTHER = pay.ACCOUNT, "9900011000000000041"
COOLED = date(2026, 11, 12)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def in_force(day: date) -> list[tuple[str, bool]]:
    """The account that is paid to, and whether it is blocked."""
    rows = PayeeAccount.objects.filter(
        payee=builders.wang().pk, superseded_at__isnull=True, valid__contains=day
    )
    return [(row.account_no, AccountBlock.objects.filter(account=row).exists()) for row in rows]


def state(change: Case) -> str:
    return AccountChange.objects.get(pk=change.pk).state


def test_what_cools_stays_where_it_is_while_somebody_denies_it() -> None:
    pay.account(builders.wang())
    change = changed()

    denied(change)

    assert let_count(today=COOLED + timedelta(days=30)) == 0
    assert (state(change), in_force(COOLED)) == (ChangeState.COOLING, [(OLD, False)])


def test_a_change_that_was_not_hers_never_counts() -> None:
    pay.account(builders.wang())
    change = changed()

    answered(denied(change), approve=True)
    let_count(today=COOLED + timedelta(days=30))

    assert (state(change), in_force(COOLED)) == (ChangeState.STOPPED, [(OLD, False)])


def test_a_change_that_was_hers_after_all_goes_on_cooling() -> None:
    pay.account(builders.wang())
    change = changed()

    answered(denied(change), approve=False)
    let_count(today=COOLED)

    assert (state(change), in_force(COOLED)) == (ChangeState.IN_FORCE, [(NEW, False)])


def test_a_reviewer_alone_does_not_say_that_it_was_she() -> None:
    dispute = denied(changed())

    with pytest.raises(StepNotAllowed):
        said(dispute, approve=False, role="REVIEWER")
    with pytest.raises(ReviewMissing), transaction.atomic():
        said(dispute, approve=False)


def test_an_account_in_force_is_not_paid_to_while_she_denies_it() -> None:
    pay.account(builders.wang())
    batch = pay.sent(pay.Line(builders.wang()))
    pay.answer(batch, Said(pay.lines_of(batch)[0], BUSY))
    change = changed(confirmed=True)
    assert count_ready(account_date=TODAY) == 1

    denied(change)

    assert in_force(TODAY) == [(NEW, True)]
    assert count_ready(account_date=TODAY) == 0


def test_if_it_was_not_she_the_account_before_holds_again() -> None:
    pay.account(builders.wang())
    change = changed(confirmed=True, from_date=date(2026, 11, 1))

    answered(denied(change), approve=True)

    assert in_force(date(2026, 11, 4)) == [(NEW, False)]
    assert in_force(TODAY) == [(OLD, False)]
    assert state(change) == ChangeState.STOPPED
    assert named(invariants.ACCOUNTS) == named(invariants.COOLED) == named(invariants.DECIDED) == []


def test_what_the_bank_refused_before_is_refused_again() -> None:
    old = pay.account(builders.wang())
    AccountBlock.objects.create(account=old, reason="CLOSED", due_ref=1, n=1)
    change = changed(confirmed=True)

    answered(denied(change), approve=True)

    assert in_force(TODAY) == [(OLD, True)]


def test_where_there_was_no_account_the_money_waits() -> None:
    change = changed()

    answered(denied(change), approve=True)

    assert in_force(TODAY) == []
    assert named(invariants.ACCOUNTS) == []
    again = changed()
    assert state(again) == ChangeState.COOLING


def test_if_it_was_she_the_account_is_paid_to_again() -> None:
    pay.account(builders.wang())
    change = changed(confirmed=True)

    answered(denied(change), approve=False)

    assert in_force(TODAY) == [(NEW, False)]
    assert state(change) == ChangeState.IN_FORCE
    assert named(invariants.ACCOUNTS) == named(invariants.COOLED) == []


def test_nobody_changes_the_account_while_that_is_not_decided() -> None:
    pay.account(builders.wang())
    waiting = proposed()
    change = pay.decided(waiting)
    denied(change)

    with pytest.raises(ChangeDisputed):
        changed(account_no=OTHER)


def test_who_denies_under_another_entry_of_hers_is_the_same_person() -> None:
    twin = builders.chen()
    pay.account(builders.wang())
    cooling = changed()
    denied(changed(payee_id=twin.pk, holder_name="陈志强"), twin)
    Alias.objects.create(party_id=twin.pk, survivor_id=builders.wang().pk, case_id=1)

    with pytest.raises(ChangeDisputed) as refused:
        changed(account_no=OTHER)

    assert refused.value.facts["party"] == builders.wang().pk
    assert let_count(today=COOLED) == 0
    assert state(cooling) == ChangeState.COOLING


def test_what_is_denied_stays_blocked_in_the_shorter_row() -> None:
    row = pay.account(builders.wang())
    AccountBlock.objects.create(account=row, reason="DISPUTED", case_id=1)

    changed(confirmed=True)

    assert in_force(TODAY - timedelta(days=1)) == [(OLD, True)]


def test_what_waits_for_its_decision_is_not_approved_meanwhile() -> None:
    pay.account(builders.wang())
    first = changed()
    second = proposed(account_no=OTHER)
    denied(first)

    with pytest.raises(ChangeDisputed), transaction.atomic():
        pay.decided(second)


def test_one_change_is_denied_once_at_a_time() -> None:
    change = changed()
    first = denied(change)

    with pytest.raises(ProposalWaits):
        denied(change)
    answered(first, approve=False)
    denied(change)


def test_an_account_is_denied_whichever_change_asked_for_it() -> None:
    pay.account(builders.wang())
    first = changed(confirmed=True)
    again = changed()
    assert in_force(TODAY) == [(NEW, False)]

    dispute = denied(first)
    blocked = in_force(TODAY)
    answered(dispute, approve=True)

    assert (blocked, in_force(TODAY)) == ([(NEW, True)], [(OLD, False)])
    assert (state(first), state(again)) == (ChangeState.STOPPED, ChangeState.STOPPED)
    assert named(invariants.ACCOUNTS) == named(invariants.COOLED) == []


def test_what_holds_again_was_not_stopped_itself() -> None:
    pay.account(builders.wang())
    first = changed(confirmed=True)
    second = changed(confirmed=True, account_no=OTHER)

    answered(denied(first), approve=True)
    between = in_force(TODAY)
    answered(denied(second), approve=True)

    assert (between, in_force(TODAY)) == ([(OTHER, False)], [(OLD, False)])
    assert named(invariants.ACCOUNTS) == named(invariants.COOLED) == []


def test_an_account_that_is_to_follow_on_a_denied_one_follows_on_what_was_before() -> None:
    pay.account(builders.wang())
    change = changed(confirmed=True)
    changed(confirmed=True, account_no=OTHER, from_date=COOLED)

    answered(denied(change), approve=True)

    assert (in_force(TODAY), in_force(COOLED)) == ([(OLD, False)], [(OTHER, False)])
    assert named(invariants.ACCOUNTS) == named(invariants.COOLED) == []


def test_an_account_is_denied_once_at_a_time() -> None:
    pay.account(builders.wang())
    first, again = changed(confirmed=True), changed()
    dispute = denied(first)

    with pytest.raises(ProposalWaits) as waits:
        denied(again)

    assert waits.value.facts["case_id"] == dispute.pk


def test_an_account_is_denied_under_whichever_entry_of_hers_it_is() -> None:
    twin = builders.chen()
    change = changed(payee_id=twin.pk, holder_name="陈志强", confirmed=True)
    Alias.objects.create(party_id=twin.pk, survivor_id=builders.wang().pk, case_id=1)

    answered(denied(change), approve=True)

    held = PayeeAccount.objects.filter(payee=twin.pk, superseded_at__isnull=True)
    assert not held.filter(valid__upper_inf=True).exists()


@pytest.mark.parametrize("kind", ["CONTACT_CHANGE", "IDENTITY_CHANGE"])
def test_what_cools_since_a_change_that_was_not_hers_is_stopped_with_it(kind: str) -> None:
    pay.account(builders.wang())
    other = approved(builders.case(kind=kind))
    change = changed()

    answered(denied(other), approve=True)
    let_count(today=COOLED)

    assert (state(change), in_force(COOLED)) == (ChangeState.STOPPED, [(OLD, False)])


def test_what_cooled_before_a_change_that_was_not_hers_goes_on() -> None:
    pay.account(builders.wang())
    change = changed()
    other = approved(builders.case(kind="CONTACT_CHANGE"))

    answered(denied(other), approve=True)

    assert state(change) == ChangeState.COOLING


def test_what_waited_while_a_denial_was_upheld_is_asked_for_anew() -> None:
    pay.account(builders.wang())
    first = changed(confirmed=True)
    waiting = proposed(account_no=OTHER)
    answered(denied(first), approve=True)

    with pytest.raises(ChangeDisputed), transaction.atomic():
        pay.decided(waiting)
    pay.decided(waiting, approve=False)

    assert state(changed(account_no=OTHER)) == ChangeState.COOLING


def test_who_had_a_hand_in_the_change_does_not_answer() -> None:
    hand = builders.member(role="REVIEWER")
    dispute = denied(changed(by=hand))

    with pytest.raises(OwnDecision):
        review(case_id=dispute.pk, key=hand.key, role="REVIEWER", now=NOW)


def test_who_had_a_hand_in_another_change_to_the_account_does_not_set_it_free() -> None:
    pay.account(builders.wang())
    first = changed(confirmed=True)
    hand = builders.member(role="REVIEWER")
    changed(by=hand)
    dispute = denied(first)
    review(case_id=dispute.pk, key=hand.key, role="REVIEWER", now=NOW)

    with pytest.raises(OwnDecision) as refused, transaction.atomic():
        said(dispute, approve=False)
    said(dispute, approve=True)

    assert "请由本机构另一名“复核”办理" in refused.value.detail
    assert refused.value.facts["action"] == {
        "method": "POST",
        "path": "/api/v1/delegations/",
        "body": {"kind": "SUPERIOR", "role": "REVIEWER", "agency": builders.agency().code},
        "by": "",
        "confirmed_at": "/api/v1/delegations/{id}/confirm",
    }

    assert in_force(TODAY) == [(OLD, False)]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({"change": 10**9}, DisputeInvalid),
        ({"change": "1"}, ContentInvalid),
        ({"told_by": "DOVE"}, ContentInvalid),
        ({"note": ""}, ContentInvalid),
    ],
)
def test_a_denial_names_a_change_and_says_how(
    content: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        denied(changed(), **content)


def test_a_stranger_denies_nothing() -> None:
    change = changed(payee_id=builders.li().pk, holder_name="李建国")

    with pytest.raises(DisputeInvalid):
        denied(change)


def test_a_block_is_the_bank_s_or_the_payee_s() -> None:
    row = pay.account(builders.wang())

    for wrong in ({}, {"due_ref": 1}, {"due_ref": 1, "n": 1, "case_id": 1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AccountBlock.objects.create(account=row, reason="X", **wrong)
