"""Prove what banks said and how it is held against the books (对账单与余额调节表的不变量)."""

import hashlib
from collections.abc import Iterator

from backend.cases.decided import truly_decided
from backend.kernel.months import Month
from payments.balance_signing import CHECK, MAKE, signatures
from payments.balance_table import laid_down, read_back
from payments.bank_folders import bank_folder, sha256_of
from payments.ledger.invariants import Broken, broken_by
from payments.ledger.models import LedgerMonth
from payments.statement_models import BalanceTable, BankStatement, OwnAccount, OwnAccountEnd

OWN, OWN_DECIDED = "本单位银行账户与办结的业务件一致", "登记、终止本单位银行账户的业务件签名有效"
FILES = "对账单与收到的文件一致"
TABLES = "余额调节表与其摘要一致，已结账月份的经两人签名，余额无变动"
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        OWN,
        """
        SELECT '账户 ' || o.id, concat_ws('/', o.book_id, o.code, o.bank, o.number),
            coalesce(concat_ws('/', c.content->>'book', c.content->>'code', c.content->>'bank',
                c.content->>'account_no'), '-')
        FROM payments_ownaccount o
        LEFT JOIN cases_case c ON c.id = o.case_id
            AND (c.kind, c.state) = ('OWN_ACCOUNT', 'APPROVED')
        WHERE (c.content->>'book', c.content->>'code', c.content->>'bank',
                c.content->>'account_no')
            IS DISTINCT FROM (o.book_id::text, o.code, o.bank, o.number)
        UNION ALL
        SELECT '账户终止 ' || e.account_id, e.last_day::text, coalesce(c.content->>'day', '-')
        FROM payments_ownaccountend e
        LEFT JOIN cases_case c ON c.id = e.case_id
            AND (c.kind, c.state) = ('OWN_ACCOUNT_END', 'APPROVED')
        WHERE (c.content->>'own_account', c.content->>'day')
            IS DISTINCT FROM (e.account_id::text, e.last_day::text)
        UNION ALL
        SELECT '账户终止 ' || e.account_id, '0', s.closing_fen::text
        FROM payments_ownaccountend e
        JOIN LATERAL (SELECT closing_fen FROM payments_bankstatement b
            WHERE b.account_id = e.account_id AND b.accepted
            ORDER BY b.end_date DESC LIMIT 1) s ON s.closing_fen <> 0
        """,
    ),
    (
        "对账单逐笔连续，期初加发生额等于期末",
        """
        SELECT s.id::text, concat_ws('/', s.line_count, s.closing_fen),
            concat_ws('/', count(l.id), s.opening_fen + coalesce(sum(l.fen), 0))
        FROM payments_bankstatement s LEFT JOIN payments_statementline l ON l.statement_id = s.id
        WHERE s.accepted GROUP BY s.id
        HAVING count(l.id) <> s.line_count
            OR s.opening_fen + coalesce(sum(l.fen), 0) <> s.closing_fen
            OR count(l.id) > 0 AND (min(l.seq) <> 1 OR max(l.seq) <> s.line_count)
        """,
    ),
    (
        "对账单首尾相接",
        """
        SELECT id::text, concat_ws('/', due, had), concat_ws('/', start_date, opening_fen) FROM (
            SELECT id, start_date, opening_fen, lag(end_date) OVER w + 1 AS due,
                lag(closing_fen) OVER w AS had
            FROM payments_bankstatement WHERE accepted
            WINDOW w AS (PARTITION BY account_id ORDER BY start_date)) s
        WHERE due IS NOT NULL AND (due, had) IS DISTINCT FROM (start_date, opening_fen)
        """,
    ),
    (
        "对账单的每一笔至多核对一次，金额相符",
        """
        SELECT l.id::text, l.fen::text, concat_ws('/', count(*), sum(p.dr_fen - p.cr_fen))
        FROM payments_linematch m
        JOIN payments_statementline l ON l.id IN (m.line_id, m.other_id)
        LEFT JOIN ledger_posting p ON p.id = m.posting_id
        WHERE NOT EXISTS (SELECT FROM ledger_entry r WHERE r.reverses_id = p.entry_id)
        GROUP BY l.id HAVING count(*) > 1
        UNION ALL
        SELECT 'P' || p.id, (p.dr_fen - p.cr_fen)::text, sum(l.fen)::text
        FROM payments_linematch m
        JOIN payments_statementline l ON l.id = m.line_id
        JOIN ledger_posting p ON p.id = m.posting_id
        GROUP BY p.id HAVING sum(l.fen) <> p.dr_fen - p.cr_fen
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*broken_by(STATEMENTS), *_undecided(), *_files_gone(), *_tables_untrue()]


def promises() -> list[str]:
    """The names of all checks."""
    return [*(name for name, _ in STATEMENTS), OWN_DECIDED, FILES, TABLES]


def _undecided() -> Iterator[Broken]:
    """Accounts of ours that came or ended by a case which nobody truly decided."""
    resting = {
        **{row.case_id: f"账户 {row.pk}" for row in OwnAccount.objects.order_by("id")},
        **{row.case_id: f"账户终止 {row.pk}" for row in OwnAccountEnd.objects.order_by("pk")},
    }
    decided = truly_decided(case_ids=resting)
    for case_id, what in resting.items():
        if case_id not in decided:
            yield Broken(OWN_DECIDED, what, "签名有效", f"业务件 {case_id} 签名缺失或无效")


def _files_gone() -> Iterator[Broken]:
    for row in BankStatement.objects.order_by("id"):
        path = bank_folder(bank=row.bank, name="statements") / row.sha256
        found = sha256_of(path) if path.exists() else "无"
        if found != row.sha256:
            yield Broken(FILES, f"对账单 {row.pk} {row.name}", row.sha256, found)


def _tables_untrue() -> Iterator[Broken]:
    """A table says what its digest says; once the month is closed, books and banks still do, and
    two persons have signed it before."""
    closed = {
        (row.book_id, row.month): row.closed_at
        for row in LedgerMonth.objects.filter(closed_at__isnull=False)
    }
    for table in BalanceTable.objects.select_related("book__agency").order_by("id"):
        where = f"调节表 {table.pk}"
        told = read_back(table.content)
        kept = (told.book_fen, told.bank_fen, told.rest_fen)
        if (
            hashlib.sha256(table.content.encode()).hexdigest() != table.digest
            or (told.book_id, told.code, told.month.first_day)
            != (table.book_id, table.code, table.month)
            or kept != (table.book_fen, table.bank_fen, table.rest_fen)
        ):
            yield Broken(TABLES, where, table.digest, "内容不同")
            continue
        closed_at = closed.get((table.book_id, table.month))
        signed = signatures(table)
        by = {one.signed_at for one in signed.values()}
        if closed_at is None or signed.keys() < {MAKE, CHECK} or max(by) > closed_at:
            continue
        now = laid_down(book=table.book, code=table.code, month=Month.of(table.month))
        if (now.book_fen, now.bank_fen) != kept[:2]:
            yield Broken(TABLES, where, str(kept), f"{now.book_fen}/{now.bank_fen}")
