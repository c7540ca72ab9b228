"""Hold a sealed batch against lines that were found anew (重算批次): to the fen and the byte.

The lines stand in a relation like the attempts, and nothing is written: what was signed is its
digest, what went to the bank is the file of its SHA-256.
"""

import hashlib
from dataclasses import dataclass

from django.db import connection

from backend.kernel.money import Money
from payments.bank_files import bytes_again
from payments.banks.write import NotWritable
from payments.batches import LINES, recompute_digests
from payments.models import BankFile, Batch

SUMS = "SELECT count(*), coalesce(sum(fen), 0)::bigint FROM {lines} WHERE batch_id = %s"
# What stands on one side alone, or otherwise; by the number of the due, for it says no name.
DIFFERENCES = """
SELECT due_ref, a.fen, f.fen, a.due_ref IS NULL, f.due_ref IS NULL,
    (a.payee_id, a.chunk) IS DISTINCT FROM (f.payee_id, f.chunk),
    (a.account_no, a.holder_name) IS DISTINCT FROM (f.account_no, f.holder_name)
FROM (SELECT * FROM payments_attempt WHERE batch_id = %(batch)s) a
FULL JOIN (SELECT * FROM {lines} WHERE batch_id = %(batch)s) f USING (due_ref, n)
WHERE (a.fen, a.payee_id, a.chunk, a.account_no, a.holder_name)
    IS DISTINCT FROM (f.fen, f.payee_id, f.chunk, f.account_no, f.holder_name)
ORDER BY due_ref LIMIT 1
"""


@dataclass(frozen=True)
class Replay:
    """What was found anew beside what is on record; the file's digests are empty where none was
    made yet."""

    line_count: int
    fen: int
    digest: str
    sha256: str
    committed_sha256: str
    difference: str  # of the first line that is another, in words

    def agrees_with(self, batch: Batch) -> bool:
        """Whether all of it is as it was signed and sent, and each line as it stands."""
        found = (self.line_count, self.fen, self.digest, self.sha256)
        signed = (batch.line_count, batch.fen, batch.digest, self.committed_sha256)
        return found == signed and not self.difference


def replay(*, batch: Batch, lines: str = LINES) -> Replay:
    """Reckon count, sum, digest and file of a sealed batch from these lines.

    Raises:
        ProfileNotInForce, ProfileNotVerified: the layout of its file does not count any more.
    """
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(lines=lines), [batch.id])
        line_count, fen = cursor.fetchone()
    committed = BankFile.objects.filter(batch=batch).first()
    return Replay(
        line_count=line_count,
        fen=fen,
        digest=recompute_digests(batch_ids=[batch.id], lines=lines)[batch.id],
        sha256=_sha256(batch, committed, lines) if committed else "",
        committed_sha256=committed.sha256 if committed else "",
        difference="" if lines == LINES else _difference(batch, lines),
    )


def _sha256(batch: Batch, committed: BankFile, lines: str) -> str:
    """Of the file; empty when lines that come to another sum cannot be written into it."""
    digest = hashlib.sha256()
    try:
        for block in bytes_again(batch=batch, serial=committed.serial, lines=lines):
            digest.update(block)
    except NotWritable:
        return ""
    return digest.hexdigest()


def _difference(batch: Batch, lines: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES.format(lines=lines), {"batch": batch.id})
        row = cursor.fetchone()
    if row is None:
        return ""
    due_ref, signed_fen, found_fen, only_found, only_signed, other_payee, other_account = row
    line = f"应发 {due_ref}"
    if only_found:
        return f"{line}：重算应有 {Money(found_fen)} 元，批次里没有"
    if only_signed:
        return f"{line}：批次里有 {Money(signed_fen)} 元，重算没有"
    if signed_fen != found_fen:
        return f"{line}：批次 {Money(signed_fen)} 元，重算 {Money(found_fen)} 元"
    what = "账号或户名" if other_account else "收款人或分块" if other_payee else "内容"
    return f"{line}：{what}与重算的不同"
