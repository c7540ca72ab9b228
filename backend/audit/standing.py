"""How the sealing stands (封链情况): what waits, since when, and whether that is an alarm."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

LATE_SECONDS = 5
AHEAD = "封链进度被改动，或时钟拨回过，请审计管理员查明。"
# A snapshot's end may lie before the own transaction: others of the cluster, also in another
# database, may have got their numbers before it and not be done yet.
BOUNDS = """
SELECT s.horizon,
    greatest(pg_snapshot_xmax(pg_current_snapshot()), pg_current_xact_id_if_assigned())
        ::text::bigint,
    coalesce((SELECT max(act_id) FROM audit_chainlink), 0)
FROM audit_sealing s
"""
# Only what an index finds is looked at, however many acts there are. After a restore the numbers
# of the old cluster's transactions tell nothing about new acts: those come after the last one in
# the chain.
NEWER = "a.tx BETWEEN %(horizon)s AND %(next)s"
RESTORED = "(a.tx >= %(horizon)s OR a.id > %(last)s)"
STANDING = """
SELECT w.acts, b.number, s.exported, s.settled_at, s.trouble,
    coalesce(extract(epoch FROM clock_timestamp()
        - CASE WHEN s.settled_at <= clock_timestamp() THEN s.settled_at ELSE w.oldest END),
        0)::bigint,
    coalesce(s.settled_at > clock_timestamp(), false)
FROM audit_sealing s, (
    SELECT count(*) AS acts, min(a.at) AS oldest FROM audit_act a
    WHERE {which}
        AND NOT EXISTS (SELECT 1 FROM audit_chainlink l WHERE l.act_id = a.id)) w,
    (SELECT coalesce(max(number), 0) AS number FROM audit_block) b
"""


@dataclass(frozen=True)
class Standing:
    """What is not sealed or not outside yet; ``seconds`` is how long at most it has been so, unless
    ``settled_ahead``: no pass of the sealer settles in the future."""

    waiting: int
    blocks: int
    exported: int
    settled_at: datetime | None
    seconds: int
    trouble: str
    settled_ahead: bool

    @property
    def late(self) -> bool:
        """Whether that is an alarm."""
        return self.seconds > LATE_SECONDS or self.settled_ahead

    @property
    def sentence(self) -> str:
        """Say it to an operator."""
        if not self.late:
            return f"审计链正常：已封存 {self.blocks} 块，链头已全部导出。"
        behind = self.blocks - self.exported
        what = f"有 {self.waiting} 条操作记录未封链"
        what += f"、{behind} 个链头未导出" if behind > 0 else ""
        if self.settled_ahead:
            return f"审计链告警：{what}，封齐时间晚于数据库的时钟。{AHEAD}"
        why = self.trouble or "封链进程（manage.py seal_acts）没有运行或跟不上，请检查。"
        return f"审计链告警：{what}，已 {self.seconds} 秒。{why}"


def standing() -> Standing:
    """Ask the database: at the last settling all that could be seen was sealed and outside, so what
    waits now has waited no longer."""
    with connection.cursor() as cursor:
        cursor.execute(BOUNDS)
        bounds = dict(zip(("horizon", "next", "last"), cursor.fetchone(), strict=True))
        which = NEWER if bounds["horizon"] <= bounds["next"] else RESTORED
        cursor.execute(STANDING.format(which=which), bounds)
        waiting, blocks, exported, settled_at, trouble, seconds, ahead = cursor.fetchone()
    is_open = waiting > 0 or blocks > exported
    return Standing(
        waiting=waiting,
        blocks=blocks,
        exported=exported,
        settled_at=settled_at,
        seconds=seconds if is_open else 0,
        trouble=trouble,
        settled_ahead=ahead and is_open,
    )
