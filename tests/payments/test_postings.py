"""What a bank is told and what it answers reaches the ledger, item by item, to the fen."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from payments.ledger.models import Entry
from payments.models import Batch
from payments.reconcile import reconcile
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import (
    CLOSED_ACCOUNT,
    PAID,
    PAY_DATE,
    PERIOD,
    UNKNOWN,
    Said,
    balances,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_what_the_bank_is_told_to_pay_is_expense_by_item() -> None:
    batch = pay.sent(pay.Line(builders.wang(), (13900, 6100)), pay.Line(builders.li(), (100, 0)))

    assert balances(batch.book) == {"5001.01": 14000, "5001.02": 6100, "1004": -20100}


def test_a_payment_changes_nothing_more() -> None:
    batch = pay.answered(PAID)

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


def test_a_return_of_the_month_is_red() -> None:
    batch = pay.answered(PAID, CLOSED_ACCOUNT)

    (entry,) = Entry.objects.filter(rule="payment.returned.red")
    assert entry.red
    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


def test_what_is_open_waits_in_advances() -> None:
    batch = pay.answered(PAID, UNKNOWN)

    assert balances(batch.book) == {
        "5001.01": 13900,
        "5001.02": 6100,
        "1101": 20000,
        "1004": -40000,
    }


def test_a_wrong_amount_waits_whole() -> None:
    batch = pay.sent()
    pay.answer(batch, Said(pay.lines_of(batch)[0], fen=20900))

    assert balances(batch.book) == {"1101": 20000, "1004": -20000}


def test_an_open_line_found_paid_becomes_expense_by_item() -> None:
    batch = pay.answered(UNKNOWN)
    pay.decide_discrepancy(batch, "PAID")

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


def test_an_open_line_found_unpaid_comes_back() -> None:
    batch = pay.answered(UNKNOWN)
    pay.decide_discrepancy(batch, "RETURNED")

    assert balances(batch.book) == {}


@pytest.mark.parametrize(
    ("code", "left"), [(PAID, {"5001.01": 20000, "1004": -20000}), (CLOSED_ACCOUNT, {})]
)
def test_the_bank_s_later_answer_ends_the_waiting(code: str, left: dict[str, int]) -> None:
    batch = pay.answered(UNKNOWN, scheme=pay.EMPLOYEES)
    (line,) = pay.lines_of(batch)

    pay.answer(batch, Said(line, code), part=2)

    assert balances(batch.book) == left


def test_a_payment_that_comes_back_in_the_month_is_red() -> None:
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)

    pay.answer(batch, Said(line, CLOSED_ACCOUNT), part=2)

    assert Entry.objects.filter(rule="payment.returned.red").count() == 1
    assert balances(batch.book) == {}


def test_a_return_after_the_close_is_owed_to_the_payee() -> None:
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    close(batch)

    pay.answer(batch, Said(line, CLOSED_ACCOUNT), part=2)

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "2001": -20000}
    assert Entry.objects.get(rule="payment.returned.liability").month == PERIOD.next.first_day


def test_a_reissue_after_the_close_is_paid_from_what_is_owed() -> None:
    batch = pay.answered(PAID)
    close(batch)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, pay.BUSY), part=2)
    pay.decide_discrepancy(batch, "CLEARED")

    (again,) = pay.reissued()
    pay.answer(pay.send(again))

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


def test_a_payment_confirmed_late_that_comes_back_is_paid_from_what_is_owed() -> None:
    batch = pay.answered(UNKNOWN)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, PAID), part=2)
    close(batch)
    pay.answer(batch, Said(line, pay.BUSY), part=3)
    pay.decide_discrepancy(batch, "CLEARED")

    (again,) = pay.reissued()
    pay.answer(pay.send(again))

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


def test_a_reissue_in_its_month_is_expense_again() -> None:
    batch = pay.answered(pay.BUSY)

    (again,) = pay.reissued()
    pay.answer(pay.send(again))

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


@pytest.mark.parametrize(
    ("decision", "left"),
    [
        ("PAID", {"5001.01": 13900, "5001.02": 6100, "1004": -20000}),
        ("RETURNED", {"5001.01": 13900, "5001.02": 6100, "2001": -20000}),
    ],
)
def test_a_reissue_from_liability_that_stays_open(decision: str, left: dict[str, int]) -> None:
    batch = pay.answered(PAID)
    close(batch)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, pay.BUSY), part=2)
    pay.decide_discrepancy(batch, "CLEARED")
    (again,) = pay.reissued()
    pay.send(again)
    pay.answer(again, Said(pay.lines_of(again)[0], UNKNOWN))

    pay.decide_discrepancy(again, decision)

    assert balances(batch.book) == left


def test_an_open_line_of_a_closed_month_is_decided_in_the_next() -> None:
    batch = pay.answered(UNKNOWN)
    pay.close_ledger(batch.book)

    pay.decide_discrepancy(batch, "PAID")

    assert Entry.objects.get(rule="payment.pending.paid").month == PERIOD.next.first_day
    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


def test_all_is_posted_on_the_pay_day_while_its_month_is_open() -> None:
    pay.answered(PAID, CLOSED_ACCOUNT, UNKNOWN)

    assert set(Entry.objects.values_list("business_date", flat=True)) == {PAY_DATE}


def test_the_ledger_says_what_the_bank_paid() -> None:
    batch = pay.answered(PAID, CLOSED_ACCOUNT, UNKNOWN, PAID)
    expense = sum(fen for code, fen in balances(batch.book).items() if code.startswith("5001"))

    assert expense == 2 * 20000


def close(batch: Batch) -> None:
    """Reconcile the batch and close its month."""
    assert reconcile(batch_ids=[batch.id], now=NOW)
    pay.close_ledger(batch.book)
