"""The memo register (备查簿): what is to be recovered. Cash books do not know it."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Sum

from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from payments.ledger.models import Book, MemoEntry, MemoKind

APPEND = """
WITH given (book_id, party_id, source_id, fen) AS ({select}),
added AS (
    INSERT INTO ledger_memoentry (book_id, kind, party_id, source, source_id, fen, beyond_zero)
    SELECT book_id, %(memo_kind)s, party_id, %(memo_source)s, source_id, fen,
        %(memo_beyond_zero)s FROM given
    ON CONFLICT (source, source_id, book_id) DO NOTHING
    RETURNING 1)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM given g
    JOIN ledger_memoentry m ON m.source = %(memo_source)s AND m.source_id = g.source_id
        AND m.book_id = g.book_id
    WHERE (m.kind, m.party_id, m.fen) IS DISTINCT FROM (%(memo_kind)s, g.party_id, g.fen))
"""


class MemoDiffers(Refusal):
    """The same source was registered before with another amount (备查簿已按不同金额登记)."""

    code = "memo_differs"


class MoreThanOwed(Refusal):
    """Nobody settles more than is to be recovered (超过待追回金额)."""

    code = "memo_more_than_owed"


def append(
    *,
    select: str,
    parameters: Mapping[str, Any],
    source: str,
    kind: str = MemoKind.OVERPAID,
    beyond_zero: bool = False,
) -> int:
    """Register, set-wise, what ``select`` gives as (book_id, party_id, source_id, fen).

    What is there already, with the same amounts, is left alone; gives the rows added. The caller
    records its act and holds the transaction. ``beyond_zero``: what was registered is found not to
    be owed, though it may have been settled meanwhile; else an amount below zero settles.

    Raises:
        MemoDiffers: something is there with another party or amount.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            APPEND.format(select=select),
            {
                **parameters,
                "memo_kind": kind,
                "memo_source": source,
                "memo_beyond_zero": beyond_zero,
            },
        )
        added, differing = cursor.fetchone()
    if differing:
        raise MemoDiffers(f"备查簿中有 {differing} 笔已按不同金额登记。", source=source)
    return int(added)


def outstanding(*, book: Book, party_id: int, kind: str = MemoKind.OVERPAID) -> int:
    """Give the fen still to be recovered from a party."""
    rows = MemoEntry.objects.filter(book=book, party=party_id, kind=kind)
    return rows.aggregate(fen=Sum("fen"))["fen"] or 0


def settle(
    *,
    book: Book,
    party_id: int,
    fen: int,
    source: str,
    source_id: str,
    settled_by: int | None = None,
    kind: str = MemoKind.OVERPAID,
) -> bool:
    """Write off ``fen`` recovered from a party; False when this source did so before.

    The caller holds the transaction, in which the money received is posted.

    Raises:
        MoreThanOwed: less is to be recovered.
        MemoDiffers: the source was registered with another amount.
    """
    if fen <= 0:
        raise ValueError("a settlement is an amount above zero")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger_memo'), 0)")
    known = MemoEntry.objects.filter(book=book, source=source, source_id=source_id).first()
    if known is not None:
        if (known.kind, known.party_id, known.fen) != (kind, party_id, -fen):
            raise MemoDiffers("该笔追回已按不同金额登记。", source=source, source_id=source_id)
        return False
    owed = outstanding(book=book, party_id=party_id, kind=kind)
    if fen > owed:
        raise MoreThanOwed(f"待追回 {Money(owed)} 元，不能销记 {Money(fen)} 元。")
    MemoEntry.objects.create(
        book=book, kind=kind, party_id=party_id, source=source, source_id=source_id, fen=-fen
    )
    record(
        name="ledger.settle_memo",
        subject_kind="ledger.memo",
        subject_id=f"{book.id}/{party_id}",
        rows=1,
        person_id=settled_by,
        party_id=party_id,
        details={"source": source, "source_id": source_id, "fen": fen},
    )
    return True
