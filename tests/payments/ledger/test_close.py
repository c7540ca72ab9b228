"""A month is closed once, in order, signed, and stays as it is."""

from collections.abc import Sequence
from datetime import date

import pytest
from django.db import IntegrityError, connection

from backend.access.roles import RoleMissing
from backend.audit.models import Act
from backend.cases import approvals
from payments.ledger import close as closing
from payments.ledger.close import BalancesChanged, MonthBlocked, close_month, preview
from payments.ledger.models import LedgerMonth, MonthBalance
from payments.ledger.months import MonthNotThere, last_closed, open_day
from tests import builders
from tests.payments.ledger.conftest import DECEMBER, NOVEMBER, PAY_DAY, Books, close, pay


def test_closing_freezes_the_balance_of_every_account(books: Books) -> None:
    pay(books.residents, 20000, 3500)

    rows = close(books.residents)

    frozen = MonthBalance.objects.filter(ledger_month__book=books.residents)
    assert rows == frozen.count() + 1
    assert dict(frozen.exclude(closing_fen=0).values_list("account__code", "closing_fen")) == {
        "1004": -23500,
        "5001.01": 20000,
        "5001.02": 3500,
    }


def test_a_month_opens_with_the_balance_at_which_the_last_one_closed(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)
    pay(books.residents, 500, on=DECEMBER, source_id="2")
    close(books.residents, DECEMBER)

    december = MonthBalance.objects.get(ledger_month__month=DECEMBER, account__code="5001.01")

    assert (december.opening_fen, december.dr_fen, december.closing_fen) == (20000, 500, 20500)


def test_a_month_without_vouchers_in_between_carries_the_balance_on(books: Books) -> None:
    pay(books.residents, 20000, on=date(2026, 9, 10))
    close(books.residents, date(2026, 9, 1))
    pay(books.residents, 500, source_id="2")
    close(books.residents)

    row = MonthBalance.objects.get(ledger_month__month=NOVEMBER, account__code="5001.01")

    assert row.opening_fen == 20000


def test_the_other_book_stays_open(books: Books) -> None:
    pay(books.residents, 20000)
    pay(books.employees, 300000)

    close(books.residents)

    assert LedgerMonth.objects.get(book=books.employees).closed_at is None


def test_closing_is_signed_by_an_approver_over_the_balances(books: Books) -> None:
    pay(books.residents, 20000)
    shown = preview(book_id=books.residents.id, month=NOVEMBER)

    close(books.residents)

    signed = approvals.verified(
        subject_kind=closing.SUBJECT, subject_id=shown.month_id, digest=shown.digest
    )
    row = LedgerMonth.objects.get(id=shown.month_id)
    assert signed["CLOSE"].person_id == row.closed_by


def test_nobody_but_an_approver_closes(books: Books) -> None:
    pay(books.residents, 20000)

    with pytest.raises(RoleMissing):
        close_month(
            book_id=books.residents.id,
            month=NOVEMBER,
            digest=preview(book_id=books.residents.id, month=NOVEMBER).digest,
            blockers=(),
            key=builders.member(role="FINANCE").key,
            now=builders.NOW,
        )

    assert not MonthBalance.objects.exists()


def test_what_was_posted_since_the_preview_stops_the_close(books: Books) -> None:
    pay(books.residents, 20000)
    shown = preview(book_id=books.residents.id, month=NOVEMBER).digest
    pay(books.residents, 1, source_id="2")

    with pytest.raises(BalancesChanged):
        close_month(
            book_id=books.residents.id,
            month=NOVEMBER,
            digest=shown,
            blockers=(),
            key=builders.member(role="APPROVER").key,
            now=builders.NOW,
        )


def test_an_open_earlier_month_stops_the_close(books: Books) -> None:
    pay(books.residents, 20000)
    pay(books.residents, 500, on=DECEMBER, source_id="2")

    with pytest.raises(MonthBlocked, match="更早的月份"):
        close(books.residents, DECEMBER)


def test_what_a_blocker_says_stops_the_close_and_is_read_out(books: Books) -> None:
    pay(books.residents, 20000)

    def discrepancies(*, book_id: int, month: date) -> Sequence[str]:
        return [f"账套 {book_id} {month} 有 2 笔对账差异未处理"]

    with pytest.raises(MonthBlocked, match="2 笔对账差异未处理"):
        close(books.residents, blockers=(discrepancies,))


def test_a_month_without_books_is_not_closed(books: Books) -> None:
    with pytest.raises(MonthNotThere):
        preview(book_id=books.residents.id, month=NOVEMBER)


def test_closing_again_writes_nothing(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    assert close(books.residents) == 0
    assert Act.objects.filter(name="ledger.close_month").count() == 1


def test_the_next_open_day_follows_the_last_closed_month(books: Books) -> None:
    assert open_day(book_id=books.residents.id, day=PAY_DAY) == PAY_DAY

    pay(books.residents, 20000)
    close(books.residents)

    assert last_closed(book_id=books.residents.id) == NOVEMBER
    assert open_day(book_id=books.residents.id, day=PAY_DAY) == DECEMBER
    assert open_day(book_id=books.residents.id, day=date(2026, 12, 9)) == date(2026, 12, 9)


def test_december_is_followed_by_january(books: Books) -> None:
    pay(books.residents, 20000, on=DECEMBER)
    close(books.residents, DECEMBER)

    assert open_day(book_id=books.residents.id, day=PAY_DAY) == date(2027, 1, 1)


def test_balances_made_up_beforehand_do_not_get_into_a_closed_month(books: Books) -> None:
    entry = pay(books.residents, 20000)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_monthbalance (ledger_month_id, account_id, opening_fen, "
            "dr_fen, cr_fen, closing_fen) SELECT m.id, a.id, 1, 0, 0, 1 "
            "FROM ledger_ledgermonth m JOIN ledger_account a USING (book_id) "
            "WHERE m.book_id = %s",
            [entry.book_id],
        )

    with pytest.raises(IntegrityError, match="ledger_balance_once"):
        close(books.residents)
