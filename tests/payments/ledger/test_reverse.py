"""A voucher is taken back in red, once."""

import pytest

from payments.ledger.balances import trial_balance
from payments.ledger.months import MonthClosed
from payments.ledger.post import lines_of
from payments.ledger.reverse import NotReversible, ReversedAlready, reverse
from payments.ledger.rules import Line
from tests.payments.ledger.conftest import DECEMBER, NOVEMBER, PAY_DAY, Books, close, pay


def test_a_reversal_is_the_mirror_in_red(books: Books) -> None:
    entry = pay(books.residents, 20000, 3500)

    red = reverse(entry_id=entry.id, business_date=PAY_DAY, reason="批次有误", reversed_by=7)

    assert red.red
    assert red.reverses == entry
    assert red.summary == "冲销2026-11 第 1 号凭证：批次有误"
    assert lines_of(entry=red) == (
        Line("5001.01", -20000, 0),
        Line("5001.02", -3500, 0),
        Line("1004", 0, -23500),
    )


def test_after_a_reversal_nothing_is_left(books: Books) -> None:
    entry = pay(books.residents, 20000, 3500)

    reverse(entry_id=entry.id, business_date=PAY_DAY, reason="批次有误", reversed_by=7)

    rows = trial_balance(book_id=books.residents.id, month=NOVEMBER)
    assert {row.closing_fen for row in rows} == {0}
    assert {row.dr_fen for row in rows} == {0}


def test_a_voucher_is_reversed_once(books: Books) -> None:
    entry = pay(books.residents, 20000)
    reverse(entry_id=entry.id, business_date=PAY_DAY, reason="批次有误", reversed_by=7)

    with pytest.raises(ReversedAlready):
        reverse(entry_id=entry.id, business_date=PAY_DAY, reason="批次有误", reversed_by=7)


def test_a_red_voucher_is_not_reversed(books: Books) -> None:
    entry = pay(books.residents, 20000, rule="payment.returned.red")

    with pytest.raises(NotReversible):
        reverse(entry_id=entry.id, business_date=PAY_DAY, reason="批次有误", reversed_by=7)


def test_a_voucher_of_a_closed_month_is_reversed_in_the_open_one(books: Books) -> None:
    entry = pay(books.residents, 20000)
    close(books.residents)

    with pytest.raises(MonthClosed):
        reverse(entry_id=entry.id, business_date=PAY_DAY, reason="批次有误", reversed_by=7)
    red = reverse(entry_id=entry.id, business_date=DECEMBER, reason="批次有误", reversed_by=7)

    assert red.month == DECEMBER
