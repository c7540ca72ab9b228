"""Whose word waives a cooling: the bank's own, or what two persons sign for (银行的回复)."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from backend.cases.decide import SamePerson, decide
from backend.cases.models import Case
from backend.city.account_steps import confirm_accounts
from backend.people.models import Alias
from payments import accounts, bank_word
from payments.account_answers import take_answer
from payments.account_changes import let_count
from payments.account_checks import ask_banks
from payments.account_models import AccountAnswerFile, AccountChange, AccountCheckFile, ChangeState
from payments.bank_word import AnswerCaseInvalid, AnswerInHand, is_the_banks, vouch
from payments.models import AccountBlock
from tests import builders
from tests.builders import NOW, TODAY, Member
from tests.payments import payment_builders as pay
from tests.payments.check_builders import answer_rows, laid

pytestmark = pytest.mark.django_db
NEW = "9900021000000000025"
COOLED = date(2026, 11, 12)


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def clerk() -> Member:
    return builders.member(role="CLERK")


@pytest.fixture
def change(clerk: Member) -> Case:
    """Another account of Wang, which her bank was asked about."""
    pay.account(builders.wang())
    case = accounts.propose(
        staff=clerk.staff,
        payee_id=builders.wang().pk,
        bank="CSB",
        account_no=NEW,
        holder_name="王秀英",
        from_date=TODAY,
        evidence="本人持身份证到窗口(演示)",
        today=TODAY,
    )
    ask_banks()
    return case


def said(*, own_card: bool = True) -> Path:
    file = AccountCheckFile.objects.get()
    return laid(file, answer_rows(file, result="MATCHED", own_card=own_card))


def handed_in(path: Path) -> Case:
    """Finance hands an answer in, and vouches for it."""
    finance = builders.member(role="FINANCE").staff
    answered = take_answer(path=path, received_by=finance.person_id)
    case = vouch(answered=answered.file, agency=finance.agency, received_by=finance.person_id)
    assert case is not None
    return case


def confirmed(case: Case, *, by: Member) -> Case:
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role="REVIEWER",
        now=NOW,
        acts={"ACCOUNT_ANSWER": bank_word.confirm},
    )


def state_of(case: Case) -> str:
    return AccountChange.objects.get(pk=case.pk).state


def test_what_one_person_hands_in_waives_nothing(change: Case) -> None:
    handed_in(said())

    pay.decided(change)

    assert state_of(change) == ChangeState.COOLING
    assert let_count(today=TODAY) == 0


def test_nor_does_sql_that_says_so(change: Case) -> None:
    handed_in(said())
    pay.decided(change)

    with pytest.raises(DatabaseError, match="no word of the bank"), transaction.atomic():
        AccountChange.objects.update(
            state="IN_FORCE", waiver="BANK_CONFIRMED_CARD", from_date=COOLED
        )


def test_what_two_persons_sign_for_waives_it(change: Case) -> None:
    case = handed_in(said())
    pay.decided(change)

    confirmed(case, by=builders.member(role="REVIEWER"))

    assert let_count(today=TODAY) == 1
    assert state_of(change) == ChangeState.IN_FORCE


def test_who_proposed_the_change_does_not_sign_for_the_answer(change: Case, clerk: Member) -> None:
    case = handed_in(said())
    same = builders.member(role="REVIEWER")
    Alias.objects.create(
        party_id=clerk.staff.person_id, survivor_id=same.staff.person_id, case_id=1
    )

    with pytest.raises(SamePerson, match="账户变更"):
        confirmed(case, by=same)


def test_what_the_bank_lays_there_itself_counts_whoever_handed_it_in_before(change: Case) -> None:
    handed_in(said())

    take_answer(path=said(), bank="CSB")

    assert is_the_banks(answered=AccountAnswerFile.objects.get())


def test_another_answer_stops_what_counts_by_the_first(change: Case) -> None:
    take_answer(path=said(), bank="CSB")
    pay.decided(change)
    assert state_of(change) == ChangeState.IN_FORCE

    said(own_card=False)
    for _ in range(2):
        confirm_accounts(quiet_seconds=0, tell=lambda _: None)

    dispute = Case.objects.get(kind="CHANGE_DISPUTE")
    assert (dispute.state, dispute.content["change"]) == ("RECEIVED", change.pk)
    assert AccountBlock.objects.get().case_id == dispute.pk


def test_another_answer_before_the_decision_lets_the_change_cool(change: Case) -> None:
    take_answer(path=said(), bank="CSB")
    said(own_card=False)
    confirm_accounts(quiet_seconds=0, tell=lambda _: None)

    pay.decided(change)

    assert state_of(change) == ChangeState.COOLING
    assert not Case.objects.filter(kind="CHANGE_DISPUTE").exists()


def test_an_answer_is_vouched_for_once_and_as_it_is(change: Case) -> None:
    case = handed_in(said())

    with pytest.raises(AnswerInHand):
        bank_word.check(builders.case(kind="ACCOUNT_ANSWER", content=case.content))
    with pytest.raises(AnswerCaseInvalid):
        bank_word.check(
            builders.case(kind="ACCOUNT_ANSWER", content={**case.content, "sha256": "0" * 64})
        )


def test_finance_hands_it_in_with_password_and_code(change: Case, client: Client) -> None:
    client.force_login(builders.staff_with_password(role="FINANCE", username="caiwu1"))
    path = said()

    def post(**proof: str) -> Any:
        parts = {
            "description": SimpleUploadedFile("a.json", path.read_bytes()),
            "file": SimpleUploadedFile("a.csv", path.with_suffix(".csv").read_bytes()),
        }
        return client.post(
            "/api/v1/accounts/checks/answers",
            {**parts, **proof},
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    assert post().status_code in (400, 403)
    answer = post(**builders.proof_of(client))

    assert (answer.status_code, answer.json()["confirmed"]) == (200, False)
    assert Case.objects.get(kind="ACCOUNT_ANSWER").state == "RECEIVED"
