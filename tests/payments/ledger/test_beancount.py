"""A second program, beancount, reckons the exported books again and finds what is wrong."""

import io
import re
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.audit.models import Act
from backend.kernel.months import Month
from payments.ledger import rules
from payments.ledger.beancount import account_name
from payments.ledger.books import BookUnknown
from payments.ledger.journal import MonthsReversed, export_journal
from payments.ledger.models import Book
from payments.ledger.post import MoneyNotHeld
from payments.ledger.reverse import reverse
from tests.payments.ledger.beancount_sample import SAMPLE, sample
from tests.payments.ledger.conftest import DECEMBER, PAY_DAY, Books, carry_over, close, pay

NOV, DEC = Month(2026, 11), Month(2026, 12)
IN_DECEMBER = date(2026, 12, 10)
CHECK = Path(sys.executable).with_name("bean-check")
ONE_AMOUNT = re.compile(r"^(  Assets:1004  -?\d+\.\d)(\d)( CNY)$", re.MULTILINE)


def lived(books: Books) -> None:
    """Two months: income, a payment, a return in red, a reversal; the year carried over."""
    pay(books.residents, 900_00, rule="collection.matched", source_id="in")
    wrong = pay(books.residents, 200_00, 35_01, source_id="out")
    pay(books.residents, 5_00, rule="payment.returned.red", source_id="back")
    reverse(entry_id=wrong.pk, business_date=PAY_DAY, reason='"错付"\\演示', reversed_by=7)
    close(books.residents)
    pay(books.residents, 100_00, on=IN_DECEMBER, source_id="later")
    close(books.residents, DECEMBER)
    carry_over(books.residents)


def exported(book: Book, first: Month = NOV, last: Month = DEC) -> str:
    to = io.StringIO()
    export_journal(book_id=book.pk, first=first, last=last, to=to)
    return to.getvalue()


def bean_check(text: str, folder: Path) -> tuple[int, str]:
    """What the program says of a journal: exit code and errors."""
    file = folder / "ledger.beancount"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [str(CHECK), "--no-cache", str(file)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_bean_check_agrees_with_a_year_of_a_book(books: Books, tmp_path: Path) -> None:
    lived(books)

    assert bean_check(exported(books.residents), tmp_path) == (0, "")


def test_the_sample_is_what_is_written_and_bean_check_agrees(tmp_path: Path) -> None:
    assert SAMPLE.read_text(encoding="utf-8") == sample()
    assert bean_check(sample(), tmp_path) == (0, "")


def test_a_later_month_opens_with_what_stood_there(books: Books, tmp_path: Path) -> None:
    lived(books)

    text = exported(books.residents, DEC, DEC)

    assert "期初余额" in text
    assert bean_check(text, tmp_path) == (0, "")


def test_a_book_without_vouchers_is_a_journal_of_zeroes(books: Books, tmp_path: Path) -> None:
    assert bean_check(exported(books.employees), tmp_path) == (0, "")


def test_a_fen_too_many_in_a_voucher_is_found(books: Books, tmp_path: Path) -> None:
    lived(books)
    found = ONE_AMOUNT.search(text := exported(books.residents))
    assert found is not None
    other = f"{found[1]}{(int(found[2]) + 1) % 10}{found[3]}"

    code, errors = bean_check(text.replace(found[0], other, 1), tmp_path)

    assert code == 1
    assert "does not balance" in errors


def test_a_fen_too_many_in_a_balance_is_found(books: Books, tmp_path: Path) -> None:
    lived(books)
    text = exported(books.residents)
    told = "2027-01-01 balance Assets:1005 900.00"
    assert told in text

    code, errors = bean_check(text.replace(told, told[:-1] + "1"), tmp_path)

    assert code == 1
    assert "Balance failed" in errors


def test_the_chinese_words_are_kept(books: Books) -> None:
    lived(books)

    text = exported(books.residents)

    assert 'title: "支出户存款"' in text
    assert '"2026-11 第 2 号" "发放待遇 演示批次"' in text
    assert '冲销2026-11 第 2 号凭证：\\"错付\\"\\\\演示' in text
    assert '"2026 年度结转 第 1 号"' in text


def test_a_reversal_is_linked_to_what_it_takes_back(books: Books) -> None:
    lived(books)

    assert "^20261101-4 ^20261101-2 #red" in exported(books.residents)


def test_accounts_are_named_by_rule() -> None:
    named = {code: account_name(code) for code in ("1004", "2001", "3001", "4501", "5001.01")}

    assert list(named.values()) == [
        "Assets:1004",
        "Liabilities:2001",
        "Equity:3001",
        "Income:4501",
        "Expenses:5001-01",
    ]
    for scheme in ("110", "170", "210", "310", "390"):
        codes = [one.code for one in rules.chart(scheme=scheme, on=PAY_DAY)]
        assert len({account_name(code) for code in codes}) == len(codes)


def test_who_took_it_out_is_on_record(books: Books) -> None:
    lived(books)

    exported(books.residents)

    act = Act.objects.get(name="ledger.exported")
    assert (act.subject_id, act.details["entries"]) == (str(books.residents.pk), 7)


def test_what_is_asked_wrongly_is_refused(books: Books) -> None:
    with pytest.raises(BookUnknown):
        export_journal(book_id=987654321, first=NOV, last=DEC, to=io.StringIO())
    with pytest.raises(MonthsReversed):
        exported(books.residents, DEC, NOV)


@pytest.mark.parametrize("first", ["2026-13", "2027-01"])
def test_the_command_leaves_no_file_when_it_refuses(
    books: Books, tmp_path: Path, first: str
) -> None:
    out = tmp_path / "ledger.beancount"

    with pytest.raises(CommandError):
        call_command(
            "export_ledger",
            *("--book", str(books.residents.pk), "--from", first, "--to", "2026-12"),
            *("--out", str(out)),
        )
    assert not out.exists()


def test_the_command_writes_a_new_file_and_never_over_one(books: Books, tmp_path: Path) -> None:
    lived(books)
    out = tmp_path / "ledger.beancount"
    asked = ("export_ledger", "--book", str(books.residents.pk), "--from", "2026-11")

    call_command(*asked, "--to", "2026-12", "--out", str(out))

    assert out.read_text(encoding="utf-8") == exported(books.residents)
    with pytest.raises(CommandError, match="写不了文件"):
        call_command(*asked, "--to", "2026-12", "--out", str(out))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(sorted(rule.code for rule in rules.posting_rules(on=PAY_DAY))),
            st.integers(1, 10**11),
        ),
        max_size=6,
    )
)
def test_whatever_is_posted_bean_check_agrees(
    books: Books, tmp_path: Path, events: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        for number, (rule, fen) in enumerate(events):
            with suppress(MoneyNotHeld):
                pay(books.residents, fen, rule=rule, source_id=str(number))

        assert bean_check(exported(books.residents), tmp_path) == (0, "")
        transaction.set_rollback(True)
