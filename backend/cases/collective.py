"""What was decided by several at a meeting (集体审议): the minutes that a case names, in one shape.

Content: ``minutes`` (number of the minutes), ``minutes_on`` (day of the meeting), ``participants``
(a list of ``participant``: at least three persons by name), ``minutes_document`` (the paper as it
is filed). They are part of what is asked for: whoever signs the case signs them.
"""

from dataclasses import dataclass
from datetime import date

from backend.cases import content
from backend.cases.content import Asks
from backend.cases.models import Case
from backend.kernel.errors import Refusal

PARTICIPANTS_MIN = 3
TEXT_MAX = 100


class MinutesMissing(Refusal):
    """A matter of this weight is decided collectively (须经集体审议)."""

    code = "minutes_missing"


class MinutesInvalid(Refusal):
    """The minutes do not say who decided, and when (会议纪要不完整)."""

    code = "minutes_invalid"


@dataclass(frozen=True)
class Minutes:
    """Minutes of a meeting (会议纪要)."""

    number: str
    held_on: date
    participants: tuple[str, ...]
    document: str


def minutes_of(case: Asks) -> Minutes:
    """Give the minutes that a case names.

    Raises:
        MinutesMissing: it names none; ContentInvalid, MinutesInvalid: they are not complete.
    """
    if not case.content.get("minutes"):
        raise MinutesMissing(
            "此件须经集体审议：请写明会议纪要号、会议日期、参加人员（至少三人）和纪要文件。",
            case_id=case.pk,
        )
    people = tuple(
        content.text(row, "participant", "参加集体审议的人", most=TEXT_MAX)
        for row in content.rows(case, "participants", "参加集体审议的人")
    )
    if len(set(people)) < PARTICIPANTS_MIN:
        raise MinutesInvalid(
            f"集体审议须写明至少{PARTICIPANTS_MIN}名参加人员的姓名。", case_id=case.pk
        )
    return Minutes(
        number=content.text(case, "minutes", "会议纪要号", most=TEXT_MAX),
        held_on=content.day(case, "minutes_on", "会议日期"),
        participants=people,
        document=content.text(case, "minutes_document", "纪要文件", most=TEXT_MAX),
    )


def require_minutes(case: Case) -> None:
    """Refuse a case that names no meeting, or one to come.

    Raises:
        MinutesMissing, MinutesInvalid, ContentInvalid.
    """
    if minutes_of(case).held_on > content.day_of(case):
        raise MinutesInvalid("会议日期不能晚于今天。", case_id=case.pk)
