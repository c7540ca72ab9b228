"""How a recovery stands (追回进度): what is asked for, what came back, what may still be taken.

One that is closed asks for what came back and no more: what else is owed, another may ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.people.queries import family_of
from insurance.benefits.recovery.amounts import Owed
from insurance.benefits.recovery.models import Recovery
from payments import corrected
from payments.ledger import memo

RECEIPT, SET_OFF, SHARE = "benefits.recovery", "benefits.set_off", "benefits.share_set_off"
ACCOUNT = "benefits.account_set_off"
SHARE_UNDONE = "benefits.share_set_off.undone"
PAID_BACK = "benefits.recovery.paid_back"  # what had come back and was not owed after all
PAID_BACK_UNDONE = "benefits.recovery.paid_back.undone"  # to heirs, and the death was false
CAME_BACK = (RECEIPT, SET_OFF, SHARE, SHARE_UNDONE, ACCOUNT, PAID_BACK, PAID_BACK_UNDONE)

# What came back by money and by set-off, and what is asked for: as ordered or else as notified.
CAME = """
SELECT r.id AS recovery_id, r.book_id, r.debtor_id, r.fen,
    coalesce((SELECT sum(b.fen) FROM benefits_recoveryreceipt b
        WHERE b.recovery_id = r.id), 0)::bigint AS received_fen,
    (coalesce((SELECT sum(h.fen) FROM benefits_sharesetoff h
            JOIN benefits_claimshare g ON g.id = h.share_id AND benefits_claim_stands(g.claim_id)
            WHERE h.recovery_id = r.id), 0)
        + coalesce((SELECT sum(k.fen) FROM benefits_accountsetoff k
            WHERE k.recovery_id = r.id), 0)
        + coalesce((SELECT sum(d.fen) FROM benefits_setoff s
            JOIN benefits_runsetoff p ON p.set_off_id = s.id
            JOIN benefits_run n ON n.id = p.run_id AND n.state = 'SEALED'
            JOIN benefits_due d ON d.kind = 3 AND d.entitlement_id = p.entitlement_id
                AND d.for_month = n.period
            WHERE s.recovery_id = r.id), 0))::bigint AS set_off_fen
FROM benefits_recovery r
"""
STANDING = f"""
SELECT c.recovery_id, c.book_id, c.debtor_id, c.received_fen, c.set_off_fen,
    CASE WHEN EXISTS (SELECT FROM benefits_recoverystep t
            WHERE t.recovery_id = c.recovery_id AND t.stage = 7)
        THEN c.received_fen + c.set_off_fen
        ELSE coalesce((SELECT t.fen FROM benefits_recoverystep t
            WHERE t.recovery_id = c.recovery_id AND t.stage = 3), c.fen) END AS asked_fen
FROM ({CAME}) c
"""
ONE = f"SELECT asked_fen, received_fen, set_off_fen FROM ({STANDING}) t WHERE recovery_id = %s"
OTHERS = f"""
SELECT coalesce(sum(greatest(asked_fen - received_fen - set_off_fen, 0)), 0)::bigint
FROM ({STANDING}) t WHERE book_id = %s AND debtor_id = %s AND recovery_id <> %s
"""
# What may be kept by a run that is being computed: it comes back when the run is sealed.
PLANNED = """
SELECT coalesce(sum(p.fen), 0)::bigint FROM benefits_runsetoff p
JOIN benefits_run n ON n.id = p.run_id AND n.state <> 'SEALED'
JOIN benefits_setoff s ON s.id = p.set_off_id
JOIN benefits_recovery r ON r.id = s.recovery_id
WHERE r.book_id = %s AND r.debtor_id = %s
"""
# What is owed back, the oldest month first, with the year in which it was expensed: of months by
# the run that paid them last (else the old system in the month), of claims and of accounts that
# heirs had by their batch.
OWED = """
SELECT year, parts FROM (
    SELECT o.for_month AS day, extract(year FROM coalesce((SELECT max(d.run_period)
            FROM benefits_due d WHERE d.entitlement_id = o.entitlement_id
                AND d.for_month = o.for_month), o.for_month))::int AS year,
        ARRAY[sum(coalesce(o.parts[1], 0)), sum(coalesce(o.parts[2], 0)),
            sum(coalesce(o.parts[3], 0)), sum(coalesce(o.parts[4], 0))]::bigint[] AS parts
    FROM benefits_overpaid o JOIN benefits_entitlement e ON e.id = o.entitlement_id
    JOIN benefits_run n ON n.period = o.run_period AND n.state = 'SEALED'
    WHERE e.book_id = %(book)s AND o.payee_id = ANY (%(family)s)
    GROUP BY o.entitlement_id, o.for_month HAVING sum(o.fen) > 0
  UNION ALL
    SELECT b.pay_date, extract(year FROM b.pay_date)::int, a.parts
    FROM ledger_memoentry m JOIN payments_attempt a ON a.n = 1
        AND a.due_ref = CASE WHEN m.source IN ('benefits.claim', 'accounts.inherited')
            THEN m.source_id::bigint END
    JOIN payments_batch b ON b.id = a.batch_id
    WHERE m.source IN ('benefits.claim', 'accounts.inherited')
        AND m.book_id = %(book)s AND m.party_id = ANY (%(family)s)
        AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = a.due_ref)
  UNION ALL
    SELECT b.pay_date, extract(year FROM b.pay_date)::int,
        ARRAY(SELECT CASE WHEN p.fen > 0 THEN m.fen ELSE 0 END
            FROM unnest(a.parts) WITH ORDINALITY p (fen, i) ORDER BY p.i)
    FROM (SELECT split_part(source_id, '/', 1)::bigint AS due_ref, sum(fen)::bigint AS fen
        FROM ledger_memoentry WHERE source = %(corrected)s AND book_id = %(book)s
            AND party_id = ANY (%(family)s)
        GROUP BY 1 HAVING sum(fen) > 0) m
    JOIN payments_attempt a ON a.due_ref = m.due_ref AND a.n = 1
    JOIN payments_batch b ON b.id = a.batch_id) u
ORDER BY day, year, parts
"""
BEFORE = """
SELECT coalesce(-sum(fen), 0)::bigint FROM ledger_memoentry
WHERE book_id = %(book)s AND party_id = ANY (%(family)s) AND source = ANY (%(sources)s)
"""


@dataclass(frozen=True)
class Standing:
    """How much of a recovery came back (追回进度)."""

    asked_fen: int
    received_fen: int
    set_off_fen: int

    @property
    def open_fen(self) -> int:
        """What still has to come back."""
        return max(0, self.asked_fen - self.received_fen - self.set_off_fen)


def standing_of(*, recovery: Recovery) -> Standing:
    """Give what is asked for and what came back."""
    return Standing(*_row(ONE, [recovery.pk]))


def may_come_back(*, recovery: Recovery) -> int:
    """Give what may still be taken: no more than the memo register says is owed, less what a run
    that is not sealed may keep."""
    owed = memo.outstanding(book=recovery.book, party_id=recovery.debtor_id)
    planned = planned_of(recovery=recovery)
    return max(0, min(standing_of(recovery=recovery).open_fen, owed - planned))


def planned_of(*, recovery: Recovery) -> int:
    """Give what a run that is not sealed may keep of what its debtor owes."""
    (planned,) = _row(PLANNED, [recovery.book_id, recovery.debtor_id])
    return int(planned)


def not_asked_for(*, book_id: int, debtor_id: int, owed_fen: int, besides: int = 0) -> int:
    """Give what a party owes that no other recovery asks for."""
    asked: int = _row(OTHERS, [book_id, debtor_id, besides])[0]
    return max(0, owed_fen - asked)


def came_back(*, book_id: int, debtor_id: int) -> int:
    """Give how much of what a party owes a book came back before."""
    (before,) = _row(BEFORE, _values(book_id, debtor_id))
    return int(before)


def owed_of(*, book_id: int, debtor_id: int) -> tuple[tuple[Owed, ...], int]:
    """Give what a party owes back, the oldest first, and how much of it came back before."""
    with connection.cursor() as cursor:
        cursor.execute(OWED, _values(book_id, debtor_id))
        owed = tuple(Owed(year, tuple(parts)) for year, parts in cursor.fetchall())
    return owed, came_back(book_id=book_id, debtor_id=debtor_id)


def _values(book_id: int, debtor_id: int) -> dict[str, Any]:
    return {
        "book": book_id,
        "family": family_of(party_id=debtor_id),
        "sources": list(CAME_BACK),
        "corrected": corrected.SOURCE,
    }


def _row(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
