"""What a month held of the book that pays a batch (暂缓发放，按原因), with samples."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from backend.people.queries import sights
from insurance.benefits.models import HoldReason
from payments.models import Batch, BatchKind

SAMPLES = 3
HELD = """
SELECT h.reason, d.payee_id, d.fen, count(*) OVER reasons, sum(d.fen) OVER reasons,
    row_number() OVER (PARTITION BY h.reason ORDER BY d.fen DESC, d.due_ref) AS place
FROM benefits_held h
JOIN benefits_due d ON d.due_ref = h.due_ref
JOIN benefits_entitlement e ON e.id = d.entitlement_id AND e.book_id = %(book)s
WHERE h.run_period = %(period)s
WINDOW reasons AS (PARTITION BY h.reason)
"""
FIRST = f"SELECT * FROM ({HELD}) h WHERE place <= %(samples)s ORDER BY reason, place"


@dataclass(frozen=True)
class HeldSample:
    """One of those who were not paid."""

    payee_id: int
    name: str
    fen: int


@dataclass(frozen=True)
class HeldReason:
    """All that was held for one reason."""

    reason: HoldReason
    count: int
    fen: int
    samples: tuple[HeldSample, ...]


@dataclass(frozen=True)
class HeldOfBatch:
    """What is not in the first batches of a book's month: entitled = in batch + held."""

    count: int
    fen: int
    reasons: tuple[HeldReason, ...]


def held_of(*, batch: Batch, on: date) -> HeldOfBatch:
    """By reason, the largest as samples; nothing for what is no first payment of a month."""
    rows = _rows(batch) if batch.kind == BatchKind.REGULAR else []
    names = sights(party_ids={row[1] for row in rows}, on=on)
    found = []
    for reason in HoldReason:
        own = [row for row in rows if row[0] == reason]
        if own:
            samples = tuple(HeldSample(one[1], names[one[1]].name, int(one[2])) for one in own)
            found.append(HeldReason(reason, int(own[0][3]), int(own[0][4]), samples))
    return HeldOfBatch(sum(one.count for one in found), sum(one.fen for one in found), tuple(found))


def _rows(batch: Batch) -> list[tuple[str, int, int, int, int, int]]:
    given: dict[str, Any] = {"book": batch.book_id, "period": batch.period, "samples": SAMPLES}
    with connection.cursor() as cursor:
        cursor.execute(FIRST, given)
        rows: list[tuple[str, int, int, int, int, int]] = cursor.fetchall()
    return rows
