"""A year is carried over when its months are closed, by two persons, and takes nothing more."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.cases.canonical import digest_of
from payments.ledger.balances import trial_balance
from payments.ledger.books import ensure_books
from payments.ledger.close import MonthBlocked, SamePerson, close_month, in_the_way, preview
from payments.ledger.invariants import broken_promises
from payments.ledger.models import Entry, LedgerMonth, MonthBalance, Posting
from payments.ledger.months import MonthClosed, lock_open, open_day
from payments.ledger.periods import named
from payments.ledger.post import entry_digest, lines_of
from payments.ledger.recorded import contents
from payments.ledger.reverse import NotReversible, reverse
from payments.ledger.rules import Carry, carried, carries
from payments.ledger.year_end import (
    MonthsOpen,
    NothingToCarry,
    YearNotOver,
    not_carried,
    prepare,
)
from tests import builders
from tests.conftest import OwnDatabase
from tests.payments.ledger.conftest import DECEMBER, Books, carry_over, close, pay

YEAR_END = date(2026, 12, 31)
JANUARY = date(2027, 1, 1)
IN_DECEMBER, IN_JANUARY = date(2026, 12, 10), date(2027, 1, 8)
PREPARED_BY = 7


def lived(books: Books) -> None:
    """A December with income, expense and money; closed."""
    pay(books.residents, 900_00, rule="collection.matched", on=IN_DECEMBER, source_id="in")
    pay(books.residents, 200_00, 35_00, on=IN_DECEMBER, source_id="out")
    close(books.residents, DECEMBER)


def prepared(books: Books, *, today: date = IN_JANUARY, by: int = PREPARED_BY) -> LedgerMonth:
    return prepare(book=books.residents, year=2026, today=today, prepared_by=by)


def closings(books: Books, month: date) -> dict[str, int]:
    frozen = MonthBalance.objects.filter(ledger_month__book=books.residents)
    rows = frozen.filter(ledger_month__month=month).exclude(closing_fen=0)
    return dict(rows.values_list("account__code", "closing_fen"))


def test_income_and_expense_go_into_the_fund_balance(books: Books) -> None:
    lived(books)

    carry_over(books.residents)

    assert closings(books, YEAR_END) == {"1004": -235_00, "1005": 900_00, "3001": -665_00}


def test_the_new_year_opens_with_what_the_old_one_left(books: Books) -> None:
    lived(books)
    carry_over(books.residents)
    pay(books.residents, 10_00, on=IN_JANUARY, source_id="new")

    opening = {
        row.code: row.opening_fen
        for row in trial_balance(book_id=books.residents.pk, month=JANUARY)
        if row.opening_fen
    }

    assert opening == {"1004": -235_00, "1005": 900_00, "3001": -665_00}
    close(books.residents, JANUARY)
    assert broken_promises() == []


def test_the_vouchers_stand_in_a_period_of_their_own(books: Books) -> None:
    lived(books)

    row = prepared(books)

    entries = Entry.objects.filter(month=row.month).order_by("voucher_no")
    assert named(row.month) == "2026 年度结转"
    assert [(e.voucher_no, e.rule, e.business_date, e.posted_by) for e in entries] == [
        (1, "year_end.income", YEAR_END, PREPARED_BY),
        (2, "year_end.expense", YEAR_END, PREPARED_BY),
    ]


def test_what_was_signed_of_its_vouchers_is_what_stands_there(books: Books) -> None:
    lived(books)
    prepared(books)

    entries = {str(entry.pk): entry for entry in Entry.objects.all()}
    stored = contents(entry_ids=entries)

    for number, entry in entries.items():
        assert digest_of(stored[number]) == entry_digest(entry=entry, lines=lines_of(entry=entry))
    assert "2026-12-31" in {said["month"] for said in stored.values()}


def test_prepared_again_it_is_the_same(books: Books) -> None:
    lived(books)
    row = prepared(books)

    assert prepared(books, by=8) == row
    assert Entry.objects.filter(month=row.month).count() == 2


def test_an_open_month_stops_it(books: Books) -> None:
    pay(books.residents, 200_00, on=IN_DECEMBER)

    with pytest.raises(MonthsOpen, match="2026-12"):
        prepared(books)


def test_a_year_that_is_not_over_is_not_carried_over(books: Books) -> None:
    pay(books.residents, 200_00)
    close(books.residents)

    with pytest.raises(YearNotOver):
        prepared(books, today=YEAR_END)
    assert prepared(books, today=JANUARY).month == YEAR_END


def test_a_year_without_income_or_expense_has_nothing_to_carry(books: Books) -> None:
    pay(books.residents, 200_00, rule="funding.arrived", on=IN_DECEMBER)
    close(books.residents, DECEMBER)

    with pytest.raises(NothingToCarry):
        prepared(books)
    assert not LedgerMonth.objects.filter(month=YEAR_END).exists()


def test_who_prepared_it_does_not_close_it(books: Books) -> None:
    lived(books)
    approver = builders.member(role="APPROVER", at=books.residents.agency)
    row = prepared(books, by=approver.staff.person_id)

    with pytest.raises(SamePerson):
        close_month(
            book_id=row.book_id,
            month=row.month,
            digest=preview(book_id=row.book_id, month=row.month).digest,
            blockers=(),
            key=approver.key,
            now=builders.NOW,
        )


def test_january_does_not_close_before_the_year_is_carried_over(books: Books) -> None:
    lived(books)
    pay(books.residents, 10_00, on=IN_JANUARY, source_id="new")

    assert in_the_way(book=books.residents, month=JANUARY, blockers=()) == [
        "城乡居民基本养老保险基金 以前年度的收支尚未年度结转"
    ]
    with pytest.raises(MonthBlocked, match="年度结转"):
        close(books.residents, JANUARY)
    assert [book.pk for book in not_carried(year=2026)] == [books.residents.pk]

    carry_over(books.residents)

    assert close(books.residents, JANUARY) > 0
    assert not_carried(year=2026) == []


def test_nothing_is_posted_into_a_year_whose_end_is_there(books: Books) -> None:
    pay(books.residents, 200_00)
    close(books.residents)
    prepared(books)  # nothing was posted in December

    with pytest.raises(MonthClosed):
        pay(books.residents, 1, on=IN_DECEMBER, source_id="late")
    with pytest.raises(MonthClosed):
        lock_open(book=books.residents, month=DECEMBER)
    assert open_day(book_id=books.residents.pk, day=IN_DECEMBER) == JANUARY


def test_a_mistake_of_a_closed_year_is_taken_back_in_an_open_month(books: Books) -> None:
    lived(books)
    carry_over(books.residents)
    wrong = Entry.objects.get(source_id="out")

    with pytest.raises(MonthClosed):
        reverse(entry_id=wrong.pk, business_date=IN_DECEMBER, reason="多付", reversed_by=7)
    red = reverse(entry_id=wrong.pk, business_date=IN_JANUARY, reason="多付", reversed_by=7)

    assert (red.month, red.red) == (JANUARY, True)
    close(books.residents, JANUARY)
    assert broken_promises() == []


def test_what_carried_a_year_over_is_not_taken_back(books: Books) -> None:
    lived(books)
    prepared(books)

    for entry in Entry.objects.filter(month=YEAR_END):
        with pytest.raises(NotReversible, match="结转"):
            reverse(entry_id=entry.pk, business_date=IN_JANUARY, reason="演示", reversed_by=7)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            """INSERT INTO ledger_entry (book_id, month, voucher_no, rule, source, source_id,
                summary, attachments, red, lines, business_date, posted_by)
            VALUES (%s, '2026-12-31', 0, 'x', 'sql', '1', '', 0, false, 2, '2026-12-31', 7)""",
            "takes what somebody carries over",
        ),
        (
            """INSERT INTO ledger_entry (book_id, month, voucher_no, rule, source, source_id,
                summary, attachments, red, lines, business_date, posted_by)
            VALUES (%s, '2027-01-01', 0, 'x', 'ledger.year_end', '1', '', 0, false, 2,
                '2027-01-08', 7)""",
            "takes what somebody carries over",
        ),
        (
            """INSERT INTO ledger_ledgermonth (book_id, month, last_voucher)
            VALUES (%s, '2026-08-01', 0)""",
            "opens empty",
        ),
    ],
)
def test_plain_sql_does_not_go_around_the_end_of_a_year(
    books: Books, statement: str, why: str
) -> None:
    pay(books.residents, 200_00)
    close(books.residents)
    prepared(books)
    pay(books.residents, 10_00, on=IN_JANUARY, source_id="new")

    with (
        pytest.raises(DatabaseError, match=why),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [books.residents.pk])


def test_the_end_of_a_year_does_not_come_before_its_months_by_sql(books: Books) -> None:
    pay(books.residents, 200_00)

    with (
        pytest.raises(DatabaseError, match="ends when its months are closed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO ledger_ledgermonth (book_id, month, last_voucher) "
            "VALUES (%s, '2026-12-31', 0)",
            [books.residents.pk],
        )


def test_every_year_end_rule_reaches_an_account_of_each_book(books: Books) -> None:
    for book in (books.employees, books.residents):
        codes = set(book.account_set.values_list("code", flat=True))
        assert {carry.into for carry in carries(on=YEAR_END)} <= codes


@given(st.dictionaries(st.sampled_from(["1004", "4001", "4501", "5001.01", "5601"]), st.integers()))
def test_whatever_stands_there_is_brought_to_zero_and_balances(balances: dict[str, int]) -> None:
    for prefix in ("4", "5"):
        carry = Carry("演示", "演示", prefix, "3001", "demo")

        lines = carried(carry=carry, balances=balances)

        moved = {line.account: line.dr_fen - line.cr_fen for line in lines}
        assert sum(moved.values()) == 0
        assert all(line.dr_fen >= 0 and line.cr_fen >= 0 for line in lines)
        wanted = {code: -fen for code, fen in balances.items() if fen and code[0] == prefix}
        assert {code: fen for code, fen in moved.items() if code != "3001"} == wanted


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["collection.matched", "collection.refunded", "payment.sent"]),
            st.integers(1, 10**9),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_after_any_year_income_and_expense_are_zero_and_money_is_as_before(
    books: Books, events: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        for number, (rule, fen) in enumerate(events):
            pay(books.residents, fen, rule=rule, on=IN_DECEMBER, source_id=str(number))
        close(books.residents, DECEMBER)
        before = closings(books, DECEMBER)
        if any(code[0] in "45" for code in before):
            carry_over(books.residents)
            after = closings(books, YEAR_END)
            net = sum(fen for code, fen in before.items() if code[0] in "345")
            money = {code: fen for code, fen in before.items() if code[0] in "12"}
            assert after == money | ({"3001": net} if net else {})
        assert broken_promises() == []
        assert Posting.objects.exists()
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("promise", "table", "tampering"),
    [
        (
            "以前年度的收支已结转",
            "posting",
            """UPDATE ledger_posting p SET dr_fen = dr_fen * 2, cr_fen = cr_fen * 2
            FROM ledger_entry e WHERE e.id = p.entry_id AND e.rule = 'year_end.expense'""",
        ),
        (
            "年度结转只有结转凭证，由两人办理",
            "ledgermonth",
            "UPDATE ledger_ledgermonth SET closed_by = 7 WHERE month = '2026-12-31'",
        ),
        (
            "按月依次结账",
            "ledgermonth",
            """INSERT INTO ledger_ledgermonth (book_id, month, last_voucher)
            SELECT book_id, '2026-08-01', 0 FROM ledger_ledgermonth WHERE month = '2026-12-31'""",
        ),
    ],
)
def test_an_owner_who_tampers_with_the_end_of_a_year_is_found(
    own_database: OwnDatabase, promise: str, table: str, tampering: str
) -> None:
    with transaction.atomic():
        employees, residents, _ = ensure_books(agency=builders.agency(), on=IN_DECEMBER)
        lived(Books(employees, residents))
        row = prepared(Books(employees, residents))
        close(residents, row.month)
    assert broken_promises() == []

    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER USER")
        cursor.execute(tampering)

    assert promise in {broken.promise for broken in broken_promises()}
