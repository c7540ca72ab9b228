"""An account or a closed discrepancy without a true decision behind it is named."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from payments import invariants
from payments.models import (
    Discrepancy,
    PayeeAccount,
)
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says
from tests.payments.forgeries import (
    forged_case,
    named,
)
from tests.payments.payment_builders import BUSY, PAID, Said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_an_account_put_in_under_a_forged_case_is_named() -> None:
    account = pay.account(builders.wang())
    forged = replaced(account, case=forged_case(kind="ACCOUNT_CHANGE", content=asked(account)))

    assert named(invariants.DECIDED) == [f"账户 {forged.pk}"]
    assert named(invariants.ACCOUNTS) == []


@pytest.mark.parametrize(
    "said",
    [
        {"bank": "CSB"},
        {"account_no": pay.ACCOUNT},
        {"holder_name": "李建国"},
        {"from_date": "2030-01-01"},
    ],
)
def test_an_account_other_than_the_case_says_is_named(said: Mapping[str, str]) -> None:
    account = pay.account(builders.wang())
    content = {**asked(account), **said}
    forged = replaced(account, case=forged_case(kind="ACCOUNT_CHANGE", content=content))

    assert named(invariants.ACCOUNTS) == [f"账户 {forged.pk}"]


def test_what_a_decided_change_leaves_of_the_old_account_is_believed() -> None:
    account = pay.account(builders.wang())
    content = {**asked(account), "from_date": "2026-11-20"}
    change(content)

    left = PayeeAccount.objects.exclude(case_id=None).order_by("valid")
    assert [row.account_no for row in left] == [account.account_no, pay.OTHER_ACCOUNT]
    assert named(invariants.ACCOUNTS) == named(invariants.DECIDED) == []


def test_a_stranger_s_account_is_not_taken_for_what_a_change_left() -> None:
    account = pay.account(builders.wang())
    content = {**asked(account), "from_date": "2026-11-20"}
    change(content)
    left = PayeeAccount.objects.get(account_no=account.account_no, superseded_at=None)
    PayeeAccount.objects.filter(pk=left.pk).update(superseded_at=NOW)
    forged = PayeeAccount.objects.create(
        payee_id=left.payee_id,
        bank=left.bank,
        account_no="9900011000000000033",
        holder_name="李建国",
        case_id=left.case_id,
        valid=left.valid,
    )

    assert named(invariants.ACCOUNTS) == [f"账户 {forged.pk}"]


@pytest.mark.parametrize(
    "decision", ["CLEARED", "REISSUED", "WITHDRAWN", "BANK_ANSWERED", "PAID_AFTER_ALL", ""]
)
def test_a_discrepancy_closed_without_ground_is_named(decision: str) -> None:
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, BUSY), part=2)

    Discrepancy.objects.filter(batch=batch).update(decision=decision, closed_at=NOW)

    assert named(invariants.CLOSED) == [f"LATE_RETURN {line.due_ref}-1"]


def change(content: Mapping[str, object]) -> None:
    """Wang's account is changed, as the bank confirms."""
    case = builders.case(kind="ACCOUNT_CHANGE", content=content)
    bank_says()
    pay.decided(case)


def asked(account: PayeeAccount) -> dict[str, object]:
    """What a case asks for that gives the account's payee another number."""
    return {
        "bank": account.bank,
        "account_no": pay.OTHER_ACCOUNT,
        "holder_name": account.holder_name,
        "from_date": builders.IN_OFFICE_SINCE.isoformat(),
        "evidence": "新卡(演示)",
        "holder_is_payee": True,
    }


def replaced(account: PayeeAccount, *, case: Case) -> PayeeAccount:
    """Another number in the place of an account, under a case."""
    PayeeAccount.objects.filter(pk=account.pk).update(superseded_at=NOW)
    return PayeeAccount.objects.create(
        payee_id=account.payee_id,
        bank=account.bank,
        account_no=pay.OTHER_ACCOUNT,
        holder_name=account.holder_name,
        case_id=case.pk,
        valid=SqlRange(builders.IN_OFFICE_SINCE, None),
    )
