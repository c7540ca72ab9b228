"""A lump sum out of an account is paid anew, or put back (更正、撤销个人账户一次性支付)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.models import Case, Objection
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts import invariants as accounts
from insurance.accounts.correcting import NothingChanged
from insurance.accounts.entries import balance
from insurance.accounts.models import LeftAccount, Outgoing
from insurance.accounts.outgoing_batches import seal_outgoing
from insurance.benefits import invariants as benefits
from insurance.benefits.claims.undo import withdraw_undone
from insurance.pension import lump_sum
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from payments import invariants as payments
from payments.ledger.books import ensure_books
from payments.ledger.models import MemoEntry
from payments.models import Batch
from payments.reconcile import reconcile
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.issuing.objected import objected, put_on_record, received, signed
from tests.insurance.pension import pension_builders as p
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
KIND = "ACCOUNT_LUMP_SUM"
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
WHY = {"error": "缴费未入账（演示）", "error_evidence": "缴费凭证 演示3号"}


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def asked(**changes: object) -> Case:
    content = {
        "scheme": "110",
        "month": "2026-07",
        "reason": "SHORT_YEARS",
        "paid_months": 179,
        "evidence": "缴费明细 演示5号",
        **changes,
    }
    return p.decided(kind=KIND, content=content)


def decided(**changes: object) -> Case:
    case = asked(**changes)
    lump_sum.check(case)
    lump_sum.decide(case)
    return case


@pytest.fixture
def first() -> Case:
    """He took 10,000.00 with their interest out of the account."""
    ensure_books(agency=builders.agency(), on=PAY_DATE)
    pay.account(p.man())
    p.recognise()
    account_builders.entry(person_id=p.man().pk, month="2026-01", fen=1_000_000)
    return decided()


def corrected(before: Case, **changes: object) -> Case:
    return decided(corrects=before.pk, month="2026-11", **WHY, **changes)


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_outgoing(period=period, pay_date=PAY_DATE, now=builders.NOW)


def paid(period: Month = NOVEMBER) -> int:
    (batch,) = sealed(period)
    pay.send(batch)
    pay.answer(batch)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)
    return batch.fen


def owed() -> int:
    return sum(MemoEntry.objects.values_list("fen", flat=True))


def held() -> int:
    return balance(person_id=p.man().pk, scheme="110")


def broken() -> list[str]:
    rows = [
        *accounts.broken_promises(),
        *benefits.broken_promises(),
        *payments.broken_promises(),
    ]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_what_came_in_late_is_paid_as_the_difference(first: Case) -> None:
    was = paid()
    account_builders.entry(person_id=p.man().pk, month="2026-02", arrival="2026-10", fen=50_000)

    again = corrected(first)

    whole = Outgoing.objects.get(case_id=again.pk)
    assert (whole.had_fen, whole.fen >= was + 50_000) == (was, True)
    assert paid(NOVEMBER.next) == whole.fen - was
    assert (held(), owed(), broken()) == (0, 0, [])


def test_an_objection_is_answered_by_what_is_paid_anew(first: Case) -> None:
    put_on_record(first)
    man = p.man().pk
    account_builders.entry(person_id=man, month="2026-02", arrival="2026-10", fen=50_000)
    objection = objected(to=first.pk, of=man)
    asked = {**first.content, "corrects": first.pk, "month": "2026-11"}
    again = signed(received(KIND, of=man, **asked, objection=objection.pk))

    signed(objection)

    row = Objection.objects.get()
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert Outgoing.objects.get(case_id=again.pk).fen > 1_050_000


def test_the_steps_of_what_was_paid_anew_come_out_again(first: Case) -> None:
    account_builders.entry(person_id=p.man().pk, month="2026-02", arrival="2026-10", fen=50_000)

    left = LeftAccount.objects.get(case_id=corrected(first).pk)

    assert first_wrong(steps=read(rows=left.steps)) is None
    assert left.ground.startswith("经办机构自行发现：缴费未入账")


def test_who_should_not_have_been_paid_has_the_account_again_and_owes_it(first: Case) -> None:
    was = paid()

    again = corrected(first, withdrawn=True)

    assert (held(), owed()) == (was, was)
    assert sealed(NOVEMBER.next) == []
    (step,) = read(rows=LeftAccount.objects.get(case_id=again.pk).steps)
    assert (step.name, step.result) == ("恢复个人账户", str(Money(was)))
    assert broken() == []


def test_what_was_put_back_before_its_batch_is_never_paid(first: Case) -> None:
    corrected(first, withdrawn=True)

    assert (sealed(), owed(), broken()) == ([], 0, [])


def test_what_the_bank_returns_after_it_was_put_back_is_owed_by_nobody(first: Case) -> None:
    (batch,) = sealed()
    pay.send(batch)
    corrected(first, withdrawn=True)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, pay.Said(line, pay.BUSY))
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)

    withdraw_undone()

    assert (owed(), pay.reissued(), broken()) == (0, [], [])


def test_the_same_amount_is_no_correction(first: Case) -> None:
    with pytest.raises(NothingChanged):
        corrected(first)
