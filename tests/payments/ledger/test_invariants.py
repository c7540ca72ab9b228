"""The proof of the books: silent when all is well, and it finds what an owner tampered with."""

from contextlib import suppress

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.ledger import rules
from payments.ledger.balances import trial_balance
from payments.ledger.books import ensure_books
from payments.ledger.invariants import broken_promises, promises
from payments.ledger.models import Account
from payments.ledger.post import MoneyNotHeld, post
from payments.ledger.reverse import reverse
from tests import builders
from tests.conftest import OwnDatabase
from tests.payments.ledger.conftest import DECEMBER, NOVEMBER, PAY_DAY, Books, close, pay

RULES = sorted(rule.code for rule in rules.posting_rules(on=PAY_DAY))
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(RULES),
        st.booleans(),
        st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)),
        st.sampled_from((PAY_DAY, DECEMBER)),
    ),
    max_size=8,
)

# What breaks, on which table the triggers are switched off, and how.
TAMPERINGS = (
    ("借贷相等，分录齐全", "posting", "UPDATE ledger_posting SET dr_fen = 1 WHERE dr_fen > 0"),
    ("借贷相等，分录齐全", "posting", "DELETE FROM ledger_posting"),
    (
        "分录不跨账套（专款专用）",
        "posting",
        """UPDATE ledger_posting p SET account_id = o.id FROM ledger_account a, ledger_account o
        WHERE a.id = p.account_id AND o.code = a.code AND o.book_id <> a.book_id""",
    ),
    ("红字凭证只有负数，其他凭证没有负数", "entry", "UPDATE ledger_entry SET red = NOT red"),
    ("凭证号连续无断号", "entry", "UPDATE ledger_entry SET voucher_no = voucher_no + 10"),
    ("凭证号连续无断号", "ledgermonth", "UPDATE ledger_ledgermonth SET last_voucher = 8"),
    (
        "按月依次结账",
        "ledgermonth",
        """UPDATE ledger_ledgermonth SET closed_at = NULL, closed_by = NULL
        WHERE month = '2026-11-01';
        UPDATE ledger_ledgermonth SET closed_at = now(), closed_by = 1
        WHERE month = '2026-12-01'""",
    ),
    (
        "月末余额等于凭证重算",
        "monthbalance",
        "UPDATE ledger_monthbalance SET dr_fen = dr_fen + 1, cr_fen = cr_fen + 1",
    ),
    ("月末余额等于凭证重算", "monthbalance", "DELETE FROM ledger_monthbalance"),
    (
        "冲销凭证与原凭证相抵",
        "entry",
        """UPDATE ledger_entry SET reverses_id = (SELECT min(id) FROM ledger_entry)
        WHERE rule = 'payment.returned.red'""",
    ),
    (
        "备查簿销记不超过登记",
        "memoentry",
        """INSERT INTO ledger_memoentry (book_id, kind, party_id, source, source_id, fen)
        SELECT 1, 'OVERPAID', min(id), 'sql', '1', -1 FROM people_party""",
    ),
    ("凭证与审计记录一致", "entry", "UPDATE ledger_entry SET summary = '演示'"),
    (
        "结账后无变动，签名有效",
        "ledgermonth",
        "UPDATE ledger_ledgermonth SET closed_by = closed_by + 1 WHERE closed_by IS NOT NULL",
    ),
    (
        "会计报表平衡：资产=负债+结余，收支结余=结余变动",
        "posting",
        """UPDATE ledger_posting p SET account_id = o.id FROM ledger_account a, ledger_account o
        WHERE a.id = p.account_id AND a.code = '5001.01' AND o.code = '3001'
            AND o.book_id = a.book_id""",
    ),
    (
        "以前年度的收支已结转",
        "entry",
        """ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_month_of_business_date;
        UPDATE ledger_entry SET month = '2025-11-01' WHERE month = '2026-11-01'""",
    ),
    (
        "年度结转只有结转凭证，由两人办理",
        "entry",
        "UPDATE ledger_entry SET source = 'ledger.year_end' WHERE month = '2026-11-01'",
    ),
    (
        "结账后无变动，签名有效",
        "posting",
        "UPDATE ledger_posting SET dr_fen = dr_fen * 2, cr_fen = cr_fen * 2",
    ),
)


def busy(books: Books) -> None:
    """Two months of work: payments, a return, a reversal, a closed month."""
    first = pay(books.residents, 20000, 3500)
    pay(books.residents, 5000, rule="payment.returned.red")
    pay(books.employees, 300000)
    reverse(entry_id=first.id, business_date=PAY_DAY, reason="演示", reversed_by=7)
    close(books.residents)
    pay(books.residents, 500, on=DECEMBER, source_id="2")


def test_after_honest_work_no_promise_is_broken(books: Books) -> None:
    busy(books)

    assert broken_promises() == []


def test_whatever_can_break_stands_among_the_promises() -> None:
    assert {promise for promise, *_ in TAMPERINGS} <= set(promises())


def test_an_account_added_to_the_chart_after_a_close_breaks_nothing(books: Books) -> None:
    busy(books)

    Account.objects.create(
        book=books.residents, code="5601.01", name="演示", side="DR", standing="demo"
    )

    assert broken_promises() == []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
def test_any_sequence_of_events_leaves_balanced_books(
    books: Books, events: list[tuple[str, bool, tuple[int, int], object]]
) -> None:
    with transaction.atomic():
        for number, (rule, residents, parts, on) in enumerate(events):
            of_residents = residents or "collective" in rule  # 4102 is theirs alone
            book = books.residents if of_residents else books.employees
            with suppress(MoneyNotHeld):
                post(
                    rule=rule,
                    book_id=book.id,
                    business_date=on,  # type: ignore[arg-type]
                    source="test",
                    source_id=str(number),
                    items=parts if of_residents else parts[:1],
                    summary="演示",
                )
        for book in (books.residents, books.employees):
            rows = trial_balance(book_id=book.id, month=DECEMBER)
            assert sum(row.closing_fen for row in rows) == 0
        assert broken_promises() == []
        transaction.set_rollback(True)


@pytest.mark.parametrize(("promise", "table", "tampering"), TAMPERINGS)
def test_what_an_owner_tampers_with_is_found(
    own_database: OwnDatabase, promise: str, table: str, tampering: str
) -> None:
    with transaction.atomic():
        employees, residents, _ = ensure_books(agency=builders.agency(), on=PAY_DAY)
        pay(residents, 20000)
        pay(residents, 5000, rule="payment.returned.red")
        close(residents, NOVEMBER)
        pay(residents, 500, on=DECEMBER, source_id="2")
        pay(employees, 300000, on=DECEMBER)
    assert broken_promises() == []

    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER USER")
        cursor.execute(tampering)

    assert promise in {row.promise for row in broken_promises()}
