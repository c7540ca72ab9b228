"""The books are read as a bureau prints them."""

from datetime import date

from backend.kernel.months import Month
from payments.ledger.balances import (
    MonthTotal,
    day_book,
    detailed_ledger,
    general_ledger,
    trial_balance,
)
from tests.payments.ledger.conftest import DECEMBER, NOVEMBER, PAY_DAY, Books, close, pay


def test_a_trial_balance_shows_opening_movement_and_closing(books: Books) -> None:
    pay(books.residents, 20000, 3500)
    pay(books.residents, 20000, rule="payment.returned.liability", on=DECEMBER)

    rows = {row.code: row for row in trial_balance(book_id=books.residents.id, month=DECEMBER)}

    payout = rows["1004"]
    assert (payout.opening_fen, payout.dr_fen, payout.cr_fen) == (-23500, 20000, 0)
    assert (payout.closing_fen, payout.balance_fen) == (-3500, -3500)
    assert (rows["2001"].closing_fen, rows["2001"].balance_fen) == (-20000, 20000)
    assert sum(row.closing_fen for row in rows.values()) == 0


def test_a_trial_balance_lists_accounts_that_did_not_move(books: Books) -> None:
    rows = trial_balance(book_id=books.residents.id, month=NOVEMBER)

    assert {"1001", "4102", "5001.02"} <= {row.code for row in rows}


def test_a_trial_balance_knows_nothing_of_another_book(books: Books) -> None:
    pay(books.employees, 300000)

    rows = trial_balance(book_id=books.residents.id, month=NOVEMBER)

    assert {row.closing_fen for row in rows} == {0}


def test_a_red_return_lowers_the_debit_of_the_month(books: Books) -> None:
    pay(books.residents, 20000)
    pay(books.residents, 5000, rule="payment.returned.red")

    rows = {row.code: row for row in trial_balance(book_id=books.residents.id, month=NOVEMBER)}

    assert (rows["5001.01"].dr_fen, rows["5001.01"].cr_fen) == (15000, 0)


def test_the_general_ledger_adds_up_month_by_month(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)
    pay(books.residents, 500, on=DECEMBER, source_id="2")

    months = general_ledger(book_id=books.residents.id, code="5001.01")

    assert months == (
        MonthTotal(NOVEMBER, 20000, 0, 20000),
        MonthTotal(DECEMBER, 500, 0, 20500),
    )


def test_the_general_ledger_has_no_gap_where_an_account_did_not_move(books: Books) -> None:
    pay(books.residents, 20000)
    pay(books.residents, 500, rule="treasury.swept", on=DECEMBER, source_id="2")

    months = general_ledger(book_id=books.residents.id, code="5001.01")

    assert months[1] == MonthTotal(DECEMBER, 0, 0, 20000)


def test_the_detailed_ledger_follows_the_vouchers_with_a_running_balance(books: Books) -> None:
    pay(books.residents, 100, on=date(2026, 11, 20), source_id="later")
    pay(books.residents, 10, on=PAY_DAY, source_id="earlier")
    pay(books.residents, 1, on=DECEMBER, source_id="next")

    lines = detailed_ledger(book_id=books.residents.id, code="1004", month=Month(2026, 11))

    assert [(line.voucher_no, line.balance_fen) for line in lines] == [(1, -100), (2, -110)]


def test_the_day_book_follows_the_days(books: Books) -> None:
    pay(books.residents, 100, on=date(2026, 11, 20), source_id="later")
    pay(books.residents, 10, on=PAY_DAY, source_id="earlier")

    lines = day_book(book_id=books.residents.id, code="1004", start=PAY_DAY, end=date(2026, 11, 21))

    assert [(line.business_date.day, line.balance_fen) for line in lines] == [
        (10, -10),
        (20, -110),
    ]


def test_the_last_day_asked_for_is_not_shown(books: Books) -> None:
    pay(books.residents, 100, on=PAY_DAY)

    assert not day_book(
        book_id=books.residents.id, code="1004", start=date(2026, 11, 1), end=PAY_DAY
    )
