"""Verify the chain against itself, the ledger and the heads outside (核验审计链)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from backend.audit.heads_file import HeadsFile
from backend.audit.models import Sealing
from backend.audit.stored import Posted, links, signed_heads
from backend.audit.verify import BrokenRow, Outside, walk

EXAMPLES = 20
# Below the horizon all is in the chain, and nothing is of a transaction to come: whatever is not
# came in behind the sealer's back.
UNSEALED = f"""
SELECT a.id FROM audit_act a, audit_sealing s, (
    SELECT greatest(pg_snapshot_xmax(now), pg_current_xact_id_if_assigned())::text::bigint AS next
    FROM pg_current_snapshot() AS now) x
WHERE s.horizon <= x.next AND (a.tx < s.horizon OR a.tx > x.next)
    AND NOT EXISTS (SELECT 1 FROM audit_chainlink l WHERE l.act_id = a.id)
ORDER BY a.id LIMIT {EXAMPLES}
"""
WAITING = """
SELECT count(*) FROM audit_act a
WHERE NOT EXISTS (SELECT 1 FROM audit_chainlink l WHERE l.act_id = a.id)
"""


@dataclass(frozen=True)
class Proof:
    """What a verification found; nothing broken is the proof."""

    rows: int
    blocks: int
    waiting: int
    outside: bool
    broken: BrokenRow | None
    others: tuple[str, ...]
    unknown_keys: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Everything that is broken, the first row first."""
        first = [self.broken.sentence] if self.broken else []
        return [*first, *self.others]


def prove(*, posted: Posted, heads: HeadsFile, copy: bool = False) -> Proof:
    """Walk everything, as it stands at one instant; a ``copy`` of the heads may end before them.

    How far the heads were brought outside is asked first, then the file is measured, then the
    database is looked at: a head that comes in meanwhile is no sign of a cut tail.
    """
    exported = Sealing.objects.values_list("exported", flat=True).get()
    size = heads.size()
    outside = Outside(heads.lines(size=size)) if heads.exists() else None
    with as_of_one_instant():
        walked = walk(heads=signed_heads(after=0), links=links(posted=posted), outside=outside)
        others = [f"操作记录 {act_id} 没有封入审计链。" for act_id in _ids(UNSEALED)]
        others += [f"凭证 {entry_id} 没有记账的操作记录。" for entry_id in posted.strays()]
        (waiting,) = _ids(WAITING)
    if exported and outside is None:
        others.append(f"库外链头文件 {heads.path} 不见了，截尾和整体改写无从发现。")
    elif walked.broken is None and exported > walked.blocks:
        others.append(f"封链进度记着导出到第 {exported} 块，库内只到第 {walked.blocks} 块。")
    elif walked.broken is None and outside and exported > outside.last and not copy:
        others.append(
            f"库外链头文件 {heads.path} 只到第 {outside.last} 块，原已导出到第 {exported} 块。"
        )
    return Proof(
        walked.rows,
        walked.blocks,
        waiting,
        outside is not None,
        walked.broken,
        tuple(others),
        walked.unknown_keys,
    )


@contextmanager
def as_of_one_instant() -> Iterator[None]:
    """Let all that is read within be of one snapshot; within another transaction as that has it."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _ids(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [found for (found,) in cursor.fetchall()]
