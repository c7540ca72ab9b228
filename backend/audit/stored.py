"""The chain as it is stored (库内的链): read in order, with little memory however long it is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection

from backend.audit.chain import (
    GENESIS,
    Head,
    PublicKey,
    Row,
    SignedHead,
    instant,
    marks_of,
)
from backend.audit.models import Block, ChainLink
from backend.audit.verify import Linked

COLUMNS = (
    "id", "at", "name", "staff_id", "person_id", "party_id", "channel", "place", "subject_kind",
    "subject_id", "rows", "before", "after", "details", "digest", "call",
)  # fmt: skip
TEXTS = {
    "at": """to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
    "before": "a.before::text",
    "after": "a.after::text",
    "details": "a.details::text",
    "call": "a.call::text",
}
# What of an act is hashed: times and JSON as PostgreSQL spells them.
ROW = ", ".join(TEXTS.get(column, f'a."{column}"') for column in COLUMNS)
BLOCKS_AT_ONCE, LINKS_AT_ONCE = 20, 2000
LOWEST = -(2**63)  # nothing that is stored stands before it
LINKS = f"""
SELECT l.position, l.act_id, l.hash, {ROW}
FROM audit_chainlink l LEFT JOIN audit_act a ON a.id = l.act_id
WHERE l.position >= %s ORDER BY l.position LIMIT {LINKS_AT_ONCE}
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
    while True:
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


def signed_heads(*, after: int) -> Iterator[tuple[PublicKey, SignedHead]]:
    """Give the heads of the blocks behind number ``after``, in order, each with its key."""
    before = GENESIS
    if after:
        before = bytes(Block.objects.values_list("head", flat=True).get(number=after))
    while True:
        blocks = list(
            Block.objects.select_related("key")
            .filter(number__gt=after)
            .order_by("number")[:BLOCKS_AT_ONCE]
        )
        if not blocks:
            return
        marks = _marks(blocks)
        for block in blocks:
            yield _signed(block, before, marks[block.number])
            before, after = bytes(block.head), block.number


def _marks(blocks: Sequence[Block]) -> dict[int, str]:
    links = ChainLink.objects.filter(
        position__gte=blocks[0].first, position__lte=blocks[-1].last
    ).order_by("position")
    hashes = dict(links.values_list("position", "hash"))
    return {
        block.number: marks_of(
            bytes(hashes[position])
            for position in range(block.first, block.last + 1)
            if position in hashes
        )
        for block in blocks
    }


def _signed(block: Block, before: bytes, marks: str) -> tuple[PublicKey, SignedHead]:
    public = PublicKey(block.key.key, bytes(block.key.public), instant(block.key.since))
    head = Head(
        number=block.number,
        first=block.first,
        last=block.last,
        prev=before.hex(),
        head=bytes(block.head).hex(),
        sealed_at=instant(block.sealed_at),
        key=public.key,
        marks=marks,
    )
    return public, SignedHead(head, bytes(block.signature))
