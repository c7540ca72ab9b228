"""An event becomes one balanced voucher, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection

from backend.audit.models import Act
from payments.ledger.books import ensure_books
from payments.ledger.models import Entry
from payments.ledger.months import MonthClosed
from payments.ledger.post import PostedOtherwise, entry_digest, lines_of, post
from payments.ledger.rules import Line, RuleUnknown
from tests import builders
from tests.conftest import OwnDatabase
from tests.payments.ledger.conftest import DECEMBER, NOVEMBER, PAY_DAY, Books, close, pay


def test_a_payment_debits_each_expense_item_and_credits_the_payout_account(books: Books) -> None:
    entry = pay(books.residents, 20000, 3500)

    assert lines_of(entry=entry) == (
        Line("5001.01", 20000, 0),
        Line("5001.02", 3500, 0),
        Line("1004", 0, 23500),
    )


def test_a_part_that_is_zero_writes_no_line(books: Books) -> None:
    entry = pay(books.residents, 20000, 0)

    assert lines_of(entry=entry) == (Line("5001.01", 20000, 0), Line("1004", 0, 20000))


def test_nothing_to_pay_writes_no_voucher(books: Books) -> None:
    entry = post(
        rule="payment.sent",
        book_id=books.residents.id,
        business_date=NOVEMBER,
        source="test",
        source_id="1",
        items=(0, 0),
        summary="演示批次",
    )

    assert entry is None
    assert not Entry.objects.exists()


def test_a_part_below_zero_goes_to_the_other_side(books: Books) -> None:
    entry = pay(books.residents, 1000, -300)

    assert lines_of(entry=entry) == (
        Line("5001.01", 1000, 0),
        Line("5001.02", 0, 300),
        Line("1004", 0, 700),
    )


def test_a_return_of_the_open_month_is_red(books: Books) -> None:
    entry = pay(books.residents, 20000, 3500, rule="payment.returned.red")

    assert entry.red
    assert lines_of(entry=entry) == (
        Line("5001.01", -20000, 0),
        Line("5001.02", -3500, 0),
        Line("1004", 0, -23500),
    )


def test_a_return_after_the_close_becomes_a_liability(books: Books) -> None:
    entry = pay(books.employees, 300000, rule="payment.returned.liability", on=DECEMBER)

    assert lines_of(entry=entry) == (Line("1004", 300000, 0), Line("2001", 0, 300000))


@pytest.mark.parametrize(
    ("rule", "debit", "credit"),
    [
        ("payment.pending", "1101", "5001.01"),
        ("payment.pending.paid", "5001.01", "1101"),
        ("payment.pending.returned", "1004", "1101"),
        ("reissue.sent.liability", "2001", "1004"),
        ("reissue.pending.liability", "1101", "2001"),
        ("reissue.pending.liability.paid", "2001", "1101"),
        ("funding.arrived", "1004", "1003"),
        ("recovery.received.earlier_year", "1004", "4501"),
    ],
)
def test_each_rule_debits_and_credits_what_it_says(
    books: Books, rule: str, debit: str, credit: str
) -> None:
    entry = pay(books.employees, 500, rule=rule)

    assert lines_of(entry=entry) == (Line(debit, 500, 0), Line(credit, 0, 500))


def test_an_unknown_rule_is_refused(books: Books) -> None:
    with pytest.raises(RuleUnknown):
        pay(books.employees, 500, rule="payment.imagined")


def test_a_rule_does_not_count_before_its_day(books: Books) -> None:
    with pytest.raises(RuleUnknown):
        pay(books.employees, 500, on=date(2017, 12, 31))


def test_more_parts_than_expense_items_are_our_own_mistake(books: Books) -> None:
    with pytest.raises(ValueError, match="more parts"):
        pay(books.residents, 500, 0, 0, 1)


def test_the_same_event_is_posted_once(books: Books) -> None:
    first = pay(books.residents, 20000, 3500)

    again = pay(books.residents, 20000, 3500)

    assert again == first
    assert Entry.objects.count() == 1
    assert Act.objects.filter(name="ledger.post").count() == 1


def test_the_same_event_with_other_amounts_is_refused(books: Books) -> None:
    pay(books.residents, 20000, 3500)

    with pytest.raises(PostedOtherwise):
        pay(books.residents, 20000, 3501)


def test_the_same_source_may_post_by_another_rule(books: Books) -> None:
    pay(books.residents, 20000)
    pay(books.residents, 20000, rule="payment.returned.red")

    assert Entry.objects.count() == 2


def test_vouchers_are_numbered_by_book_and_month(books: Books) -> None:
    numbers = [
        pay(books.residents, 1, source_id="a").voucher_no,
        pay(books.residents, 1, source_id="b").voucher_no,
        pay(books.employees, 1, source_id="c").voucher_no,
        pay(books.residents, 1, source_id="d", on=DECEMBER).voucher_no,
    ]

    assert numbers == [1, 2, 1, 1]


def test_the_last_day_belongs_to_the_month(books: Books) -> None:
    last = pay(books.residents, 1, source_id="a", on=date(2026, 11, 30))
    first = pay(books.residents, 1, source_id="b", on=DECEMBER)

    assert (last.month, first.month) == (NOVEMBER, DECEMBER)


def test_a_closed_month_takes_no_voucher(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    with pytest.raises(MonthClosed):
        pay(books.residents, 20000, source_id="2")


def test_a_month_before_a_closed_one_is_not_opened(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    with pytest.raises(MonthClosed):
        pay(books.residents, 20000, source_id="2", on=date(2026, 10, 31))


def test_an_event_posted_before_the_close_is_found_after_it(books: Books) -> None:
    first = pay(books.residents, 20000)
    close(books.residents)

    assert pay(books.residents, 20000) == first
    assert pay(books.residents, 20000, on=DECEMBER) == first


def test_the_audit_row_holds_the_digest_of_the_voucher(books: Books) -> None:
    entry = pay(books.residents, 20000, 3500)

    act = Act.objects.get(name="ledger.post", subject_id=str(entry.id))

    there = Entry.objects.get(id=entry.id)
    assert act.digest == entry_digest(entry=there, lines=lines_of(entry=there))
    assert act.rows == 4


def test_two_workers_posting_the_same_event_leave_one_voucher(own_database: OwnDatabase) -> None:
    employees, *_ = ensure_books(agency=builders.agency(), on=PAY_DAY)
    together = Barrier(2)

    def worker() -> int:
        together.wait(timeout=10)
        try:
            return pay(employees, 300000).id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        first, second = (workers.submit(worker) for _ in range(2))

    assert first.result() == second.result()
    assert Entry.objects.count() == 1
