"""Pay single amounts (一次性支付批次): dues of their own, in batches like any other.

What left a personal account to heirs, what is granted to survivors: each amount is registered under
a number of the payments, once, and is then signed, sent, returned and paid again as a pension is.
Once a month; who has no valid account, or died meanwhile, waits for the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.kernel.months import Month
from payments.batch_profiles import banks_to_pay_through
from payments.batches import open_batches, seal
from payments.models import Batch, BatchKind, BatchState

# What waits, to its payee's account of the day; a merged payee is its survivor.
READY = """
SELECT w.source_id, p.canonical_id AS payee_id, w.fen, w.book_id, w.parts, acc.bank,
    acc.account_no, acc.holder_name
FROM ({waiting}) w
JOIN people_canonical p ON p.party_id = w.payee_id
JOIN payments_payeeaccount acc ON acc.payee_id = p.canonical_id AND acc.superseded_at IS NULL
    AND acc.valid @> %(account_date)s::date
WHERE acc.bank = ANY(%(banks)s)
    AND NOT EXISTS (SELECT FROM payments_accountblock k WHERE k.account_id = acc.id)
    AND NOT EXISTS (SELECT FROM people_canonical q JOIN people_death x ON x.person_id = q.party_id
            AND x.superseded_at IS NULL
        WHERE q.canonical_id = p.canonical_id)
"""
FILL = """
WITH due AS MATERIALIZED (
    SELECT r.*, b.id AS batch_id, nextval('payments_due_ref') AS due_ref
    FROM ({ready}) r JOIN payments_batch b
        ON b.book_id = r.book_id AND b.bank = r.bank AND b.id = ANY (%(batches)s)),
registered AS (
    INSERT INTO {registered} SELECT source_id, due_ref FROM due)
INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no,
    holder_name)
SELECT due_ref, 1, batch_id, 0, payee_id, fen, parts, account_no, holder_name
FROM due
"""


@dataclass(frozen=True)
class Singles:
    """Amounts of one kind: what waits, and where it is registered under its number.

    ``waiting`` selects source_id, payee_id, fen, book_id and parts (by expense item) of what has no
    number yet; ``registered`` is a table with the columns (source, due_ref) in that order.
    """

    kind: BatchKind
    name: str  # of the act, the lock and the fault point
    waiting: str
    registered: str

    @property
    def ready(self) -> str:
        """The statement that selects what could be paid."""
        return READY.format(waiting=self.waiting)


def count_ready(*, singles: Singles, values: Mapping[str, Any], account_date: date) -> int:
    """How many amounts could be paid to the accounts in force on ``account_date``."""
    return sum(_ready(singles, _payable(values, account_date, today=account_date)).values())


def seal_singles(
    *, singles: Singles, values: Mapping[str, Any], period: Month, pay_date: date, now: datetime
) -> list[Batch]:
    """Seal a month's batches with all that is ready, once; [] when there is nothing, or they are
    there."""
    today = timezone.localdate(now)
    given = _payable(values, max(pay_date, today), today=today)
    with transaction.atomic(), connection.cursor() as cursor:
        keep_out_of_batches(singles=singles)
        if Batch.objects.filter(period=period.first_day, kind=singles.kind).exists():
            return []
        ready = _ready(singles, given)
        if not ready:
            return []
        batches = open_batches(
            period=period, pay_date=pay_date, today=today, kind=singles.kind, book_ids=ready
        )
        ids = [batch.id for batch in batches]
        fill = FILL.format(ready=singles.ready, registered=singles.registered)
        cursor.execute(fill, {**given, "batches": ids})
        lines = cursor.rowcount
        faultpoint(f"{singles.name}.filled")
        seal(batch_ids=ids, made_by=None, now=now)
        record(
            name=f"{singles.name}.sealed",
            subject_kind="payments.period",
            subject_id=str(period),
            rows=len(batches) + 2 * lines,
        )
    return list(Batch.objects.filter(id__in=ids).exclude(state=BatchState.EMPTY).order_by("id"))


def keep_out_of_batches(*, singles: Singles) -> None:
    """Let nobody else put any of it into a batch until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [singles.name])


def _payable(values: Mapping[str, Any], account_date: date, *, today: date) -> dict[str, Any]:
    banks = banks_to_pay_through(today=today)
    return {**values, "account_date": account_date, "banks": list(banks)}


def _ready(singles: Singles, values: Mapping[str, Any]) -> dict[int, int]:
    """How many amounts each book could pay."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT book_id, count(*) FROM ({singles.ready}) r GROUP BY 1", values)
        return dict(cursor.fetchall())
