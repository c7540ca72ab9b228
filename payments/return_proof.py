"""Hold outcomes against the archived return files that they rest on (银行结果与回盘文件核对).

An accepted file is read and typed once more, as it was when it came in; then outcomes are compared
set-wise: all of a batch, or those returns on which lines are paid again. Memory does not grow.
"""

from collections.abc import Iterator, Sequence

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from backend.kernel.money import Money
from payments.bank_folders import bank_folder, sha256_of
from payments.banks.read import ReturnReader
from payments.banks.refusal import BankFileRefused
from payments.batch_profiles import profile_of_batch
from payments.ledger.invariants import Broken
from payments.models import Batch, BatchState, OutcomeState, ReturnFile
from payments.return_typing import load_answers, type_lines

ANSWERS_AS_IN_FILE = "INV-05 银行结果与回盘文件一致"
NOTHING = "无"
NAMED_AT_MOST = 100  # lines of one batch

FORGET = "DROP TABLE IF EXISTS pg_temp.said, pg_temp.held"
SAID = """
CREATE TEMP TABLE said (file_id int NOT NULL, due_ref bigint NOT NULL, n smallint NOT NULL,
    state smallint NOT NULL, fen bigint NOT NULL) ON COMMIT DROP
"""
SAY = """
INSERT INTO said SELECT %s, due_ref, n, state, coalesce(bank_fen, 0) FROM typed WHERE state > 0
"""

# The dues of a batch lie together: those of other months need not be read. Counted too, so that
# the lines of the batch are read and not all dues from both ends.
RANGE = """
SELECT min(due_ref), max(due_ref), count(*) FROM payments_attempt WHERE batch_id = %s
"""
HELD = """
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT o.due_ref, o.n, o.state, o.fen, o.return_file_id FROM payments_attempt a
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n
WHERE a.batch_id = %s AND o.due_ref BETWEEN %s AND %s
"""

# An outcome is what its own file says; one that the file has is written, unless the line stood as
# high or higher by then. A code that was given a meaning later was UNKNOWN when it came.
DIFFERENCES = """
SELECT h.due_ref, h.n, s.state, s.fen, h.state, h.fen
FROM held h LEFT JOIN said s
    ON s.file_id = h.return_file_id AND s.due_ref = h.due_ref AND s.n = h.n
WHERE h.return_file_id IS NOT NULL
    AND (s.fen IS DISTINCT FROM h.fen OR s.state <> h.state AND h.state <> 2)
UNION ALL
SELECT s.due_ref, s.n, s.state, s.fen, NULL, NULL FROM said s
WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.due_ref = s.due_ref AND h.n = s.n
    AND (h.state >= s.state OR h.return_file_id = s.file_id))
ORDER BY 1, 2 LIMIT %s
"""

# The returns by file on which lines of some batches rest: in which files, of which batches …
RESTED = """
FROM payments_attempt a
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.returned_n AND o.state = 9
    AND o.return_file_id IS NOT NULL AND a.n > 1
"""
FILES_RESTED_ON = f"""
SELECT DISTINCT p.batch_id, o.return_file_id {RESTED}
JOIN payments_attempt p ON p.due_ref = o.due_ref AND p.n = o.n
WHERE a.batch_id = ANY(%s) ORDER BY 1, 2
"""
# … and which of them are not there.
UNSAID = f"""
SELECT o.due_ref, o.n, s.state, s.fen, o.state, o.fen {RESTED}
LEFT JOIN said s ON s.file_id = o.return_file_id AND s.due_ref = o.due_ref AND s.n = o.n
WHERE a.batch_id = ANY(%s) AND (s.state, s.fen) IS DISTINCT FROM (o.state, o.fen)
ORDER BY 1, 2 LIMIT %s
"""


def outcomes_unlike_their_files() -> Iterator[Broken]:
    """Name every outcome that its file does not say, and every answer that was not written."""
    for batch in Batch.objects.exclude(state=BatchState.EMPTY).order_by("id"):
        with transaction.atomic():
            found = list(_differences(batch))
        yield from found


def returns_unlike_their_files(*, batch_ids: Sequence[int]) -> list[Broken]:
    """Name the returns by file, on which lines of these batches rest, that their files do not say.

    Only the files concerned are read. To be called within a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(FILES_RESTED_ON, [list(batch_ids)])
        rested_on = cursor.fetchall()
        if not rested_on:
            return []
        cursor.execute(FORGET)
        cursor.execute(SAID)
        for batch_id, file_id in rested_on:
            file = ReturnFile.objects.get(id=file_id)
            fault = _read(cursor, Batch.objects.get(id=batch_id), file)
            if fault:
                return [_unreadable(file, fault)]
        cursor.execute("ANALYZE said")
        cursor.execute(UNSAID, [list(batch_ids), NAMED_AT_MOST])
        broken = [_unlike(*row) for row in cursor.fetchall()]
        cursor.execute(FORGET)
    return broken


def _differences(batch: Batch) -> Iterator[Broken]:
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
        cursor.execute(SAID)
        for file in ReturnFile.objects.filter(batch=batch, accepted=True).order_by("part"):
            fault = _read(cursor, batch, file)
            if fault:
                yield _unreadable(file, fault)
                return
        cursor.execute(RANGE, [batch.id])
        first, last, _ = cursor.fetchone()
        cursor.execute(HELD, [batch.id, first, last])
        cursor.execute("ANALYZE said, held")
        cursor.execute(DIFFERENCES, [NAMED_AT_MOST])
        for row in cursor.fetchall():
            yield _unlike(*row, within=f"批次 {batch.no} ")


def _read(cursor: CursorWrapper, batch: Batch, file: ReturnFile) -> str:
    """Add what an archived file says of the batch; why that was not possible, or nothing."""
    path = bank_folder(bank=file.bank, name="received") / file.sha256
    if not path.exists():
        return "无文件"
    if not file.accepted or file.batch_id != batch.id:
        return f"不是接收的批次 {batch.no} 的回盘"
    if sha256_of(path) != file.sha256:
        return "与登记的摘要不符"
    profile = profile_of_batch(batch=batch)
    with path.open("rb") as content:
        try:
            reader = ReturnReader(profile=profile, file=content)
            if (reader.head.batch_no, reader.head.part) != (batch.no, file.part):
                return f"是批次 {reader.head.batch_no} 的第{reader.head.part}次回盘"
            with transaction.atomic():  # a COPY that is broken off spoils what it is part of
                load_answers(reader=reader, cursor=cursor)
        except BankFileRefused as refusal:
            return refusal.detail
    type_lines(cursor=cursor, profile=profile, batch=batch, part=reader.head.part)
    cursor.execute(SAY, [file.id])
    return ""


def _unreadable(file: ReturnFile, fault: str) -> Broken:
    return Broken(ANSWERS_AS_IN_FILE, f"回盘文件 {file.name}", "可以核对", fault)


def _unlike(
    due_ref: int,
    n: int,
    said_state: int | None,
    said_fen: int | None,
    state: int | None,
    fen: int | None,
    *,
    within: str = "",
) -> Broken:
    said, held = _answer(said_state, said_fen), _answer(state, fen)
    return Broken(ANSWERS_AS_IN_FILE, f"{within}明细 {due_ref}-{n}", said, held)


def _answer(state: int | None, fen: int | None) -> str:
    if state is None or fen is None:
        return NOTHING
    return f"{OutcomeState(state).label} {Money(fen)}"
