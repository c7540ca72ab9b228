"""How batches, returns and decisions reach the ledger (发放记账).

Each posting names a rule of ``ledger/data/posting_rules.toml``; here is only decided which one.
A line is paid out of the expense of its month, or – when an earlier return came back after that
month was closed – out of 暂收款 (``Attempt.from_liability``). What the bank's answer leaves open
stands in 暂付款 until two people decide.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from payments.ledger.models import Entry, LedgerMonth
from payments.ledger.months import open_day
from payments.ledger.post import post
from payments.models import Batch, ReturnFile

PENDING = (1, 2, 3, 4, 5)  # SILENT, UNKNOWN, DUPLICATE, AMOUNT_DIFFERS, NAME_DIFFERS

SUMS = """
coalesce(sum(a.parts[1]), 0), coalesce(sum(a.parts[2]), 0), coalesce(sum(a.parts[3]), 0),
    coalesce(sum(a.parts[4]), 0), coalesce(sum(a.parts[5]), 0), coalesce(sum(a.parts[6]), 0),
    coalesce(sum(a.parts[7]), 0)
"""
SENT = f"""
SELECT a.from_liability, {SUMS} FROM payments_attempt a WHERE a.batch_id = %(batch)s GROUP BY 1
"""

# The lines of an answer that move money, by their newest state and the one before it, in one look:
# all that are not simply paid, and the paid ones that stood open before. Both are few. Before the
# first answer about a batch nothing stood open.
PAID_AFTER_ALL = """
  UNION ALL
    SELECT o.due_ref, o.n, o.state FROM payments_outcome o
    JOIN (SELECT DISTINCT p.due_ref, p.n FROM payments_outcome p WHERE p.state < 8) earlier
        ON earlier.due_ref = o.due_ref AND earlier.n = o.n
    WHERE {source} = %(source)s AND o.state = 8"""
ANSWERED = f"""
WITH told AS (
    SELECT o.due_ref, o.n, o.state FROM payments_outcome o
    WHERE {{source}} = %(source)s AND o.state <> 8 {{more}})
SELECT a.from_liability, t.state, coalesce(b.state, 0), {SUMS}
FROM told t JOIN payments_attempt a ON a.due_ref = t.due_ref AND a.n = t.n
LEFT JOIN LATERAL (SELECT max(p.state) AS state FROM payments_outcome p
    WHERE p.due_ref = t.due_ref AND p.n = t.n AND p.state < t.state) b ON true
GROUP BY 1, 2, 3
"""

# A returned line ``a`` with its answer ``o`` whose amount came back to 暂收款: paid from it, or
# paid (not left open) out of the expense of a month that was closed by then.
IN_LIABILITY = """
(a.from_liability OR EXISTS (SELECT 1 FROM ledger_entry e
        WHERE e.rule = 'payment.returned.liability' AND (e.source, e.source_id) IN (
            ('payments.return', o.return_file_id || '/expense'),
            ('payments.decision', o.case_id || '/expense')))
    AND coalesce((SELECT max(p.state) FROM payments_outcome p
        WHERE p.due_ref = o.due_ref AND p.n = o.n AND p.state < o.state), 8) = 8)
"""

Items = tuple[int, ...]


def post_sent(*, batch: Batch) -> None:
    """The bank has been told to pay: expense (or 暂收款) against 支出户."""
    sums = {liability: items for (liability,), items in _rows(SENT, 1, batch=batch.id)}
    for liability, rule in ((False, "payment.sent"), (True, "reissue.sent.liability")):
        _post(
            batch=batch,
            rule=rule,
            source="payments.sent",
            key=str(batch.id),
            items=sums.get(liability, ()),
        )


def post_returned(*, batch: Batch, return_file: ReturnFile) -> None:
    """The bank's answer: returns go back to 支出户, what is open waits in 暂付款."""
    _post_answers(
        batch=batch,
        column="o.return_file_id",
        value=return_file.id,
        source="payments.return",
        first=return_file.part == 1,
    )


def post_decided(*, batch: Batch, case_id: int) -> None:
    """Two people have decided: on an open line, out of 暂付款 to expense or back to 支出户; on what
    was found to be paid and was not, back as any return."""
    _post_answers(batch=batch, column="o.case_id", value=case_id, source="payments.decision")


def _post_answers(
    *, batch: Batch, column: str, value: int, source: str, first: bool = False
) -> None:
    late = _is_expense_closed(batch=batch)
    returned = "payment.returned.liability" if late else "payment.returned.red"
    plan = (
        # states, states before, from liability, rule
        (PENDING, (0,), False, "payment.pending"),
        (PENDING, (0,), True, "reissue.pending.liability"),
        ((8,), PENDING, False, "payment.pending.paid"),
        ((8,), PENDING, True, "reissue.pending.liability.paid"),
        ((9,), PENDING, False, "payment.pending.returned"),
        ((9,), PENDING, True, "payment.pending.returned"),
        ((9,), (0, 8), False, returned),
        ((9,), (0, 8), True, "payment.returned.liability"),
    )
    more = "" if first else PAID_AFTER_ALL.format(source=column)
    sums = _rows(ANSWERED.format(source=column, more=more), 3, source=value)
    for states, before, liability, rule in plan:
        moved = [
            items
            for (from_liability, state, earlier), items in sums
            if from_liability is liability and state in states and earlier in before
        ]
        key = f"{value}/{'liability' if liability else 'expense'}"
        _post(batch=batch, rule=rule, source=source, key=key, items=_added(moved))


def _is_expense_closed(*, batch: Batch) -> bool:
    """Whether the month in which the batch was expensed is closed: no red entry reaches it."""
    sent = Entry.objects.filter(
        source="payments.sent", source_id=str(batch.id), book=batch.book_id
    ).values("month")
    closed = LedgerMonth.objects.filter(book=batch.book_id, closed_at__isnull=False)
    return closed.filter(month__in=sent).exists()


def _post(*, batch: Batch, rule: str, source: str, key: str, items: Items) -> None:
    if not any(items):
        return
    post(
        rule=rule,
        book_id=batch.book_id,
        business_date=open_day(book_id=batch.book_id, day=batch.pay_date),
        source=source,
        source_id=key,
        items=items,
        summary=f"{batch.get_kind_display()} {batch.no}",
    )


def _rows(sql: str, keys: int, **parameters: Any) -> list[tuple[tuple[Any, ...], Items]]:
    """Sums by expense item, each behind the ``keys`` columns that they are grouped by."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [(row[:keys], tuple(int(fen) for fen in row[keys:])) for row in cursor.fetchall()]


def _added(sums: Iterable[Items]) -> Items:
    return tuple(map(sum, zip(*sums, strict=True)))
