"""Prove that what one fund paid for persons arrived in the other or is under way (代缴不变量)."""

from collections.abc import Iterator

from backend.cases.decided import truly_decided
from insurance.collection.models import FundList, FundPayment, FundReceipt
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from payments.ledger.invariants import Broken, broken_by

DECIDED = "代缴:付款、到账依据已签名办结的业务件"
STEPS = "代缴:名册的每项标准可以复算"

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "代缴:名册每个险种的合计等于付款,也等于付款账套的凭证",
        """
        SELECT l.list_id || '/' || l.scheme, l.fen::text, concat_ws('/', p.fen, out.fen)
        FROM (SELECT list_id, scheme, sum(fen) AS fen FROM collection_fundline GROUP BY 1, 2) l
        JOIN collection_fundlist f ON f.id = l.list_id
        JOIN collection_fundpayment any_paid ON any_paid.list_id = l.list_id
        LEFT JOIN collection_fundpayment p ON p.list_id = l.list_id AND p.scheme = l.scheme
        LEFT JOIN LATERAL (SELECT sum(g.cr_fen) AS fen FROM ledger_posting g
            JOIN ledger_entry e ON e.id = g.entry_id AND e.book_id = f.book_id
            WHERE g.entry_id = p.paid_id) out ON true
        WHERE (p.fen, coalesce(out.fen, 0)) IS DISTINCT FROM (l.fen, l.fen)
        """,
    ),
    (
        "代缴:付出的等于收款账套到账的,没有到账的在途",
        """
        SELECT p.list_id || '/' || p.scheme, v.wanted || '/' || v.wanted,
            v.received || '/' || v.posted
        FROM collection_fundpayment p
        LEFT JOIN collection_fundreceipt r ON r.payment_id = p.id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN r.payment_id IS NULL THEN 0 ELSE p.fen END AS wanted,
                coalesce(sum(g.cr_fen) FILTER (WHERE e.id = r.received_id), 0) AS received,
                coalesce(sum(g.cr_fen), 0) AS posted
            FROM ledger_entry e JOIN ledger_posting g ON g.entry_id = e.id
            WHERE e.book_id = p.into_id AND e.source = 'collection.fund_list'
                AND e.source_id = p.list_id || '/' || p.scheme) v
        WHERE (v.received, v.posted) IS DISTINCT FROM (v.wanted, v.wanted)
        """,
    ),
    (
        "代缴:付款、到账各由账套所属机构的业务件登记",
        """
        SELECT s.case_id::text, s.agency_id::text, c.agency_id::text
        FROM (
            SELECT p.case_id, b.agency_id FROM collection_fundpayment p
            JOIN collection_fundlist f ON f.id = p.list_id JOIN ledger_book b ON b.id = f.book_id
            UNION ALL
            SELECT r.case_id, b.agency_id FROM collection_fundreceipt r
            JOIN collection_fundpayment p ON p.id = r.payment_id
            JOIN ledger_book b ON b.id = p.into_id
            WHERE p.fen <> 0) s  -- what comes to nothing arrives by the case that paid it
        JOIN cases_case c ON c.id = s.case_id
        WHERE c.agency_id <> s.agency_id
        """,
    ),
    (
        "代缴:每人每月的代缴额是某份名册的标准,或已全部退回",
        """
        SELECT p.canonical_id || '/' || f.scheme || '/' || f.month, '标准或0', sum(f.fen)::text
        FROM collection_fundline f JOIN people_canonical p ON p.party_id = f.person_id
        GROUP BY p.canonical_id, f.scheme, f.month
        HAVING sum(f.fen) <> 0 AND NOT EXISTS (
            SELECT FROM collection_fundlist l, jsonb_array_elements(l.figures) s
            WHERE s->>'scheme' = f.scheme AND s->>'month' = to_char(f.month, 'YYYY-MM')
                AND s->>'region' = ANY (array_agg(f.region))
                AND ((s->>'amount')::numeric * 100)::bigint = sum(f.fen))
        """,
    ),
    (
        "代缴:代缴的月份应发过失业保险金,养老保险费在临近退休的月份",
        """
        SELECT f.source_id || '/' || f.scheme || '/' || f.month, '应发', '无'
        FROM collection_fundline f
        WHERE f.fen > 0 AND (NOT EXISTS (SELECT FROM benefits_due d
                WHERE d.entitlement_id = f.source_id AND d.for_month = f.month)
            OR f.scheme = '110' AND NOT EXISTS (SELECT FROM unemployment_claim u
                WHERE u.entitlement_id = f.source_id AND u.pension_months @> f.month))
        """,
    ),
    (
        "代缴:记入个人账户的等于名册所列",
        """
        SELECT l.case_id || '/' || l.scheme, l.fen::text, coalesce(a.fen, 0)::text
        FROM (SELECT r.case_id, p.scheme, sum(f.account_fen) AS fen
            FROM collection_fundreceipt r JOIN collection_fundpayment p ON p.id = r.payment_id
            JOIN collection_fundline f ON f.list_id = p.list_id
                AND f.scheme = p.scheme AND f.account_fen > 0
            GROUP BY 1, 2) l
        LEFT JOIN LATERAL (SELECT sum(e.fen) AS fen FROM accounts_accountentry e
            WHERE e.source = 'CASE' AND e.source_id = l.case_id AND e.scheme = l.scheme
                AND e.kind = 'CREDIT') a ON true
        WHERE a.fen IS DISTINCT FROM l.fen
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_undecided(), *_unexplained(), *broken_by(STATEMENTS)]


def promises() -> list[str]:
    """The names of all checks."""
    return [DECIDED, STEPS, *(promise for promise, _ in STATEMENTS)]


def _undecided() -> Iterator[Broken]:
    paid = FundPayment.objects.values_list("case_id", flat=True)
    received = FundReceipt.objects.values_list("case_id", flat=True)
    wanted = {*paid, *received}
    for case_id in sorted(wanted - truly_decided(case_ids=wanted)):
        yield Broken(DECIDED, str(case_id), "已签名办结", "否")


def _unexplained() -> Iterator[Broken]:
    """A figure whose steps do not come out, or come to another amount."""
    for one in FundList.objects.order_by("pk").iterator():
        for figure in one.figures:
            steps = read(rows=figure["steps"])
            wrong = first_wrong(steps=steps)
            if wrong is not None or steps[-1].result != figure["amount"]:
                where = f"{one.pk}/{figure['scheme']}/{figure['month']}"
                yield Broken(STEPS, where, figure["amount"], wrong.name if wrong else "末步不符")
