"""Pay what left accounts to persons (账户支付批次): heirs, who takes a lump sum, who gets doubled
months back; in batches of single amounts."""

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from backend.kernel.months import Month
from payments import single_batches
from payments.models import Batch, BatchKind
from payments.single_batches import Singles

ITEMS_FILE = Path(__file__).parent / "data" / "outgoing_items.toml"

# With the book and the expense item that pay it: the book of the agency that decided, else –
# doubled months of 310 that the pensions' agency cleared – of the region's agency that keeps the
# fund. Where two could pay it, it waits: none is guessed. Heirs are paid only while the death
# stands confirmed by two people, under whatever entry of the person, and what was put back into
# the account is not paid at all; as corrected, that is paid which was not had before.
WAITING = """
SELECT o.id AS source_id, o.payee_id, o.fen - o.had_fen AS fen, b.id AS book_id,
    array_fill(0::bigint, ARRAY[i.ordinal - 1]) || (o.fen - o.had_fen) AS parts
FROM accounts_outgoing o
JOIN cases_case c ON c.id = o.case_id
JOIN access_agency g ON g.id = c.agency_id
JOIN LATERAL (SELECT min(l.id) AS id FROM ledger_book l JOIN access_agency k ON k.id = l.agency_id
    WHERE l.scheme = o.scheme AND k.region = g.region AND (k.id = g.id OR NOT EXISTS (
        SELECT FROM ledger_book w WHERE w.agency_id = g.id AND w.scheme = o.scheme))
    HAVING count(*) = 1) b ON true
JOIN (SELECT unnest(%(schemes)s::text[]) AS scheme, unnest(%(kinds)s::text[]) AS kind,
    unnest(%(ordinals)s::int[]) AS ordinal) i ON i.scheme = o.scheme AND i.kind = o.kind
WHERE o.fen > o.had_fen
    AND NOT EXISTS (SELECT FROM accounts_outgoingdue d WHERE d.outgoing_id = o.id)
    AND NOT EXISTS (SELECT FROM accounts_accountentry r
        WHERE r.source_id = o.case_id AND r.source = 'CASE' AND r.kind = 'RETURNED')
    AND (o.kind <> 'INHERITED' OR EXISTS (SELECT FROM people_canonical p
        JOIN people_canonical q ON q.canonical_id = p.canonical_id
        JOIN people_death x ON x.person_id = q.party_id AND x.confirmed
            AND x.superseded_at IS NULL
        WHERE p.party_id = o.person_id))
"""

OUTGOING = Singles(
    kind=BatchKind.ACCOUNT,
    name="accounts.outgoing",
    waiting=WAITING,
    registered="accounts_outgoingdue (outgoing_id, due_ref)",
)


def count_ready(*, account_date: date) -> int:
    """How many amounts could be paid to the accounts in force on ``account_date``."""
    return single_batches.count_ready(
        singles=OUTGOING, values=items_listed(), account_date=account_date
    )


def seal_outgoing(*, period: Month, pay_date: date, now: datetime) -> list[Batch]:
    """Seal a month's batches with all that is ready, once; [] when there is nothing, or they are
    there."""
    return single_batches.seal_singles(
        singles=OUTGOING, values=items_listed(), period=period, pay_date=pay_date, now=now
    )


def keep_out_of_batches() -> None:
    """Let nothing of it be put into a batch until this transaction ends."""
    single_batches.keep_out_of_batches(singles=OUTGOING)


def items_listed() -> dict[str, Any]:
    """The values of ``WAITING``: which expense item each kind of payment belongs to."""
    rows = _items()
    return {
        "schemes": [scheme for scheme, _, _ in rows],
        "kinds": [kind for _, kind, _ in rows],
        "ordinals": [ordinal for _, _, ordinal in rows],
    }


def item_ordinal(*, scheme: str, kind: str) -> int:
    """Which expense item of its fund what leaves an account belongs to, counted from 1."""
    return next(n for of, name, n in _items() if (of, name) == (scheme, kind))


@cache
def _items() -> tuple[tuple[str, str, int], ...]:
    """Which expense item of the fund each kind of payment belongs to: scheme, kind, ordinal."""
    table = tomllib.loads(ITEMS_FILE.read_text(encoding="utf-8"))
    return tuple(
        (item["scheme"], kind, item["ordinal"]) for item in table["item"] for kind in item["kinds"]
    )
