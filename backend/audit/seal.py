"""Put new acts into the chain (封链): one sealer at a time, in blocks, heads signed and exported.

A row is found by its transaction: all of a transaction below the horizon were seen and are in the
chain, so only those at or above it are looked at, and whoever commits late is found by the next
pass. Nothing is decided by a row's number or time. Whatever kills a pass, the next one goes on.
It is done as the sealer: the application writes no link, no block, and not how far sealing stands.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connections, transaction

from backend.audit.chain import (
    GENESIS,
    Head,
    PublicKey,
    Row,
    chained,
    instant,
    marks_of,
)
from backend.audit.head_keys import HeadKeys
from backend.audit.heads_file import HeadsDiffer, HeadsFile
from backend.audit.models import Block, HeadKey, Sealing
from backend.audit.stored import BLOCK_ROWS_MAX, ROW, row_of, signed_heads

SEALER = "sealer"  # the database, come into as its role
EVERYTHING = 2**63 - 1
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('audit.seal', 0))"
# A horizon beyond all transactions comes from another cluster (a dump restored): all is looked at.
BOUNDS = f"""
SELECT CASE WHEN s.horizon <= x.next THEN s.horizon ELSE 0 END,
    CASE WHEN s.horizon <= x.next THEN x.next ELSE {EVERYTHING} END,
    x.oldest
FROM audit_sealing s, (
    SELECT pg_snapshot_xmin(now)::text::bigint AS oldest,
        greatest(pg_snapshot_xmax(now), pg_current_xact_id_if_assigned())::text::bigint AS next
    FROM pg_current_snapshot() AS now) x
"""
WAITING = f"""
SELECT {ROW}, a.tx FROM audit_act a
WHERE a.tx >= %(from)s AND a.tx <= %(to)s
    AND NOT EXISTS (SELECT 1 FROM audit_chainlink l WHERE l.act_id = a.id)
ORDER BY a.tx, a.id LIMIT {BLOCK_ROWS_MAX}
"""


@dataclass(frozen=True)
class Pass:
    """What one pass did: rows sealed, and whether more may wait."""

    rows: int
    more: bool


def seal_waiting(*, now: Callable[[], datetime], keys: HeadKeys, heads: HeadsFile) -> int | None:
    """Seal all that can be seen, block by block; rows sealed, None when another one seals.

    Raises:
        HeadsDiffer, HeadKeyMissing: nothing more is sealed until somebody has looked.
    """
    rows = 0
    while True:
        done = seal_once(now=now(), keys=keys, heads=heads)
        if done is None:
            return None
        rows += done.rows
        if not done.more:
            return rows


def seal_once(*, now: datetime, keys: HeadKeys, heads: HeadsFile) -> Pass | None:
    """Seal at most one block, and bring its head outside after the commit; None when another one
    seals."""
    with connections[SEALER].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (began_at,) = cursor.fetchone()
    with transaction.atomic(using=SEALER):
        if not _is_alone():
            return None
        sealing = Sealing.objects.using(SEALER).get()
        last = Block.objects.using(SEALER).order_by("-number").first()
        require_agreement(last=last, exported=sealing.exported, heads=heads)
        done = _sealed(last, now, keys)
    exported = heads.append(_texts(heads, keys, sealing.exported)) or sealing.exported
    changes: dict[str, object] = {"exported": exported, "trouble": ""}
    if not done.more:
        changes["settled_at"] = began_at
    with transaction.atomic(using=SEALER), connections[SEALER].cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")  # every second; it proves nothing
        Sealing.objects.using(SEALER).update(**changes)
    return done


def require_agreement(*, last: Block | None, exported: int, heads: HeadsFile) -> None:
    """Refuse to go on when the file outside is gone, ahead of the database, or another chain's.

    Raises:
        HeadsDiffer.
    """
    if exported and not heads.exists():
        raise HeadsDiffer(f"库外链头文件 {heads.path} 不见了，已停止封链，请审计管理员查明。")
    outside = heads.tail().last
    if outside is None:
        return
    number = outside.head.number
    if number < exported:
        raise HeadsDiffer(
            f"库外链头文件 {heads.path} 只到第 {number} 块，原已导出到第 {exported} 块，"
            "已停止封链，请审计管理员查明。"
        )
    if last is None or number > last.number:
        inside = last.number if last else 0
        raise HeadsDiffer(
            f"库外链头已到第 {number} 块，数据库只到第 {inside} 块："
            "数据库被截断或从备份恢复，已停止封链，请审计管理员查明。"
        )
    block = Block.objects.using(SEALER).filter(number=number).first()
    if block is None or bytes(block.head).hex() != outside.head.head:
        raise HeadsDiffer(f"第 {number} 块的库外链头与数据库不符，已停止封链，请审计管理员查明。")


def report_trouble(*, sentence: str) -> None:
    """Let operators read why the sealer does not go on."""
    wanted = sentence[:200]
    Sealing.objects.using(SEALER).exclude(trouble=wanted).update(trouble=wanted)


def _is_alone() -> bool:
    with connections[SEALER].cursor() as cursor:
        cursor.execute(LOCK)
        (alone,) = cursor.fetchone()
    return bool(alone)


def _sealed(last: Block | None, now: datetime, keys: HeadKeys) -> Pass:
    with connections[SEALER].cursor() as cursor:
        cursor.execute(BOUNDS)
        since, until, oldest = cursor.fetchone()
        cursor.execute(WAITING, {"from": since, "to": until})
        found = cursor.fetchall()
    if found:
        _chain([row_of(values[:-1]) for values in found], last, now, keys)
    more = len(found) == BLOCK_ROWS_MAX
    horizon = min(oldest, found[-1][-1]) if more else oldest
    if not (more and until == EVERYTHING):  # else what is left of a restored dump is not found
        Sealing.objects.using(SEALER).exclude(horizon=horizon).update(horizon=horizon)
    return Pass(len(found), more)


def _chain(rows: Sequence[Row], last: Block | None, now: datetime, keys: HeadKeys) -> None:
    before = bytes(last.head) if last else GENESIS
    first = last.last + 1 if last else 1
    hashes = list[bytes]()
    for row in rows:
        hashes.append(chained(before=hashes[-1] if hashes else before, row=row))
    _store_links(first, rows, hashes)
    sealed_at = max(now, last.sealed_at) if last else now
    if last is None:
        keys.begin(at=sealed_at)
    key = keys.current(at=sealed_at)
    head = Head(
        number=last.number + 1 if last else 1,
        first=first,
        last=first + len(rows) - 1,
        prev=before.hex(),
        head=hashes[-1].hex(),
        sealed_at=instant(sealed_at),
        key=key.key,
        marks=marks_of(hashes),
    )
    signature = keys.sign(key=key, message=head.statement())
    _store_block(head, key, sealed_at, signature)


def _store_links(first: int, rows: Sequence[Row], hashes: Sequence[bytes]) -> None:
    with (
        connections[SEALER].cursor() as cursor,
        cursor.copy("COPY audit_chainlink (position, act_id, hash) FROM STDIN") as copy,
    ):
        for position, (row, link) in enumerate(zip(rows, hashes, strict=True), first):
            copy.write_row((position, row["id"], link))


def _store_block(head: Head, key: PublicKey, sealed_at: datetime, signature: bytes) -> None:
    since = datetime.fromisoformat(key.since)
    HeadKey.objects.using(SEALER).get_or_create(
        key=key.key, defaults={"public": key.public, "since": since}
    )
    Block.objects.using(SEALER).create(
        number=head.number,
        first=head.first,
        last=head.last,
        head=bytes.fromhex(head.head),
        sealed_at=sealed_at,
        key_id=key.key,
        signature=signature,
    )


def _texts(heads: HeadsFile, keys: HeadKeys, exported: int) -> Iterator[tuple[int, str]]:
    """Every block that is not outside yet, as its lines there: a new key before its first.

    Raises:
        HeadsDiffer: a block that was never outside is not signed by a key of this sealer.
    """
    tail = heads.tail().last
    number, known = (tail.head.number, tail.head.key) if tail else (0, "")
    for public, signed in signed_heads(after=number, using=SEALER):
        ours = keys.owns(public) and signed.verifies(public=public.public)
        if signed.head.number > exported and not ours:
            raise HeadsDiffer(
                f"第 {signed.head.number} 块不是本机密钥签名的，已停止封链，请审计管理员查明。"
            )
        line = signed.line()
        if public.key != known and _is_first_of(public.key, signed.head.number):
            line = public.line() + line
        known = public.key
        yield signed.head.number, line


def _is_first_of(key: str, number: int) -> bool:
    return not Block.objects.using(SEALER).filter(key_id=key, number__lt=number).exists()
