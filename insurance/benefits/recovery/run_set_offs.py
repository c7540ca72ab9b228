"""What a monthly run keeps of what it owes (月度抵扣): planned when it opens, settled at its seal.

Only where two people decided so, only within one fund, never more than is still owed back.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection

from insurance.benefits.assess import NOTHING
from insurance.benefits.models import Run
from insurance.benefits.recovery.amounts import Allocation, allocate, taken
from insurance.benefits.recovery.standing import SET_OFF, STANDING, owed_of
from payments.ledger import memo
from payments.ledger.months import open_day
from payments.ledger.post import post

PLAN = f"""
INSERT INTO benefits_runsetoff (run_id, entitlement_id, set_off_id, fen, most_ppm)
SELECT %(run_id)s, p.entitlement_id, p.id, p.most, p.most_ppm FROM (
    SELECT s.id, s.entitlement_id, s.most_ppm, least(s.fen,
        t.asked_fen - t.received_fen - t.set_off_fen, (SELECT sum(m.fen) FROM ledger_memoentry m
            WHERE m.book_id = t.book_id AND m.party_id = t.debtor_id AND m.kind = 'OVERPAID'))
        AS most
    FROM benefits_setoff s JOIN ({STANDING}) t ON t.recovery_id = s.recovery_id
    WHERE s.valid @> %(period)s::date AND s.recorded_at <= %(known_at)s
        AND (s.superseded_at IS NULL OR s.superseded_at > %(known_at)s)) p
WHERE p.most > 0
"""
KEPT = """
SELECT e.book_id, r.debtor_id, d.due_ref, d.fen, d.parts
FROM benefits_due d JOIN benefits_entitlement e ON e.id = d.entitlement_id
JOIN benefits_runsetoff p ON p.run_id = %(run_id)s AND p.entitlement_id = d.entitlement_id
JOIN benefits_setoff s ON s.id = p.set_off_id JOIN benefits_recovery r ON r.id = s.recovery_id
WHERE d.kind = 3 AND d.run_period = %(period)s
"""
SETTLED = f"""
SELECT k.book_id, k.debtor_id AS party_id, k.due_ref::text AS source_id, -k.fen AS fen
FROM ({KEPT}) k
"""


def plan(*, run: Run) -> int:
    """Put down what a run that opens may keep of whose month; rows written."""
    values: dict[str, Any] = {
        "run_id": run.id,
        "period": run.period,
        "known_at": run.known_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(PLAN, values)
        return int(cursor.rowcount)


def settle(*, run: Run) -> int:
    """Write off in the memo register what a run kept, and bring it to the books; rows written.

    The caller sealed the run in this transaction: what it found counts. What was kept and turns
    out not to be owed is owed to the payee; no pay day waits for that.
    """
    values: dict[str, Any] = {"run_id": run.id, "period": run.period}
    by_debtor: dict[tuple[int, int], tuple[int, ...]] = defaultdict(lambda: NOTHING)
    kept: dict[int, tuple[int, ...]] = defaultdict(lambda: NOTHING)
    with connection.cursor() as cursor:
        cursor.execute(KEPT, values)
        for book_id, debtor_id, _, _, parts in cursor.fetchall():
            by_debtor[book_id, debtor_id] = _plus(by_debtor[book_id, debtor_id], parts)
            kept[book_id] = _plus(kept[book_id], parts)
    allocated: dict[int, Allocation] = defaultdict(Allocation)
    for (book_id, debtor_id), parts in by_debtor.items():
        owed, before = owed_of(book_id=book_id, debtor_id=debtor_id)
        day = open_day(book_id=book_id, day=run.pay_date)
        of = allocate(owed=owed, before_fen=before, fen=sum(parts), year=day.year)
        more = Allocation(taken(parts=parts, fen=of.rest_fen), 0, -of.rest_fen)
        allocated[book_id] += of + more
    for book_id, parts in kept.items():
        post_set_off(
            book_id=book_id,
            parts=parts,
            of=allocated[book_id],
            day=open_day(book_id=book_id, day=run.pay_date),
            source=SET_OFF,
            source_id=f"{run.period:%Y-%m}",
        )
    return memo.append(select=SETTLED, parameters=values, source=SET_OFF, beyond_zero=True)


def post_set_off(
    *, book_id: int, parts: tuple[int, ...], of: Allocation, day: Any, source: str, source_id: str
) -> None:
    """Bring what was kept to the books: it is expensed as if paid, into 暂收款, and leaves that as
    what came back. More than was owed was neither: ``pay_back`` expenses it when it is paid."""
    vouchers = (
        ("recovery.set_off", parts),
        ("recovery.set_off.same_year", of.same_year),
        ("recovery.set_off.earlier_year", (of.earlier_fen,)),
    )
    for rule, items in vouchers:
        post(
            rule=rule,
            book_id=book_id,
            business_date=day,
            source=source,
            source_id=source_id,
            items=items,
            summary=source_id,
        )


def _plus(left: tuple[int, ...], right: Sequence[int]) -> tuple[int, ...]:
    padded = (*right, *NOTHING)[: len(NOTHING)]
    return tuple(a + b for a, b in zip(left, padded, strict=True))
