"""Prove that nothing left 支出户 that was not in it, and what was asked for came within the budget
(支出户、预算、用款申请的不变量)."""

from collections.abc import Iterator

from backend.cases.decided import truly_decided
from payments.funding_models import FundArrival, FundBudget, FundRequest
from payments.ledger.invariants import Broken, broken_by

DECIDED = "预算、用款申请、拨款到账的业务件签名有效"
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "支出户余额不为负，够付在途批次",
        """
        SELECT '账套 ' || id, '不小于 0', payments_free_fen(id)::text FROM ledger_book
        WHERE payments_free_fen(id) < 0
        """,
    ),
    (
        "收入户、定期存款余额不为负",
        """
        SELECT concat_ws(' ', '账套', a.book_id, a.name), '不小于 0',
            sum(p.dr_fen - p.cr_fen)::text
        FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
        WHERE a.code IN ('1002', '1003.01') GROUP BY a.id HAVING sum(p.dr_fen - p.cr_fen) < 0
        """,
    ),
    (
        "用款申请不超过本年预算",
        """
        SELECT concat_ws(' ', '账套', y.book_id, y.of_year, b.code), b.allowed::text, b.asked::text
        FROM (SELECT DISTINCT book_id, extract(year FROM month)::integer AS of_year
              FROM payments_fundrequest) y, payments_beyond_budget(y.book_id, y.of_year) b
        """,
    ),
    (
        "用款申请等于其各项目之和，与办结的业务件一致",
        """
        SELECT '用款申请 ' || r.id, concat_ws('/', c.content->>'book', c.content->>'period',
            c.content->>'document', r.fen), concat_ws('/', r.book_id, to_char(r.month, 'YYYY-MM'),
            r.document, l.fen)
        FROM payments_fundrequest r
        LEFT JOIN cases_case c ON c.id = r.case_id
            AND (c.kind, c.state) = ('FUND_REQUEST', 'APPROVED')
        LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM payments_fundrequestline
            WHERE request_id = r.id) l ON true
        WHERE (c.content->>'book', c.content->>'period', btrim(c.content->>'document'), r.fen)
            IS DISTINCT FROM (r.book_id::text, to_char(r.month, 'YYYY-MM'), r.document, l.fen)
        """,
    ),
    (
        "拨款到账不超过用款申请",
        """
        SELECT '用款申请 ' || r.id, r.fen::text, sum(p.dr_fen)::text
        FROM payments_fundrequest r
        JOIN payments_fundarrival f ON f.request_id = r.id
            AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.reverses_id = f.entry_id)
        JOIN ledger_posting p ON p.entry_id = f.entry_id
        GROUP BY r.id HAVING sum(p.dr_fen) > r.fen
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*broken_by(STATEMENTS), *_undecided()]


def promises() -> list[str]:
    """The names of all checks."""
    return [*(name for name, _ in STATEMENTS), DECIDED]


def _undecided() -> Iterator[Broken]:
    """Budgets, requests and arrivals that rest on a case which nobody truly decided."""
    resting = {
        row.case_id: f"{row._meta.verbose_name} {row.pk}"
        for model in (FundBudget, FundRequest, FundArrival)
        for row in model._default_manager.order_by("pk")
    }
    decided = truly_decided(case_ids=resting)
    for case_id, what in resting.items():
        if case_id not in decided:
            yield Broken(DECIDED, what, "签名有效", f"业务件 {case_id} 签名缺失或无效")
