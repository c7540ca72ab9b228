"""Until when a proof of life is good, and what comes before a hold (资格认证的规则). Pure.

社会保险经办条例 第二十六条: first by data, then by the person, last by a third party. Who cannot be
found by data is reminded, then looked for at home by the village, which signs a list of whom it did
not meet; only then the pension is held.
"""

from calendar import monthrange
from datetime import date
from enum import IntEnum

from backend.kernel.months import Month


class Stage(IntEnum):
    """How far it has come with somebody whose proof has lapsed (催办环节), in the only order."""

    UNMATCHED = 1  # 数据比对未通过
    CONTACTED = 2  # 短信或电话提醒
    VISITED = 3  # 村(社区)上门未见
    LISTED = 4  # 村(社区)签字名单


LABELS = {
    Stage.UNMATCHED: "数据比对未通过",
    Stage.CONTACTED: "已短信或电话提醒",
    Stage.VISITED: "村（社区）上门未见",
    Stage.LISTED: "已列入签字名单",
}


def lapses_on(*, proven_on: date, months: int) -> date:
    """Give the first day on which a proof is not good any more: so many months later, the last day
    of the month where there is no such day."""
    month = Month.of(proven_on).plus(months)
    return date(month.year, month.month, min(proven_on.day, monthrange(month.year, month.month)[1]))


def due_since(*, started: date, proven_on: date | None, months: int) -> date:
    """Give the day since which somebody is to be checked: an award is the first proof."""
    last = max(started, proven_on) if proven_on else started
    return lapses_on(proven_on=last, months=months)


def may_be_held(*, stage: Stage | None) -> bool:
    """Whether nothing is left to try."""
    return stage is Stage.LISTED
