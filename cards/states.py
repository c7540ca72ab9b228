"""What a card may become, and why one opens nothing (用卡状态). Pure.

The database holds the same transitions (migration 0002); a test compares them.
"""

from collections.abc import Mapping
from enum import StrEnum


class CardState(StrEnum):
    """How a card stands (用卡状态)."""

    MADE = "MADE"
    ACTIVE = "ACTIVE"
    REPORTED_LOST = "REPORTED_LOST"
    LOST = "LOST"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"

    @property
    def label(self) -> str:
        """What a citizen is told."""
        return LABELS[self]


LABELS: Mapping[CardState, str] = {
    CardState.MADE: "封存",
    CardState.ACTIVE: "正常",
    CardState.REPORTED_LOST: "临时挂失",
    CardState.LOST: "正式挂失",
    CardState.BLOCKED: "锁定",
    CardState.CANCELLED: "注销",
}
FIRST = CardState.MADE
TRANSITIONS: Mapping[CardState, frozenset[CardState]] = {
    CardState.MADE: frozenset({CardState.ACTIVE, CardState.CANCELLED}),
    CardState.ACTIVE: frozenset(
        {CardState.REPORTED_LOST, CardState.LOST, CardState.BLOCKED, CardState.CANCELLED}
    ),
    CardState.REPORTED_LOST: frozenset({CardState.ACTIVE, CardState.LOST, CardState.CANCELLED}),
    CardState.LOST: frozenset({CardState.CANCELLED}),  # 正式挂失后不能解挂
    CardState.BLOCKED: frozenset({CardState.ACTIVE, CardState.LOST, CardState.CANCELLED}),
    CardState.CANCELLED: frozenset(),
}
WHY_NOT: Mapping[CardState, str] = {
    CardState.MADE: "这张社会保障卡还没有启用，请先到窗口领卡启用。",
    CardState.REPORTED_LOST: "这张社会保障卡已临时挂失，不能使用；找回了卡的，请本人到窗口解挂。",
    CardState.LOST: "这张社会保障卡已正式挂失，不能再使用，请到窗口办理补换卡。",
    CardState.BLOCKED: "这张社会保障卡已锁定，不能使用，请本人带身份证到窗口办理。",
    CardState.CANCELLED: "这张社会保障卡已注销，不能再使用，请到窗口办理。",
}


def may_become(*, state: CardState, to: CardState) -> bool:
    """Whether a card in ``state`` may become ``to``."""
    return to in TRANSITIONS[state]
