"""What is owed, paid and deferred by payer, scheme and month (欠缴的 SQL), from totals alone.

Bills are the totals of lines, match totals those of allocations: no line is read. Late fees are
debts of their own (``is_fee``). What falls due by several days is paid the earliest first; a bill
that falls takes from the latest. So a debt lies along one axis: each last day to pay has a stretch
of it, from ``base_fen`` to ``upto_fen``.
"""

_OF = "payer_id, scheme, month, is_fee"

# ``{bills}`` is a condition on ``b`` (collection_bill).
STRETCHES = f"""
stretch AS (
    SELECT {_OF}, kind, pay_by, upto_fen, lag(upto_fen, 1, 0::bigint) OVER (
        PARTITION BY {_OF} ORDER BY pay_by) AS base_fen
    FROM (SELECT s.*, greatest(0, min(billed_fen) OVER (PARTITION BY {_OF} ORDER BY pay_by DESC
              ROWS UNBOUNDED PRECEDING))::bigint AS upto_fen
          FROM (SELECT {_OF}, min(kind) AS kind, pay_by, (sum(sum(fen)) OVER (
                    PARTITION BY {_OF} ORDER BY pay_by))::bigint AS billed_fen
                FROM (SELECT b.*, r.kind = 'LATE_FEE' AS is_fee FROM collection_bill b
                      JOIN collection_billrun r ON r.id = b.run_id WHERE {{bills}}) b
                GROUP BY {_OF}, pay_by) s) t)"""

# ``{totals}`` is a condition on ``t`` (collection_matchtotal); the day is that of the payment.
PAID = """
paid AS (
    SELECT payer_id, scheme, month, part = 8 AS is_fee, arrived, sum(fen)::bigint AS fen
    FROM collection_matchtotal t WHERE {totals} GROUP BY payer_id, scheme, month, 4, arrived)"""

DEFERRED = """
deferred AS (
    SELECT payer_id, scheme, month, valid, fen FROM collection_deferral
    WHERE superseded_at IS NULL)"""

# Where every fen of a debt stands on ``today``: ``remainder.split_remainder``, debt by debt.
_DEBTS = f"""
WITH {STRETCHES}, {PAID}, {DEFERRED},
billed AS (
    SELECT {_OF}, min(kind) AS kind,
        coalesce(max(upto_fen) FILTER (WHERE pay_by < %(today)s), 0) AS due_fen
    FROM stretch GROUP BY {_OF}),
total AS (
    SELECT b.payer_id, b.scheme, b.month, r.kind = 'LATE_FEE' AS is_fee, sum(b.fen)::bigint AS fen
    FROM collection_bill b JOIN collection_billrun r ON r.id = b.run_id
    WHERE {{bills}} GROUP BY 1, 2, 3, 4),
open AS (
    SELECT b.*, t.fen AS billed_fen, coalesce(m.fen, 0) AS matched_fen,
        greatest(0, t.fen - coalesce(m.fen, 0)) AS open_fen,
        CASE WHEN b.kind = 'EMPLOYED' AND NOT b.is_fee THEN coalesce(d.fen, 0) ELSE 0 END AS later
    FROM billed b JOIN total t USING ({_OF})
    LEFT JOIN (SELECT {_OF}, sum(fen)::bigint AS fen FROM paid GROUP BY {_OF}) m USING ({_OF})
    LEFT JOIN (SELECT payer_id, scheme, month, sum(fen)::bigint AS fen FROM deferred
        WHERE valid @> %(today)s::date GROUP BY payer_id, scheme, month) d
        ON d.payer_id = b.payer_id AND d.scheme = b.scheme AND d.month = b.month),
debt AS (
    SELECT payer_id, scheme, month, is_fee, kind, billed_fen, matched_fen,
        greatest(0, matched_fen - billed_fen) AS credit_fen,
        least(open_fen, later) AS deferred_fen,
        CASE WHEN kind = 'EMPLOYED' THEN open_fen - least(open_fen, later) ELSE 0 END AS rest_fen,
        CASE WHEN kind <> 'EMPLOYED' THEN open_fen ELSE 0 END AS gap_fen,
        greatest(0, billed_fen) - due_fen AS not_due_fen
    FROM open)
"""


def debts(*, bills: str = "true", totals: str = "true") -> str:
    """The debts (``debt``) whose bills and match totals meet these conditions, as they stand on
    ``today``: billed, matched, credit, deferred, gap, and of the rest what is not due.
    """
    return _DEBTS.format(bills=bills, totals=totals)


NOT_DUE = "least(rest_fen, not_due_fen)"
ARREARS = f"rest_fen - {NOT_DUE}"
