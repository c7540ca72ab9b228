"""A bank's statement comes in whole, once and in order; each line stands in exactly one state."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction

from backend.audit.models import Act
from backend.city.promises import CAPABILITIES
from payments import statement_invariants
from payments.hold_statements import hold_against_books, states
from payments.ledger import fund_papers
from payments.ledger.models import Book
from payments.ledger.reverse import reverse
from payments.statement_models import LineMatch, MatchKind, StatementLine
from payments.take_statement import AccountNotOurs, StatementTooEarly
from tests.payments import payment_builders as pay
from tests.payments.ledger.conftest import Books
from tests.payments.ledger.conftest import books as books  # a fixture
from tests.payments.ledger.conftest import pay as book_entry
from tests.payments.ledger.test_fund_papers import paper
from tests.payments.statement_builders import END, Month, Moved, camt, ours, taken, text

pytestmark = pytest.mark.django_db
DEPOSIT = "1004"


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def found(book: Book) -> list[str]:
    """The states in the order of the bank."""
    known = states(book_id=book.pk, code=DEPOSIT)
    return [known[pk].value for pk in sorted(known)]


def funded(books: Books, amount: str = "50000.00", document: str = "拨款单 演示1号") -> None:
    """The fiscal account's money arrives, as a decided paper."""
    fund_papers.decide(
        paper(books, paper="FUNDING_ARRIVED", amount=amount, document=document, day="2026-11-03")
    )


def test_a_statement_is_taken_in_once(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    content = text(Month((Moved(500), Moved(-200))))

    first, again = taken(tmp_path, content), taken(tmp_path, content, name="other.txt")

    assert first.accepted, first.detail
    assert (again.pk, again.line_count) == (first.pk, 2)
    assert StatementLine.objects.count() == 2
    assert Act.objects.filter(name="payments.statement").count() == 1


def test_what_does_not_add_up_is_kept_as_refused(books: Books, tmp_path: Path) -> None:
    ours(books.residents)

    row = taken(tmp_path, text(Month((Moved(500),), said={"closing": "6.00"})))

    assert (row.accepted, row.code, row.account) == (False, "wrong_balance", None)
    assert "期末余额" in row.detail
    assert not StatementLine.objects.exists()


def test_statements_follow_each_other_without_a_gap(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    assert taken(tmp_path, text(Month((Moved(500),)))).accepted
    december = (date(2026, 12, 1), date(2026, 12, 31))

    with pytest.raises(StatementTooEarly, match="2026-12-01"):
        taken(tmp_path, text(Month(opening=500, start=date(2026, 12, 2), end=december[1])))
    overlap = taken(tmp_path, text(Month(opening=500, start=END, end=december[1])))
    wrong = taken(tmp_path, text(Month(opening=501, start=december[0], end=december[1])))
    right = taken(tmp_path, text(Month(opening=500, start=december[0], end=december[1])))

    assert [overlap.code, wrong.code, right.code] == ["overlap", "wrong_opening", ""]


def test_an_account_of_nobody_is_not_taken_and_may_come_again(books: Books, tmp_path: Path) -> None:
    content = text(Month((Moved(500),)))

    with pytest.raises(AccountNotOurs):
        taken(tmp_path, content)
    ours(books.residents)

    assert taken(tmp_path, content).accepted


def test_lines_find_their_vouchers_by_name_or_by_amount(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    funded(books)
    book_entry(books.residents, 20_000, source_id="9")
    lines = (
        Moved(5_000_000, date(2026, 11, 3), our_ref="拨款单 演示1号"),
        Moved(-20_000),
        Moved(-450, date(2026, 11, 12), summary="手续费"),
        Moved(800, date(2026, 11, 21), summary="利息"),
    )

    assert taken(tmp_path, text(Month(lines))).accepted

    assert found(books.residents) == ["MATCHED", "MATCHED", "BANK_PAID", "BANK_RECEIVED"]
    assert sorted(LineMatch.objects.values_list("kind", flat=True)) == ["AMOUNT", "REFERENCE"]


def test_what_the_bank_took_back_itself_is_settled(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    lines = (Moved(900), Moved(-300, bank_ref="B7"), Moved(300, bank_ref="B7"))

    taken(tmp_path, text(Month(lines)))

    assert found(books.residents) == ["BANK_RECEIVED", "REVERSED", "REVERSED"]


def test_a_named_voucher_of_another_amount_is_not_settled(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    funded(books)

    taken(tmp_path, text(Month((Moved(4_999_999, our_ref="拨款单 演示1号"),))))

    assert found(books.residents) == ["AMOUNT_DIFFERS"]


def test_the_same_amount_twice_waits_for_a_name(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    book_entry(books.residents, -20_000, source_id="1")
    book_entry(books.residents, -20_000, source_id="2")

    taken(tmp_path, text(Month((Moved(20_000),))))

    assert found(books.residents) == ["BANK_RECEIVED"]


def test_what_is_booked_later_is_settled_later(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    taken(tmp_path, text(Month((Moved(5_000_000, date(2026, 11, 3)),))))
    before = found(books.residents)

    funded(books)
    hold_against_books(book_id=books.residents.pk, code=DEPOSIT)

    assert (before, found(books.residents)) == (["BANK_RECEIVED"], ["MATCHED"])
    assert hold_against_books(book_id=books.residents.pk, code=DEPOSIT) == 0


def test_a_reversed_voucher_settles_nothing_any_more(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    entry = book_entry(books.residents, -20_000, source_id="1")
    taken(tmp_path, text(Month((Moved(20_000),))))
    assert found(books.residents) == ["MATCHED"]

    reverse(entry_id=entry.pk, business_date=END, reason="记错", reversed_by=None)
    book_entry(books.residents, -20_000, source_id="2")
    undone = found(books.residents)
    hold_against_books(book_id=books.residents.pk, code=DEPOSIT)

    assert (undone, found(books.residents)) == (["BANK_RECEIVED"], ["MATCHED"])
    assert statement_invariants.broken_promises() == []


def test_a_batch_and_what_came_back_are_found_by_number(tmp_path: Path) -> None:
    batch = pay.answered(pay.PAID, pay.CLOSED_ACCOUNT)
    ours(batch.book)
    returned = pay.lines_of(batch)[1]
    lines = (
        Moved(batch.fen),
        Moved(-batch.fen, our_ref=batch.no),
        Moved(returned.fen, our_ref=f"{returned.due_ref}-{returned.n}"),
    )

    taken(tmp_path, text(Month(lines)))

    assert found(batch.book) == ["MATCHED", "MATCHED", "MATCHED"]


def test_lines_of_a_batch_that_the_bank_books_one_by_one_make_it_up(tmp_path: Path) -> None:
    batch = pay.answered(pay.PAID, pay.PAID, pay.PAID)
    ours(batch.book)
    of = [Moved(-x.fen, our_ref=f"{x.due_ref}-{x.n}") for x in pay.lines_of(batch)]
    money = Moved(batch.fen, date(2026, 11, 1))

    taken(tmp_path, text(Month([money, *of[:2]], end=date(2026, 11, 15))))
    some = Counter(found(batch.book))
    rest = Month(
        [Moved(of[2].fen, date(2026, 11, 20), our_ref=of[2].our_ref)],
        opening=-of[2].fen,
        start=date(2026, 11, 16),
    )
    taken(tmp_path, text(rest))

    assert some == {"MATCHED": 1, "AMOUNT_DIFFERS": 2}
    assert Counter(found(batch.book)) == {"MATCHED": 4}


def test_camt_comes_in_as_text_does(books: Books, tmp_path: Path) -> None:
    ours(books.residents, of="CSB")
    funded(books)

    row = taken(tmp_path, camt(Month((Moved(5_000_000, date(2026, 11, 3)),))), bank="CSB")

    assert row.accepted, row.detail
    assert found(books.residents) == ["MATCHED"]


def test_the_database_takes_no_statement_that_does_not_add_up(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    row = taken(tmp_path, text(Month((Moved(500),))))
    more = (
        "INSERT INTO payments_statementline (statement_id, seq, day, fen, balance_fen, bank_ref,"
        " our_ref, counter_account, counter_name, summary)"
        f" VALUES ({row.pk}, 2, '2026-11-20', 5, 505, '', '', '', '', '')"
    )
    forged = (
        "INSERT INTO payments_bankstatement (bank, name, size, sha256, accepted, account_id,"
        " number, start_date, end_date, opening_fen, closing_fen, line_count, code, detail,"
        " received_by)"
        f" SELECT bank, name, size, repeat('0', 64), true, account_id, '', '2026-12-01',"
        f" '2026-12-31', 500, 600, 0, '', '', 7 FROM payments_bankstatement WHERE id = {row.pk};"
        " SET CONSTRAINTS ALL IMMEDIATE"
    )
    later = forged.replace("2026-12-01", "2026-12-05").replace("500, 600", "500, 500")

    for statement in (more, forged, later):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_match_of_other_amounts_or_books_is_refused(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    entry = book_entry(books.employees, -500)
    taken(tmp_path, text(Month((Moved(500),))))
    line = StatementLine.objects.get()
    other = book_entry(books.residents, -501, source_id="2")

    for one in (entry, other):
        posting = one.posting_set.get(account__code=DEPOSIT)
        with pytest.raises(IntegrityError), transaction.atomic():
            LineMatch.objects.create(line=line, posting=posting, kind=MatchKind.AMOUNT)


def test_the_checks_see_a_file_that_is_gone(books: Books, tmp_path: Path) -> None:
    ours(books.residents)
    row = taken(tmp_path, text(Month((Moved(500),))))
    assert statement_invariants.broken_promises() == []
    assert statement_invariants in CAPABILITIES

    (tmp_path / "bank" / "NSB" / "statements" / row.sha256).unlink()

    (broken,) = statement_invariants.broken_promises()
    assert broken.promise == statement_invariants.FILES
