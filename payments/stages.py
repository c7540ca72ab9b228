"""The eight stages of a batch as people see them (批次阶段): one table from its state.

生成 → 复核 → 审批 → 报盘 → 回盘 → 对账 → 平账 → 归档. Handed over without an answer is in doubt:
it must not be sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import TextChoices

from payments.models import BatchState


class Stage(TextChoices):
    """A stage, in its order."""

    SEAL = "SEAL", "生成"
    CHECK = "CHECK", "复核"
    APPROVE = "APPROVE", "审批"
    SEND = "SEND", "报盘"
    RETURN = "RETURN", "回盘"
    COMPARE = "COMPARE", "对账"
    SETTLE = "SETTLE", "平账"
    ARCHIVE = "ARCHIVE", "归档"


class Mark(TextChoices):
    """How far a stage is."""

    DONE = "DONE", "已办"
    CURRENT = "CURRENT", "正在办"
    DOUBT = "DOUBT", "结果未知，不得重发"
    WAITING = "WAITING", "待办"
    FUTURE = "FUTURE", "未到"


@dataclass(frozen=True)
class Place:
    """Where a batch stands: the stage, and how far that is."""

    stage: Stage
    mark: Mark


PLACES: Mapping[BatchState, Place] = MappingProxyType(
    {
        BatchState.DRAFT: Place(Stage.SEAL, Mark.CURRENT),
        BatchState.EMPTY: Place(Stage.SEAL, Mark.DONE),
        BatchState.SEALED: Place(Stage.SEAL, Mark.DONE),
        BatchState.CHECKED: Place(Stage.CHECK, Mark.DONE),
        BatchState.APPROVED: Place(Stage.APPROVE, Mark.DONE),
        BatchState.SENDING: Place(Stage.SEND, Mark.DOUBT),
        BatchState.SENT: Place(Stage.SEND, Mark.DONE),
        BatchState.RETURNED: Place(Stage.RETURN, Mark.CURRENT),
        BatchState.RECONCILED: Place(Stage.SETTLE, Mark.DONE),
        BatchState.CLOSED: Place(Stage.ARCHIVE, Mark.DONE),
    }
)
ALL_ANSWERED = Place(Stage.COMPARE, Mark.CURRENT)


def place_of(*, state: str, all_answered: bool) -> Place:
    """Give where a batch stands; a returned one is compared once the bank spoke of every line."""
    if state == BatchState.RETURNED and all_answered:
        return ALL_ANSWERED
    return PLACES[BatchState(state)]


def ribbon(*, state: str, all_answered: bool) -> tuple[Place, ...]:
    """Give all eight stages with their marks; what follows on a done one waits for somebody,
    unless the batch is empty and goes nowhere."""
    place = place_of(state=state, all_answered=all_answered)
    stages = list(Stage)
    at = stages.index(place.stage)
    marks = [Mark.DONE] * at + [place.mark] + [Mark.FUTURE] * (len(stages) - at - 1)
    if place.mark is Mark.DONE and state != BatchState.EMPTY and at + 1 < len(stages):
        marks[at + 1] = Mark.WAITING
    return tuple(Place(stage, mark) for stage, mark in zip(stages, marks, strict=True))
