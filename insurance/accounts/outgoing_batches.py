"""Pay what left accounts to persons (账户支付批次): dues of their own, in batches like any other.

Heirs, who takes a lump sum, who gets doubled months back. Each amount is registered under a number
of the payments, once, and is then signed, sent, returned and paid again as a pension is. Once a
month; who has no valid account, or died meanwhile, waits for the next.
"""

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.kernel.months import Month
from payments.batches import open_batches, seal
from payments.models import Batch, BatchKind, BatchState

ITEMS_FILE = Path(__file__).parent / "data" / "outgoing_items.toml"

# What waits for its payee's account of the day, with the book and the expense item that pay it: the
# book of the agency that decided, else – doubled months of 310 that the pensions' agency cleared –
# of the region's agency that keeps the fund. Where two could pay it, it waits: none is guessed.
READY = """
SELECT o.id AS outgoing_id, p.canonical_id AS payee_id, o.fen, b.id AS book_id, acc.bank,
    acc.account_no, acc.holder_name, i.ordinal
FROM accounts_outgoing o
JOIN cases_case c ON c.id = o.case_id
JOIN access_agency g ON g.id = c.agency_id
JOIN LATERAL (SELECT min(l.id) AS id FROM ledger_book l JOIN access_agency k ON k.id = l.agency_id
    WHERE l.scheme = o.scheme AND k.region = g.region AND (k.id = g.id OR NOT EXISTS (
        SELECT FROM ledger_book w WHERE w.agency_id = g.id AND w.scheme = o.scheme))
    HAVING count(*) = 1) b ON true
JOIN people_canonical p ON p.party_id = o.payee_id
JOIN (SELECT unnest(%(schemes)s::text[]) AS scheme, unnest(%(kinds)s::text[]) AS kind,
    unnest(%(ordinals)s::int[]) AS ordinal) i ON i.scheme = o.scheme AND i.kind = o.kind
JOIN payments_payeeaccount acc ON acc.payee_id = p.canonical_id AND acc.superseded_at IS NULL
    AND acc.valid @> %(account_date)s::date
WHERE NOT EXISTS (SELECT FROM accounts_outgoingdue d WHERE d.outgoing_id = o.id)
    AND NOT EXISTS (SELECT FROM payments_accountblock k WHERE k.account_id = acc.id)
    AND NOT EXISTS (SELECT FROM people_death x WHERE x.person_id = p.canonical_id
        AND x.superseded_at IS NULL)
"""

FILL = f"""
WITH due AS MATERIALIZED (
    SELECT r.*, b.id AS batch_id, nextval('payments_due_ref') AS due_ref
    FROM ({READY}) r JOIN payments_batch b
        ON b.book_id = r.book_id AND b.bank = r.bank AND b.id = ANY (%(batches)s)),
registered AS (
    INSERT INTO accounts_outgoingdue (outgoing_id, due_ref) SELECT outgoing_id, due_ref FROM due)
INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no,
    holder_name)
SELECT due_ref, 1, batch_id, 0, payee_id, fen, array_fill(0::bigint, ARRAY[ordinal - 1]) || fen,
    account_no, holder_name
FROM due
"""


def count_ready(*, account_date: date) -> int:
    """How many amounts could be paid to the accounts in force on ``account_date``."""
    return sum(_ready(account_date).values())


def seal_outgoing(*, period: Month, pay_date: date, now: datetime) -> list[Batch]:
    """Seal a month's batches with all that is ready, once; [] when there is nothing, or they are
    there."""
    account_date = max(pay_date, timezone.localdate(now))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.outgoing'))")
        if Batch.objects.filter(period=period.first_day, kind=BatchKind.ACCOUNT).exists():
            return []
        ready = _ready(account_date)
        if not ready:
            return []
        batches = open_batches(
            period=period, pay_date=pay_date, kind=BatchKind.ACCOUNT, book_ids=ready
        )
        ids = [batch.id for batch in batches]
        cursor.execute(FILL, {**_terms(account_date), "batches": ids})
        lines = cursor.rowcount
        faultpoint("accounts.outgoing.filled")
        seal(batch_ids=ids, made_by=None, now=now)
        record(
            name="accounts.seal_outgoing",
            subject_kind="payments.period",
            subject_id=str(period),
            rows=len(batches) + 2 * lines,
        )
    return list(Batch.objects.filter(id__in=ids).exclude(state=BatchState.EMPTY).order_by("id"))


def _ready(account_date: date) -> dict[int, int]:
    """How many amounts each book could pay."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT book_id, count(*) FROM ({READY}) r GROUP BY 1", _terms(account_date)
        )
        return dict(cursor.fetchall())


def _terms(account_date: date) -> dict[str, Any]:
    rows = _items()
    return {
        "schemes": [scheme for scheme, _, _ in rows],
        "kinds": [kind for _, kind, _ in rows],
        "ordinals": [ordinal for _, _, ordinal in rows],
        "account_date": account_date,
    }


@cache
def _items() -> tuple[tuple[str, str, int], ...]:
    """Which expense item of the fund each kind of payment belongs to: scheme, kind, ordinal."""
    table = tomllib.loads(ITEMS_FILE.read_text(encoding="utf-8"))
    return tuple(
        (item["scheme"], kind, item["ordinal"]) for item in table["item"] for kind in item["kinds"]
    )
