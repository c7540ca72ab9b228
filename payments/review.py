"""What whoever signs a batch looks at first (签名前须看): never a bare total.

Last month's batches of the same book and bank, plus who is new, less who is gone, plus or minus
what changed for the same people, is this batch, to the fen. Beside it the largest amounts, the
largest changes, and everybody whose account changed within thirty days before the seal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from payments.models import Batch, BatchKind, BatchState

LARGEST = 10
ACCOUNT_DAYS = timedelta(days=30)
ACCOUNTS_LISTED = 200
BOTH = """
WITH now AS (
    SELECT payee_id, sum(fen)::bigint AS fen FROM payments_attempt
    WHERE batch_id = %(batch)s GROUP BY 1),
before AS (
    SELECT payee_id, sum(fen)::bigint AS fen FROM payments_attempt
    WHERE batch_id = ANY(%(before)s) GROUP BY 1),
both_months AS (
    SELECT payee_id, n.fen AS now_fen, b.fen AS before_fen FROM now n FULL JOIN before b
    USING (payee_id))
"""
MOVEMENT = f"""{BOTH}
SELECT count(before_fen), coalesce(sum(before_fen), 0),
    count(*) FILTER (WHERE before_fen IS NULL),
    coalesce(sum(now_fen) FILTER (WHERE before_fen IS NULL), 0),
    count(*) FILTER (WHERE now_fen IS NULL),
    coalesce(sum(before_fen) FILTER (WHERE now_fen IS NULL), 0),
    count(*) FILTER (WHERE now_fen <> before_fen),
    coalesce(sum(now_fen - before_fen), 0),
    count(now_fen), coalesce(sum(now_fen), 0)
FROM both_months
"""
CHANGES = f"""{BOTH}
SELECT c.payee_id, a.holder_name, c.now_fen, c.before_fen FROM (
    SELECT * FROM both_months WHERE now_fen <> before_fen
    ORDER BY abs(now_fen - before_fen) DESC, payee_id LIMIT %(most)s) c
CROSS JOIN LATERAL (SELECT holder_name FROM payments_attempt a
    WHERE a.batch_id = %(batch)s AND a.payee_id = c.payee_id LIMIT 1) a
ORDER BY abs(c.now_fen - c.before_fen) DESC, c.payee_id
"""
AMOUNTS = """
SELECT payee_id, max(holder_name), sum(fen)::bigint, NULL FROM payments_attempt
WHERE batch_id = %(batch)s GROUP BY payee_id ORDER BY 3 DESC, 1 LIMIT %(most)s
"""
ACCOUNTS = """
SELECT a.payee_id, a.holder_name, a.account_no, sum(a.fen)::bigint, p.recorded_at, p.case_id,
    count(*) OVER ()
FROM payments_payeeaccount p
JOIN payments_attempt a ON a.batch_id = %(batch)s
    AND (a.payee_id, a.account_no) = (p.payee_id, p.account_no)
WHERE p.bank = %(bank)s AND p.case_id IS NOT NULL AND p.recorded_at >= %(since)s
    AND p.superseded_at IS NULL
GROUP BY a.payee_id, a.holder_name, a.account_no, p.recorded_at, p.case_id
ORDER BY 4 DESC, 1 LIMIT %(listed)s
"""


@dataclass(frozen=True)
class People:
    """So many people, so many fen."""

    count: int
    fen: int


@dataclass(frozen=True)
class Movement:
    """Before + joined − left ± changed = now (增减证明)."""

    period: Month | None  # None: there is no month before to compare with
    before: People
    joined: People
    left: People
    changed: People  # the fen may be below zero
    now: People

    @property
    def unexplained_fen(self) -> int:
        """What the proof leaves over: it must be nothing."""
        moved = self.before.fen + self.joined.fen - self.left.fen + self.changed.fen
        return self.now.fen - moved


@dataclass(frozen=True)
class Paid:
    """What a payee gets in a batch, and got in the month before (None: not looked at)."""

    payee_id: int
    holder_name: str
    fen: int
    before_fen: int | None


@dataclass(frozen=True)
class ChangedAccount:
    """A payee whose account is a new one, and by which case."""

    payee_id: int
    holder_name: str
    account_no: str
    fen: int
    since: Any
    case_id: int


@dataclass(frozen=True)
class Review:
    """All of it."""

    movement: Movement
    largest: tuple[Paid, ...]
    largest_changes: tuple[Paid, ...]
    changed_accounts: tuple[ChangedAccount, ...]
    changed_accounts_count: int


def review(*, batch: Batch) -> Review:
    """Read what there is to be seen of a batch that was sealed, or is still a draft."""
    before = _before(batch)
    given: dict[str, Any] = {
        "batch": batch.pk,
        "before": [one.pk for one in before],
        "most": LARGEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVEMENT, given)
        figures = [int(figure) for figure in cursor.fetchone()]
        cursor.execute(AMOUNTS, given)
        largest = tuple(Paid(*row) for row in cursor.fetchall())
        cursor.execute(CHANGES, given)
        changes = tuple(Paid(*row) for row in cursor.fetchall())
        accounts = _changed_accounts(cursor, batch)
    people = [People(*pair) for pair in zip(figures[::2], figures[1::2], strict=True)]
    period = Month.of(batch.period).previous if before else None
    return Review(
        Movement(period, *people),
        largest,
        changes,
        tuple(ChangedAccount(*row[:6]) for row in accounts),
        accounts[0][6] if accounts else 0,
    )


def _before(batch: Batch) -> Sequence[Batch]:
    """The first batches of the month before, of the same book and bank; reissues and what is paid
    once have none."""
    if batch.kind != BatchKind.REGULAR:
        return ()
    rows = Batch.objects.filter(
        book=batch.book_id,
        bank=batch.bank,
        kind=batch.kind,
        period=Month.of(batch.period).previous.first_day,
    )
    return list(rows.exclude(state__in=(BatchState.DRAFT, BatchState.EMPTY)))


def _changed_accounts(cursor: Any, batch: Batch) -> list[tuple[Any, ...]]:
    if batch.sealed_at is None:
        return []
    since = batch.sealed_at - ACCOUNT_DAYS
    given = {
        "batch": batch.pk, "bank": batch.bank, "since": since, "listed": ACCOUNTS_LISTED
    }  # fmt: skip
    cursor.execute(ACCOUNTS, given)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
