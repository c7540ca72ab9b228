"""Open and seal batches (生成与封存批次).

A batch belongs to a book and a bank. What people sign is its digest: SHA-256 over the digests of
its chunks, each SHA-256 over the text of its lines – computed in the database.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.batch_profiles import banks_to_pay_through, require_profiles
from payments.ledger.books import fund_of
from payments.ledger.models import Book
from payments.models import Batch, BatchKind, BatchState, Chunk

MARKS = {
    BatchKind.REGULAR: "",
    BatchKind.REISSUE: "R",
    BatchKind.ACCOUNT: "A",
    BatchKind.GRANT: "G",
    BatchKind.EMPLOYER: "E",
    BatchKind.FOUND: "F",
}

# Everything a line says, and its end. The lengths keep one text from running into the next,
# whatever accounts and names hold.
LINE = """concat_ws('|', a.due_ref, a.n, a.payee_id, a.fen, length(a.account_no), a.account_no,
    length(a.holder_name), a.holder_name) || E'\\n'"""

# The chunks of one batch. The lines are sorted before they are put together: the aggregate would
# sort its own text, at a third more. In another order the digest would be another, and the batch
# refused.
CHUNK_DIGESTS = f"""
SELECT a.batch_id, a.chunk, count(*) AS line_count, sum(a.fen) AS fen,
    sha256(convert_to(string_agg({LINE}, ''), 'UTF8')) AS digest
FROM (SELECT * FROM {{lines}} WHERE batch_id = %s
    ORDER BY chunk, due_ref, n) a GROUP BY a.batch_id, a.chunk
"""
LINES = "payments_attempt"

# The upper level: what the batch is, then its chunks in order.
BATCH_DIGEST = """
SELECT b.id, c.line_count, c.fen, encode(sha256(convert_to(concat_ws('|', 'yikatong-batch/1', b.no,
    b.book_id, b.bank, b.kind, b.period, b.pay_date, c.line_count, c.fen), 'UTF8') || c.digests),
    'hex')
FROM payments_batch b JOIN (
    SELECT batch_id, sum(line_count) AS line_count, sum(fen) AS fen,
        string_agg(digest, ''::bytea ORDER BY chunk) AS digests
    FROM {chunks} GROUP BY batch_id) c ON c.batch_id = b.id
WHERE b.id = ANY(%s)
"""


class BatchNotThere(Refusal):
    """No such batch (没有这个批次)."""

    code = "batch_not_found"
    status = 404


class NothingToSeal(Refusal):
    """A batch can be sealed once, while it is a draft (只能封存生成中的批次)."""

    code = "batch_not_draft"


class NoBank(Refusal):
    """Nobody can be paid: no bank's layout is in force and counts (没有可用的银行文件格式)."""

    code = "batch_no_bank"


def batch_no(*, book: Book, bank: str, period: Month, kind: str, ordinal: int) -> str:
    """The number printed in the bank's file, e.g. 34080001-170-202611-NSB-1; of reissues R1, R2 …,
    of accounts A1, of what is granted once G1, of what was found to be paid F1."""
    mark = MARKS[BatchKind(kind)]
    month = f"{period.year}{period.month:02d}"
    return f"{book.agency.code}-{book.scheme}-{month}-{bank}-{mark}{ordinal}"


def open_batches(
    *,
    period: Month,
    pay_date: date,
    today: date,
    kind: BatchKind = BatchKind.REGULAR,
    first: int = 1,
    counts: Mapping[tuple[int, str], int] | None = None,
    book_ids: Collection[int] | None = None,
) -> list[Batch]:
    """Drafts for every bank of these books, or of all that the month pays out of: one, or as many
    as ``counts`` (book id, bank) says, numbered from ``first``; those that stay without lines
    become EMPTY at seal.

    Raises:
        NoBank: no bank's file could be written today.
    """
    banks = banks_to_pay_through(today=today)
    if not banks:
        raise NoBank(f"{today} 没有一家银行的文件格式经过核对并已启用，不能生成发放批次。")
    books = [
        book
        for book in Book.objects.select_related("agency").order_by("id")
        if (
            fund_of(book=book, on=pay_date).pays_monthly
            if book_ids is None
            else book.pk in book_ids
        )
    ]
    batches = [
        Batch(
            no=batch_no(book=book, bank=bank, period=period, kind=kind, ordinal=ordinal),
            book=book,
            bank=bank,
            kind=kind,
            period=period.first_day,
            ordinal=ordinal,
            pay_date=pay_date,
        )
        for book in books
        for bank in banks
        for ordinal in range(first, first + (counts or {}).get((book.pk, bank), 1))
    ]
    return Batch.objects.bulk_create(batches)


def seal(*, batch_ids: Sequence[int], made_by: int | None, now: datetime) -> int:
    """Fix content, totals and digest of all these batches in one transaction; give rows written,
    none where there is no batch.

    ``made_by`` is the person who made the batch by hand; None for the monthly run.

    Raises:
        NothingToSeal: one of them is no draft. ProfileNotInForce, ProfileNotVerified: the file of
            one could not be written.
    """
    ids = list(batch_ids)
    if not ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        drafts = Batch.objects.select_for_update().filter(id__in=ids, state=BatchState.DRAFT)
        if len(drafts) != len(ids):
            raise NothingToSeal("只能封存“生成中”的批次，请刷新后再看。")
        cursor.execute(_chunk_digests(len(ids)), ids)
        names = ("batch_id", "chunk", "line_count", "fen", "digest")
        chunks = [Chunk(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
        rows = len(Chunk.objects.bulk_create(chunks))
        lined = Chunk.objects.filter(batch__in=ids).exclude(batch__kind=BatchKind.FOUND)
        require_profiles(banks=set(lined.values_list("batch__bank", flat=True)), now=now)
        faultpoint("payments.seal.digested")
        cursor.execute(
            "UPDATE payments_batch b SET state = 'SEALED', line_count = d.line_count, "
            "fen = d.fen, digest = d.digest, made_by = %s, sealed_at = %s FROM ("
            + BATCH_DIGEST.format(chunks="payments_chunk")
            + ") AS d (id, line_count, fen, digest) WHERE b.id = d.id",
            [made_by, now, ids],
        )
        sealed = cursor.rowcount
        empty = Batch.objects.filter(id__in=ids, state=BatchState.DRAFT)
        rows += sealed + empty.update(state=BatchState.EMPTY, sealed_at=now)
        record(
            name="payments.seal",
            subject_kind="payments.batch",
            subject_id=",".join(str(i) for i in sorted(ids)),
            rows=rows,
            person_id=made_by,
        )
    return int(rows)


def recompute_digests(*, batch_ids: Collection[int], lines: str = LINES) -> dict[int, str]:
    """The digests of the lines as they stand now, or as they were found anew in another relation,
    to be compared with what was signed; of a batch without lines, ''."""
    ids = sorted(batch_ids)
    if not ids:
        return {}
    fresh = f"({_chunk_digests(len(ids), lines=lines)}) AS fresh"
    with connection.cursor() as cursor:
        cursor.execute(BATCH_DIGEST.format(chunks=fresh), [*ids, ids])
        digested = {row[0]: row[3] for row in cursor.fetchall()}
    return {batch_id: digested.get(batch_id, "") for batch_id in ids}


def _chunk_digests(batches: int, *, lines: str = LINES) -> str:
    """A statement that takes so many ids: batch by batch, so that several processes share them."""
    return " UNION ALL ".join([CHUNK_DIGESTS.format(lines=lines)] * batches)
