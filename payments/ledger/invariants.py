"""Prove the ledger's promises on live data (账务不变量): each check gives what breaks it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.audit.models import Act
from backend.cases import approvals
from backend.cases.canonical import digest_of
from backend.kernel.months import Month
from payments.ledger import close, post, recorded
from payments.ledger.models import LedgerMonth
from payments.ledger.periods import named
from payments.ledger.statement_of import statements_of
from payments.ledger.statements import NotTied

# Every statement gives (what, where, found) of what is broken; nothing when all is well.
UNBALANCED = """
SELECT e.id::text, coalesce(sum(p.dr_fen), 0)::text, coalesce(sum(p.cr_fen), 0)::text
FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
GROUP BY e.id
HAVING coalesce(sum(p.dr_fen), 0) <> coalesce(sum(p.cr_fen), 0)
    OR count(p.id) <> e.lines OR e.lines < 2
"""
CROSSED = """
SELECT e.id::text, e.book_id::text, a.book_id::text
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_account a ON a.id = p.account_id
WHERE a.book_id <> e.book_id
"""
WRONG_SIGN = """
SELECT e.id::text, e.red::text, (p.dr_fen + p.cr_fen)::text
FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
WHERE (p.dr_fen + p.cr_fen < 0) <> e.red
"""
GAPS = """
SELECT coalesce(m.id, 0)::text, coalesce(m.last_voucher, 0)::text,
    concat_ws('/', count(e.id), min(e.voucher_no), max(e.voucher_no))
FROM ledger_ledgermonth m
FULL JOIN ledger_entry e ON e.book_id = m.book_id AND e.month = m.month
GROUP BY m.id
HAVING m.id IS NULL OR count(e.id) <> m.last_voucher
    OR coalesce(min(e.voucher_no), 1) <> 1 OR coalesce(max(e.voucher_no), 0) <> m.last_voucher
"""
WRONG_MONTH = """
SELECT id::text, month::text, business_date::text FROM ledger_entry
WHERE month <> CASE WHEN source = 'ledger.year_end' THEN business_date
    ELSE date_trunc('month', business_date::timestamp)::date END
"""
OUT_OF_ORDER = """
SELECT o.id::text, o.month::text, c.month::text
FROM ledger_ledgermonth o
JOIN ledger_ledgermonth c ON c.book_id = o.book_id AND c.month > o.month
WHERE o.closed_at IS NULL AND (c.closed_at IS NOT NULL OR ledger_is_year_end(c.month))
"""
# Up to a closed month nothing of an earlier year is left; up to a closed year nothing at all.
UNCARRIED = """
SELECT m.id::text || '/' || a.code, '0', sum(p.dr_fen - p.cr_fen)::text
FROM ledger_ledgermonth m
JOIN ledger_account a ON a.book_id = m.book_id AND left(a.code, 1) IN ('4', '5')
JOIN ledger_posting p ON p.account_id = a.id
JOIN ledger_entry e ON e.id = p.entry_id AND (e.month < date_trunc('year', m.month::timestamp)::date
    OR (ledger_is_year_end(m.month) AND e.month <= m.month))
WHERE m.closed_at IS NOT NULL
GROUP BY m.id, a.code HAVING sum(p.dr_fen - p.cr_fen) <> 0
"""
# The end of a year has nothing but what carries it over, made by another than who closed it.
CARRIED_BY_ONE = """
SELECT DISTINCT e.id::text, 'ledger.year_end', concat_ws('/', e.source, e.posted_by, a.code)
FROM ledger_entry e
JOIN ledger_ledgermonth m ON m.book_id = e.book_id AND m.month = e.month
LEFT JOIN ledger_posting p ON p.entry_id = e.id
LEFT JOIN ledger_account a ON a.id = p.account_id
WHERE ledger_is_year_end(e.month) <> (e.source = 'ledger.year_end')
    OR (ledger_is_year_end(e.month) AND (e.red OR e.posted_by IS NULL
        OR e.posted_by = m.closed_by OR left(a.code, 1) NOT IN ('3', '4', '5')))
"""
# Frozen closing, and frozen opening + movement, against the vouchers.
DRIFTED = """
SELECT m.id::text || '/' || a.code, coalesce(b.closing_fen::text, '-'), t.closing::text
FROM ledger_ledgermonth m
JOIN ledger_account a ON a.book_id = m.book_id
JOIN LATERAL (
    SELECT coalesce(sum(p.dr_fen - p.cr_fen), 0) AS closing,
        coalesce(sum(p.dr_fen) FILTER (WHERE e.month = m.month), 0) AS dr,
        coalesce(sum(p.cr_fen) FILTER (WHERE e.month = m.month), 0) AS cr
    FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
    WHERE p.account_id = a.id AND e.book_id = m.book_id AND e.month <= m.month) t ON true
LEFT JOIN ledger_monthbalance b ON b.ledger_month_id = m.id AND b.account_id = a.id
WHERE (m.closed_at IS NOT NULL AND (b.closing_fen, b.dr_fen, b.cr_fen)
        IS DISTINCT FROM (t.closing::bigint, t.dr::bigint, t.cr::bigint)
        AND (b.id IS NOT NULL OR t.closing <> 0 OR t.dr <> 0 OR t.cr <> 0))
    OR (m.closed_at IS NULL AND b.id IS NOT NULL)
"""
UNMIRRORED = """
SELECT r.id::text, r.reverses_id::text, p.account_id::text
FROM ledger_entry r
JOIN ledger_entry e ON e.id = r.reverses_id
JOIN ledger_posting p ON p.entry_id IN (r.id, e.id)
GROUP BY r.id, e.id, p.account_id
HAVING sum(p.dr_fen) <> 0 OR sum(p.cr_fen) <> 0 OR bool_or(r.book_id <> e.book_id)
"""
# What a run registers may be lowered by what it finds later; that settles nothing.
MEMO_BELOW_ZERO = """
SELECT party_id::text, book_id::text, sum(fen)::text FROM ledger_memoentry
WHERE fen > 0 OR NOT beyond_zero
GROUP BY book_id, kind, party_id HAVING sum(fen) < 0
"""

LIKE_AUDIT, CLOSED_AS_SIGNED = "凭证与审计记录一致", "结账后无变动，签名有效"
STATEMENTS_TIE = "会计报表平衡：资产=负债+结余，收支结余=结余变动"
STATEMENTS = {
    "借贷相等，分录齐全": UNBALANCED,
    "分录不跨账套（专款专用）": CROSSED,
    "红字凭证只有负数，其他凭证没有负数": WRONG_SIGN,
    "凭证号连续无断号": GAPS,
    "凭证在其业务日期的月份": WRONG_MONTH,
    "按月依次结账": OUT_OF_ORDER,
    "月末余额等于凭证重算": DRIFTED,
    "冲销凭证与原凭证相抵": UNMIRRORED,
    "备查簿销记不超过登记": MEMO_BELOW_ZERO,
    "以前年度的收支已结转": UNCARRIED,
    "年度结转只有结转凭证，由两人办理": CARRIED_BY_ONE,
}


@dataclass(frozen=True)
class Broken:
    """A promise that does not hold, and where."""

    promise: str
    subject: str
    expected: str
    found: str


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS.items()) + [row for check in CHECKS for row in check()]


def promises() -> list[str]:
    """The names of all checks."""
    return [*STATEMENTS, LIKE_AUDIT, CLOSED_AS_SIGNED, STATEMENTS_TIE]


def broken_by(
    statements: Iterable[tuple[str, str]], values: Mapping[str, Any] = {}
) -> list[Broken]:
    """Run checks (name, SQL): each gives (subject, expected, found) of what does not hold."""
    broken = []
    with connection.cursor() as cursor:
        for promise, statement in statements:
            cursor.execute(statement, values)
            broken += [Broken(promise, *map(str, row)) for row in cursor.fetchall()]
    return broken


def entries_unlike_their_audit() -> Iterator[Broken]:
    """Every voucher is what its audit row says was posted."""
    acts = Act.objects.filter(name=post.ACT, subject_kind=post.SUBJECT)
    for some in recorded.all_entries():
        digests = dict(acts.filter(subject_id__in=some).values_list("subject_id", "digest"))
        for entry_id, content in recorded.contents(entry_ids=some).items():
            told, found = digests.get(entry_id, "-"), digest_of(content)
            if found != told:
                yield Broken(LIKE_AUDIT, f"凭证 {entry_id}", told, found)


def closes_without_signature() -> Iterator[Broken]:
    """A closed month's vouchers still give the digest that its approver signed: nothing was posted,
    changed or taken away since."""
    for row in LedgerMonth.objects.filter(closed_at__isnull=False).order_by("id"):
        digest = close.preview(book_id=row.book_id, month=row.month).digest
        signed = approvals.verified(
            subject_kind=close.SUBJECT,
            subject_id=row.id,
            digest=digest,
            agency_id=row.book.agency_id,
        )
        approval = signed.get(close.STEP)
        if approval is None or approval.person_id != row.closed_by:
            where = f"账套 {row.book_id} {named(row.month)}"
            yield Broken(CLOSED_AS_SIGNED, where, f"签名人 {row.closed_by}", digest)


def statements_not_tied() -> Iterator[Broken]:
    """Both statements of every month of every book agree with the ledger and with each other."""
    for row in LedgerMonth.objects.select_related("book").order_by("id"):
        try:
            statements_of(book=row.book, month=Month.of(row.month))
        except NotTied as refusal:
            yield Broken(STATEMENTS_TIE, f"账套 {row.book_id}", "平衡", refusal.detail)


CHECKS: tuple[Callable[[], Iterator[Broken]], ...] = (
    entries_unlike_their_audit,
    closes_without_signature,
    statements_not_tied,
)
