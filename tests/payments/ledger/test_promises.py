"""What plain SQL as the application role cannot do to the ledger (INV-01, INV-05)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from payments.ledger.models import Account, Book, Entry, LedgerMonth
from tests import builders
from tests.payments.ledger.conftest import NOVEMBER, PAY_DAY, Books, close, pay

ENTRY = """INSERT INTO ledger_entry (book_id, month, voucher_no, rule, source, source_id, summary,
    attachments, red, lines, reverses_id, business_date)
VALUES (%s, '2026-11-01', 0, 'x', 'sql', %s, '', 0, %s, %s, %s, '2026-11-10') RETURNING id"""
POSTING = "INSERT INTO ledger_posting (entry_id, account_id, dr_fen, cr_fen) VALUES "


@contextmanager
def refused(by: str = "") -> Iterator[None]:
    """The statements within are refused, at the latest when constraints are checked at commit."""
    with pytest.raises(DatabaseError, match=by), _checked_at_its_end():
        yield


@contextmanager
def _checked_at_its_end() -> Iterator[None]:
    with transaction.atomic():
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE")


def run(sql: str, *values: object) -> int:
    """Run a statement; the first column of its first row, or 0."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))  # type: ignore[arg-type]
        return int(cursor.fetchone()[0]) if cursor.description else 0


def insert(book: Book, *lines: tuple[str, int, int], red: bool = False, count: int = 0) -> int:
    """Write a voucher by SQL; ``lines`` are (account, debit, credit)."""
    entry = run(ENTRY, book.id, "1", red, count or len(lines), None)
    add(entry, book, *lines)
    return entry


def add(entry: int, book: Book, *lines: tuple[str, int, int]) -> None:
    for code, dr, cr in lines:
        values = [entry, Account.objects.get(book=book, code=code).id, dr, cr]
        run(POSTING + "(%s, %s, %s, %s)", *values)


def insert_at_once(book: Book, *lines: tuple[str, int, int], red: bool = False) -> None:
    entry = run(ENTRY, book.id, "1", red, len(lines), None)
    values: list[int] = []
    for code, dr, cr in lines:
        values += [entry, Account.objects.get(book=book, code=code).id, dr, cr]
    run(POSTING + ", ".join(["(%s, %s, %s, %s)"] * len(lines)), *values)


@pytest.mark.parametrize(
    "table", ["book", "account", "entry", "posting", "monthbalance", "memoentry"]
)
@pytest.mark.parametrize("act", ["UPDATE ledger_{} SET id = id", "DELETE FROM ledger_{}"])
def test_rows_of_the_ledger_only_grow(books: Books, table: str, act: str) -> None:
    pay(books.residents, 20000)

    with refused("permission denied"):
        run(act.format(table))


def test_a_month_is_not_deleted(books: Books) -> None:
    pay(books.residents, 20000)

    with refused("permission denied"):
        run("DELETE FROM ledger_ledgermonth")


def test_even_the_owner_does_not_change_a_posting(books: Books) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid = ANY(%s)",
            [_oids("ledger_entry", "ledger_posting", "ledger_monthbalance", "ledger_memoentry")],
        )
        (triggers,) = cursor.fetchone()

    assert triggers == 4


def test_a_balanced_voucher_by_sql_is_possible(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    insert_at_once(books.residents, ("1004", 5, 0), ("1003", 0, 5))

    run("SET CONSTRAINTS ALL IMMEDIATE")
    assert Entry.objects.get().voucher_no == 1


def test_an_unbalanced_voucher_is_refused(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    with refused("do not balance"):
        insert_at_once(books.residents, ("1004", 5, 0), ("1003", 0, 4))


def test_a_voucher_without_lines_is_refused(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    with refused("has not its 2 postings"):
        insert(books.residents, count=2)


def test_a_line_with_both_sides_is_refused(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    with refused("ledger_posting_one_side"):
        insert_at_once(books.residents, ("1004", 5, 5), ("1003", 5, 5))


def test_a_negative_line_needs_a_red_voucher(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    with refused("do not balance"):
        insert_at_once(books.residents, ("1004", -5, 0), ("1003", 0, -5))


def test_a_red_voucher_has_no_positive_line(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    with refused("do not balance"):
        insert_at_once(books.residents, ("1004", 5, 0), ("1003", 0, 5), red=True)


def test_no_posting_crosses_funds(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)
    own = Account.objects.get(book=books.residents, code="1004").id
    foreign = Account.objects.get(book=books.employees, code="1003").id

    with refused("cross books"):
        entry = run(ENTRY, books.residents.id, "1", False, 2, None)
        run(POSTING + "(%s, %s, 5, 0), (%s, %s, 0, 5)", entry, own, entry, foreign)


def test_an_old_voucher_takes_no_more_lines(books: Books) -> None:
    entry = pay(books.residents, 20000)
    own = Account.objects.get(book=books.residents, code="1004").id

    with refused("change it"):
        run(POSTING + "(%s, %s, 5, 0), (%s, %s, 0, 5)", entry.id, own, entry.id, own)


def test_a_voucher_needs_an_open_month(books: Books) -> None:
    with refused("is not open"):
        insert(books.residents, count=2)


def test_a_closed_month_takes_no_voucher_by_sql(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    with refused("is not open"):
        insert(books.residents, count=2)


def test_a_closed_month_is_not_opened_again(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    with refused("stays closed"):
        run("UPDATE ledger_ledgermonth SET closed_at = NULL, closed_by = NULL")


def test_a_closed_month_is_not_closed_by_somebody_else(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    with refused("stays closed"):
        run("UPDATE ledger_ledgermonth SET closed_by = 1")


def test_a_month_before_a_closed_one_is_not_opened_by_sql(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)

    with refused("opens empty"):
        LedgerMonth.objects.create(book=books.residents, month=date(2026, 10, 1))


def test_a_month_does_not_open_closed(books: Books) -> None:
    with refused("opens empty"):
        LedgerMonth.objects.create(
            book=books.residents, month=NOVEMBER, closed_at=builders.NOW, closed_by=1
        )


def test_a_month_starts_on_its_first_day(books: Books) -> None:
    with refused("ledger_month_first_day"):
        LedgerMonth.objects.create(book=books.residents, month=PAY_DAY)


def test_a_month_does_not_close_without_a_signature(books: Books) -> None:
    pay(books.residents, 20000)

    with refused("is not signed"):
        run("UPDATE ledger_ledgermonth SET closed_at = now(), closed_by = 1")


def test_a_voucher_number_is_not_skipped(books: Books) -> None:
    pay(books.residents, 20000)

    with refused("is not there"):
        run("UPDATE ledger_ledgermonth SET last_voucher = last_voucher + 1")


def test_a_voucher_number_does_not_go_back(books: Books) -> None:
    pay(books.residents, 20000)

    with refused("one by one"):
        run("UPDATE ledger_ledgermonth SET last_voucher = 0")


def test_a_voucher_stands_in_the_month_of_its_business_date(books: Books) -> None:
    LedgerMonth.objects.create(book=books.residents, month=NOVEMBER)

    with refused("ledger_entry_month_of_business_date"):
        run(ENTRY.replace("'2026-11-10'", "'2026-12-10'"), books.residents.id, "1", False, 2, None)


def test_a_closed_month_takes_no_balances(books: Books) -> None:
    pay(books.residents, 20000)
    close(books.residents)
    account = Account.objects.create(
        book=books.residents, code="9999", name="演示", side="DR", standing="demo"
    )

    with refused("takes no balances"):
        run(
            "INSERT INTO ledger_monthbalance (ledger_month_id, account_id, opening_fen, dr_fen, "
            "cr_fen, closing_fen) SELECT id, %s, 0, 0, 0, 0 FROM ledger_ledgermonth",
            account.id,
        )


def test_a_reversal_that_is_no_mirror_is_refused(books: Books) -> None:
    entry = pay(books.residents, 20000)

    with refused("is not the mirror"):
        red = run(ENTRY, books.residents.id, "1", True, 2, entry.id)
        one, two = (
            Account.objects.get(book=books.residents, code=code).id for code in ("5001.01", "1004")
        )
        run(POSTING + "(%s, %s, -19999, 0), (%s, %s, 0, -19999)", red, one, red, two)


def test_more_is_not_settled_than_is_owed(books: Books) -> None:
    person = builders.wang().pk
    memo = (
        "INSERT INTO ledger_memoentry (book_id, kind, party_id, source, source_id, fen) "
        "VALUES (%s, 'OVERPAID', %s, 'sql', %s, %s)"
    )
    run(memo, books.residents.id, person, "1", 100)

    with refused("more is settled"):
        run(memo, books.residents.id, person, "2", -101)


def test_what_is_found_not_to_be_owed_is_no_settlement(books: Books) -> None:
    """It may have been settled meanwhile: then more came back than was owed."""
    person = builders.wang().pk
    memo = (
        "INSERT INTO ledger_memoentry (book_id, kind, party_id, source, source_id, fen, "
        "beyond_zero) VALUES (%s, 'OVERPAID', %s, 'sql', %s, %s, %s)"
    )
    run(memo, books.residents.id, person, "1", 100, False)
    run(memo, books.residents.id, person, "2", -100, False)

    run(memo, books.residents.id, person, "3", -100, True)

    with refused("more is settled"):
        run(memo, books.residents.id, person, "4", -1, False)


def _oids(*tables: str) -> list[int]:
    return [run("SELECT %s::regclass::oid::bigint", table) for table in tables]
