"""The chain as it is stored (库内的链): read in order, with little memory however long it is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection, connections

from backend.audit.chain import GENESIS, Head, PublicKey, Row, SignedHead, marks_of
from backend.audit.models import Block
from backend.audit.verify import Linked

# Spelled as ``chain.instant`` does, also what no clock shows and no Python holds: infinity, years
# before Christ, years of five digits.
INSTANT = """CASE WHEN isfinite({0}) AND {0} >= '0001-01-01 00:00+00'
    THEN to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    ELSE {0}::text END"""

COLUMNS = (
    "id", "at", "name", "staff_id", "person_id", "party_id", "channel", "place", "subject_kind",
    "subject_id", "rows", "before", "after", "details", "digest", "call",
)  # fmt: skip
TEXTS = {
    "at": INSTANT.format("a.at"),
    "before": "a.before::text",
    "after": "a.after::text",
    "details": "a.details::text",
    "call": "a.call::text",
}
# What of an act is hashed: times and JSON as PostgreSQL spells them.
ROW = ", ".join(TEXTS.get(column, f'a."{column}"') for column in COLUMNS)
BLOCK_ROWS_MAX = 5000
BLOCKS_AT_ONCE, LINKS_AT_ONCE = 20, 2000
LOWEST, HIGHEST = -(2**63), 2**63 - 1  # nothing that is stored stands beyond them
LINKS = f"""
SELECT l.position, l.act_id, l.hash, {ROW}
FROM audit_chainlink l LEFT JOIN audit_act a ON a.id = l.act_id
WHERE l.position >= CAST(%s AS bigint) ORDER BY l.position LIMIT {LINKS_AT_ONCE}
"""
# A block that says that it holds more rows than a block can has as many marks as one can.
HEADS = f"""
SELECT b.number, b.first, b.last, b.head, {INSTANT.format("b.sealed_at")}, b.signature,
    k.key, k.public, {INSTANT.format("k.since")},
    ARRAY(SELECT l.hash FROM audit_chainlink l WHERE l.position BETWEEN b.first AND b.last
        ORDER BY l.position LIMIT {BLOCK_ROWS_MAX})
FROM audit_block b JOIN audit_headkey k ON k.key = b.key
WHERE b.number >= CAST(%s AS bigint) ORDER BY b.number LIMIT {BLOCKS_AT_ONCE}
"""


class Posted(Protocol):
    """What the ledger tells the chain: which act posts, and what its vouchers say now."""

    act: str

    def contents(self, ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """Give what these vouchers say, of those that are there."""

    def strays(self) -> Iterator[str]:
        """Give the vouchers that no act posted."""


def row_of(values: Sequence[Any]) -> Row:
    """Name the columns of ``ROW``."""
    return dict(zip(COLUMNS, values, strict=True))


def links(*, posted: Posted) -> Iterator[Linked]:
    """Give all links in order with their acts as they are now, and what those posted."""
    first = LOWEST
    while first <= HIGHEST:
        with connection.cursor() as cursor:
            cursor.execute(LINKS, [first])
            found = cursor.fetchall()
        if not found:
            return
        acts = [row_of(values[3:]) for values in found]
        posting = {act["subject_id"] for act in acts if act["name"] == posted.act}
        entries = posted.contents([str(entry_id) for entry_id in posting])
        for (position, act_id, link, *_), act in zip(found, acts, strict=True):
            posts = act["name"] == posted.act
            entry = entries.get(str(act["subject_id"])) if posts else None
            row = None if act["id"] is None else act
            yield Linked(position, act_id, bytes(link), row, posts, entry)
        first = found[-1][0] + 1


def signed_heads(*, after: int, using: str = "default") -> Iterator[tuple[PublicKey, SignedHead]]:
    """Give the heads of the blocks behind number ``after``, in order, each with its key; after 0
    of all that are there, whatever their number."""
    before, first = GENESIS, LOWEST
    if after:
        known = Block.objects.using(using).filter(number=after)
        before = bytes(known.values_list("head", flat=True).get())
        first = after + 1
    while first <= HIGHEST:
        with connections[using].cursor() as cursor:
            cursor.execute(HEADS, [first])
            found = cursor.fetchall()
        if not found:
            return
        for values in found:
            yield _signed(values, before)
            before, first = bytes(values[3]), values[0] + 1


def _signed(values: Sequence[Any], before: bytes) -> tuple[PublicKey, SignedHead]:
    number, first, last, link, sealed_at, signature, key, public, since, hashes = values
    head = Head(
        number=number,
        first=first,
        last=last,
        prev=before.hex(),
        head=bytes(link).hex(),
        sealed_at=sealed_at,
        key=key,
        marks=marks_of(bytes(one) for one in hashes),
    )
    return PublicKey(key, bytes(public), since), SignedHead(head, bytes(signature))
