"""A year of a fund: income, payments, returns, twelve closes, its end, both statements."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse as address
from rest_framework.test import APIClient

from backend.kernel.months import Month
from payments.ledger.balances import day_book, detailed_ledger, general_ledger, trial_balance
from payments.ledger.invariants import broken_promises
from payments.ledger.models import Book, Entry, LedgerMonth
from payments.ledger.reverse import reverse
from tests import builders
from tests.payments.ledger.conftest import Books, close, pay
from tests.payments.ledger.test_api import ask_to_close, client, finance
from tests.payments.ledger.test_beancount import bean_check, exported

JAN, DEC = Month(2026, 1), Month(2026, 12)
YEAR = list(JAN.until(DEC.next))
INCOME, PAID_BASIC, PAID_ACCOUNT, RETURNED = 1_000_00, 600_00, 150_00, 10_00
SURPLUS = 12 * (INCOME - PAID_BASIC - PAID_ACCOUNT + RETURNED)
INTEREST = 36_00


@pytest.fixture
def book(books: Books) -> Iterator[Book]:
    """A book that lived the year, each month closed."""
    for month in YEAR:
        _live(books.residents, month)
        close(books.residents, month.first_day)
    yield books.residents
    assert broken_promises() == []


def _live(book: Book, month: Month) -> None:
    def event(rule: str, *items: int, day: int) -> Entry:
        on = month.first_day.replace(day=day)
        return pay(book, *items, rule=rule, on=on, source_id=f"{rule}/{month}")

    event("collection.matched", INCOME, day=3)
    event("treasury.swept", INCOME, day=4)
    event("funding.arrived", PAID_BASIC + PAID_ACCOUNT, day=9)
    event("payment.sent", PAID_BASIC, PAID_ACCOUNT, day=10)
    event("payment.returned.red", RETURNED, day=12)
    if month == DEC:
        event("agency.received.interest", INTEREST, day=21)


def carried_over(book: Book) -> LedgerMonth:
    """Finance prepares, an approver signs: both as they would over the API."""
    headers = {"Idempotency-Key": "year-1"}
    path = address("book-year-end", args=[book.pk])
    told = finance().post(path, {"year": 2026}, format="json", headers=headers)
    assert told.status_code == 200, told.content
    approver = builders.staff_with_password(role="APPROVER", username="shenpi")
    shown = client(approver).get(address("ledger-month-one", args=[told.json()["id"]])).json()
    assert shown["in_the_way"] == []
    signed = ask_to_close(approver, [{"id": shown["id"], "digest": shown["digest"]}])
    assert signed.status_code == 200, signed.content
    return LedgerMonth.objects.get(pk=shown["id"])


def statement(book: Book, name: str, month: Month) -> Any:
    return finance().get(address(name, args=[book.pk]), {"month": str(month)}).json()


def test_the_year_ends_and_both_statements_tie(book: Book) -> None:
    carried_over(book)

    sheet = statement(book, "book-balance-sheet", DEC)
    income = statement(book, "book-income-statement", DEC)

    assert (sheet["closed"], income["closed"]) == (True, True)
    assert income["surplus"]["year"] == sheet["net"]["closing"] == yuan(SURPLUS + INTEREST)
    assert sheet["assets"]["closing"] == yuan(SURPLUS + INTEREST)
    assert sheet["liabilities"]["closing"] == sheet["net"]["opening"] == "0.00"
    rows = {row["title"]: row["closing"] for row in sheet["rows"]}
    assert rows["一般基金结余"] == yuan(SURPLUS + INTEREST)
    assert rows["尚未结转的收支"] == "0.00"


def test_the_new_year_opens_without_income_and_expense(book: Book) -> None:
    carried_over(book)
    _live(book, DEC.next)

    opening = {
        row.code: row.opening_fen
        for row in trial_balance(book_id=book.pk, month=DEC.next.first_day)
        if row.opening_fen
    }

    assert opening.pop("3001") == -(SURPLUS + INTEREST)
    assert sum(opening.values()) == SURPLUS + INTEREST
    assert {code[0] for code in opening} == {"1"}
    close(book, DEC.next.first_day)
    january = statement(book, "book-income-statement", DEC.next)
    assert january["surplus"] == {"month": yuan(SURPLUS // 12), "year": yuan(SURPLUS // 12)}


def test_every_sum_of_the_year_opens_to_its_vouchers(book: Book) -> None:
    """总账 = the lines of 明细账 month by month = the lines of 日记账 day by day, without a gap."""
    months = {row.month: row for row in general_ledger(book_id=book.pk, code="1004")}
    balance = 0

    for month in YEAR:
        lines = detailed_ledger(book_id=book.pk, code="1004", month=month)
        days = day_book(
            book_id=book.pk, code="1004", start=month.first_day, end=month.next.first_day
        )
        total = months[month.first_day]
        assert sum(line.dr_fen for line in lines) == total.dr_fen
        assert sum(line.cr_fen for line in lines) == total.cr_fen
        for line in days:
            balance += line.dr_fen - line.cr_fen
            assert line.balance_fen == balance
        assert total.closing_fen == balance
        entries = Entry.objects.filter(book=book, month=month.first_day)
        numbers = list(entries.order_by("voucher_no").values_list("voucher_no", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_mistake_found_after_the_year_lands_in_the_open_month(book: Book) -> None:
    carried_over(book)
    wrong = Entry.objects.get(source_id="agency.received.interest/2026-12")
    before = statement(book, "book-balance-sheet", DEC)

    red = reverse(
        entry_id=wrong.pk, business_date=date(2027, 1, 8), reason="利息重复", reversed_by=7
    )

    assert (red.month, red.red) == (date(2027, 1, 1), True)
    assert statement(book, "book-balance-sheet", DEC) == before
    january = statement(book, "book-income-statement", DEC.next)
    assert january["surplus"]["year"] == yuan(-INTEREST)


def test_a_second_program_agrees_with_the_year(book: Book, tmp_path: Path) -> None:
    carried_over(book)

    assert bean_check(exported(book, JAN, DEC), tmp_path) == (0, "")


def test_the_end_of_the_year_is_listed_with_its_december(book: Book) -> None:
    row = carried_over(book)
    asked: APIClient = finance()

    months = asked.get(address("ledger-months"), {"month": "2026-12"}).json()["results"]
    entries = asked.get(address("entry-list"), {"month": "2026-12"}).json()["results"]

    assert {one["id"]: one["year_end"] for one in months}[row.pk] is True
    assert sorted(one["year_end"] for one in months) == [False, True]
    assert sum(one["year_end"] for one in entries) == 2


def test_finance_alone_prepares_the_end_of_a_year(book: Book) -> None:
    path = address("book-year-end", args=[book.pk])
    reviewer = client(builders.member(role="REVIEWER").staff)

    answer = reviewer.post(
        path, {"year": 2026}, format="json", headers={"Idempotency-Key": "year-2"}
    )

    assert answer.status_code == 403


def yuan(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"
