"""A changed account counts when it has cooled, or the bank confirms it: until then the old one."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backend.audit.models import Act
from backend.cases.content import ProposalWaits
from backend.cases.models import Case
from backend.kernel.identity import Sex
from backend.people.identity_change import apply
from backend.people.models import Alias, PartyIdentifier
from backend.sensitive.cooling import CoolingNotConfigured, Waiver
from payments import account_changes, accounts
from payments.account_changes import let_count
from payments.account_models import AccountChange, ChangeState
from payments.models import AccountBlock, PayeeAccount
from payments.reissue import count_ready
from tests import builders
from tests.at_once import at_once
from tests.builders import NOW, TODAY, Member
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says
from tests.payments.payment_builders import CLOSED_ACCOUNT, Said

OLD, NEW, THIRD = pay.ACCOUNT, "9900021000000000025", "9900011000000000033"
COOLED = date(2026, 11, 12)

db = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def proposed(*, by: Member | None = None, **changes: Any) -> Case:
    """A clerk proposes another account for Wang."""
    facts: dict[str, Any] = {
        "staff": (by or builders.member(role="CLERK")).staff,
        "payee_id": builders.wang().pk,
        "bank": "CSB",
        "account_no": NEW,
        "holder_name": "王秀英",
        "from_date": TODAY,
        "evidence": "本人持身份证到窗口(演示)",
        "today": TODAY,
        **changes,
    }
    return accounts.propose(**facts)


def in_force(day: date) -> list[str]:
    rows = PayeeAccount.objects.filter(
        payee=builders.wang().pk, superseded_at__isnull=True, valid__contains=day
    )
    return [row.account_no for row in rows]


def change_of(case: Case) -> AccountChange:
    return AccountChange.objects.get(pk=case.pk)


@db
def test_an_unconfirmed_change_leaves_the_old_account_in_force() -> None:
    pay.account(builders.wang())

    case = pay.decided(proposed())

    change = change_of(case)
    assert (change.state, change.cools_until, change.standing) == ("COOLING", COOLED, "DEMO")
    assert in_force(TODAY) == in_force(date(2027, 1, 1)) == [OLD]


@db
def test_it_counts_from_the_day_on_which_it_has_cooled() -> None:
    pay.account(builders.wang())
    case = pay.told(pay.decided(proposed()))

    assert let_count(today=COOLED - timedelta(days=1)) == 0
    assert in_force(COOLED) == [OLD]
    assert let_count(today=COOLED) == 1
    assert let_count(today=COOLED) == 0

    assert in_force(COOLED - timedelta(days=1)) == [OLD]
    assert in_force(COOLED) == [NEW]
    assert change_of(case).state == ChangeState.IN_FORCE
    assert Act.objects.filter(name="payments.account_in_force").count() == 1


@db
def test_what_the_bank_confirms_before_the_decision_counts_at_once() -> None:
    pay.account(builders.wang())
    case = proposed()
    bank_says()

    pay.decided(case)

    assert in_force(TODAY) == [NEW]
    assert change_of(case).waiver == Waiver.BANK_CONFIRMED_CARD.name


@db
def test_the_card_of_somebody_else_of_that_name_cools_whatever_the_bank_says() -> None:
    pay.account(builders.wang())
    pay.account(builders.li(), bank="CSB", account_no=NEW)
    case = proposed()
    bank_says()

    pay.decided(case)

    assert (in_force(TODAY), change_of(case).state) == ([OLD], ChangeState.COOLING)


@db
def test_a_bank_that_was_asked_for_no_number_confirms_nothing() -> None:
    pay.account(builders.wang())
    case = proposed()
    PartyIdentifier.objects.filter(party=case.party_id).update(superseded_at=timezone.now())
    bank_says()

    pay.decided(case)

    assert change_of(case).state == ChangeState.COOLING
    with pytest.raises(DatabaseError, match="no bank confirmed"), transaction.atomic():
        AccountChange.objects.update(
            state="IN_FORCE", waiver="BANK_CONFIRMED_CARD", from_date=COOLED
        )


@db
def test_what_the_bank_confirms_while_it_cools_counts_from_that_day() -> None:
    pay.account(builders.wang())
    case = pay.decided(proposed())
    bank_says()
    confirmed_on = TODAY + timedelta(days=2)

    let_count(today=confirmed_on)

    assert in_force(TODAY + timedelta(days=1)) == [OLD]
    assert in_force(confirmed_on) == [NEW]
    assert change_of(case).waiver == Waiver.BANK_CONFIRMED_CARD.name


@db
@pytest.mark.parametrize(
    ("result", "own_card"),
    [("NAME_DIFFERS", True), ("NO_ACCOUNT", False), ("UNUSABLE", False), ("MATCHED", False)],
)
def test_another_word_of_the_bank_waives_nothing(result: str, own_card: bool) -> None:
    pay.account(builders.wang())
    case = proposed()
    bank_says(result=result, own_card=own_card)

    pay.decided(case)

    assert in_force(TODAY) == [OLD]


@db
def test_another_holder_s_account_cools_whatever_the_bank_says() -> None:
    case = proposed(holder_name="王小明")
    bank_says()

    pay.decided(case)

    assert in_force(TODAY) == []
    assert change_of(case).state == ChangeState.COOLING


@db
def test_after_a_return_the_money_waits_until_the_bank_confirms_the_new_account() -> None:
    old = pay.account(builders.wang())
    AccountBlock.objects.create(account=old, reason="CLOSED", due_ref=1, n=1)
    case = pay.decided(proposed())

    assert let_count(today=TODAY) == 0
    bank_says(own_card=False)
    assert let_count(today=TODAY) == 1

    assert in_force(TODAY) == [NEW]
    assert change_of(case).waiver == Waiver.BANK_CONFIRMED_AFTER_RETURN.name


@db
def test_of_two_changes_the_last_decided_counts() -> None:
    pay.account(builders.wang())
    first = pay.decided(proposed())
    second = proposed(account_no=THIRD, bank="NSB")
    bank_says()

    pay.decided(second)
    let_count(today=COOLED + timedelta(days=30))

    assert change_of(first).state == ChangeState.OVERTAKEN
    assert in_force(COOLED + timedelta(days=30)) == [THIRD]


def doubly_changed() -> None:
    """Wang's name and number are both changed."""
    number = builders.id_number(birth_date=date(1958, 3, 12), sex=Sex.FEMALE)
    asked = {"from_date": "2026-11-01", "name": "王秀兰", "evidence": "户口簿(演示)"}
    asked |= {"id_kind": "CITIZEN", "id_number": number}
    apply(builders.case(kind="IDENTITY_CHANGE", content=asked))


@db
def test_of_somebody_doubly_changed_the_bank_s_word_waives_nothing() -> None:
    pay.account(builders.wang(), holder_name="王秀兰")
    doubly_changed()
    case = proposed(holder_name="王秀兰")
    bank_says()

    pay.decided(case)

    cools_until = change_of(case).cools_until
    assert change_of(case).state == ChangeState.COOLING
    assert cools_until is not None
    assert cools_until >= TODAY + timedelta(days=30)


@db
def test_where_no_days_are_set_a_change_waits_for_the_bank(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account_changes, "is_demo", lambda: False)
    pay.account(builders.wang())
    case = proposed()

    with pytest.raises(CoolingNotConfigured), transaction.atomic():
        pay.decided(case)
    bank_says()
    pay.decided(Case.objects.get(pk=case.pk))

    assert in_force(TODAY) == [NEW]


@db
def test_who_is_doubly_changed_where_no_days_are_set_holds_up_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for person in (builders.wang(), builders.li()):
        pay.account(person)
    hers, his = proposed(), proposed(payee_id=builders.li().pk, holder_name="李建国")
    for case in (hers, his):
        pay.decided(case)
    bank_says()
    doubly_changed()
    monkeypatch.setattr(account_changes, "is_demo", lambda: False)

    assert let_count(today=TODAY) == 1

    assert (change_of(hers).state, change_of(his).state) == ("COOLING", "IN_FORCE")


@db
def test_who_proposes_second_learns_what_the_first_proposed() -> None:
    first = proposed()

    with pytest.raises(ProposalWaits, match=r"9900\*+0025") as refused:
        proposed(account_no=THIRD, bank="NSB")

    assert refused.value.facts["case_id"] == first.pk
    assert NEW not in refused.value.detail


@db
def test_who_was_registered_twice_is_proposed_one_account_too() -> None:
    twice = builders.chen()
    first = proposed()
    Alias.objects.create(party_id=twice.pk, survivor_id=builders.wang().pk, case_id=1)

    with pytest.raises(ProposalWaits) as refused:
        proposed(payee_id=twice.pk, account_no=THIRD, bank="NSB")

    assert refused.value.facts["case_id"] == first.pk


def test_two_clerks_at_once_propose_one_account(own_database: object) -> None:
    clerks = [builders.member(role="CLERK") for _ in range(2)]
    builders.wang()

    results = at_once(
        *(
            lambda clerk=clerk, number=number: proposed(by=clerk, bank="NSB", account_no=number)
            for clerk, number in zip(clerks, (OLD, THIRD), strict=True)
        )
    )

    assert sorted(type(one).__name__ for one in results) == ["Case", "ProposalWaits"]
    assert Case.objects.count() == 1


def test_a_change_that_has_cooled_is_put_in_force_once(own_database: object) -> None:
    pay.account(builders.wang())
    pay.told(pay.decided(proposed()))

    done = at_once(*(lambda: let_count(today=COOLED) for _ in range(4)))

    assert sum(done) == 1
    assert in_force(COOLED) == [NEW]


@db
def test_a_returned_payment_is_paid_again_when_the_new_account_counts() -> None:
    pay.account(builders.wang())
    batch = pay.sent(pay.Line(builders.wang()))
    pay.answer(batch, Said(pay.lines_of(batch)[0], CLOSED_ACCOUNT))
    pay.decided(proposed())

    waiting = count_ready(account_date=COOLED)
    let_count(today=COOLED)

    assert waiting == 0
    assert count_ready(account_date=COOLED) == 1
    assert count_ready(account_date=TODAY) == 0


FORGED = """
INSERT INTO payments_accountchange
    (case_id, payee_id, state, cools_until, standing, from_date, waiver)
VALUES (%s, %s, %s, %s, '', %s, %s)
"""


@db
@pytest.mark.parametrize(
    ("state", "cools_until", "waiver"),
    [
        ("IN_FORCE", TODAY, ""),
        ("COOLING", None, ""),
        ("COOLING", TODAY + timedelta(days=1), ""),
        ("COOLING", None, "BANK_CONFIRMED_CARD"),
    ],
)
def test_no_change_begins_in_force_or_waived_by_a_bank_that_said_nothing(
    state: str, cools_until: date | None, waiver: str
) -> None:
    case = builders.case()
    row: list[Any] = [case.pk, case.party_id, state, cools_until, TODAY, waiver]

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGED, row)


@db
@pytest.mark.parametrize(
    "to",
    [
        {"state": "COOLING"},
        {"state": "OVERTAKEN"},
        {"waiver": "SAME_ACCOUNT"},
        {"cools_until": TODAY},
        {"payee": 1},
    ],
)
def test_a_change_in_force_is_only_ever_stopped(to: dict[str, object]) -> None:
    case = pay.decided(proposed())

    with pytest.raises(DatabaseError), transaction.atomic():
        AccountChange.objects.filter(pk=case.pk).update(**to)
    assert AccountChange.objects.filter(pk=case.pk).update(state="STOPPED", moved_at=NOW) == 1
