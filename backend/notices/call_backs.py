"""Call people back (电话回访): the list of whom to call, and the answers, taken in whole.

Somebody who had no hand in the case calls. Who says that it was not he opens a case at once
(否认办理): while that is not decided, nothing of what was asked for goes on.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases import acts
from backend.cases.content import ProposalWaits
from backend.cases.decide import hands_of
from backend.cases.receive import receive_case, require_receiver
from backend.feeds.desk_file import rows_of
from backend.feeds.placed import as_csv, place
from backend.feeds.spreadsheet import as_text
from backend.kernel.errors import Refusal
from backend.kernel.names import unprintable
from backend.notices.gateway import notices_folder
from backend.notices.give import give_otherwise
from backend.notices.models import CallBackFile, Notice, NoticeStep, StepState
from backend.notices.routes import Channel
from backend.notices.send import in_state
from backend.people.queries import family_of, sights

DISPUTE = "CHANGE_DISPUTE"
LIST_HEADER = ("ref", "agency", "name", "phone", "former", "text")
HEADER = ("ref", "answer", "note")
STATES = {
    "YES": StepState.CONFIRMED,
    "NO": StepState.DENIED,
    "NOT_REACHED": StepState.FAILED,
}
NOTE_MAX = 100
_ref = re.compile("[1-9][0-9]{0,17}", re.ASCII).fullmatch


class CallBacksDamaged(Refusal):
    """The file is refused whole; the facts name line and reason (回访结果不能导入)."""

    code = "call_backs_damaged"


@dataclass(frozen=True)
class Answer:
    """One row: what somebody said on the telephone."""

    line: int
    notice_id: int
    state: StepState
    note: str


@dataclass(frozen=True)
class TakenIn:
    """What a file did: the notices answered anew, and the cases that were opened."""

    answered: int
    disputes: tuple[int, ...]


def write_call_back_list() -> int:
    """Write the list of whom to call, with what was not answered yet; how many."""
    path = notices_folder() / "call-backs.csv"
    waiting = in_state(StepState.QUEUED, StepState.FAILED).filter(channel=Channel.CALL_BACK.name)
    notices = list(waiting.select_related("case__agency").order_by("pk"))
    if not notices and not path.exists():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    place(path=path, content=as_csv(header=LIST_HEADER, rows=_listed(notices)))
    return len(notices)


@transaction.atomic
def take_answers(*, content: bytes, caller: Staff, today: date) -> TakenIn:
    """Take in what ``caller`` was told on the telephone; the same bytes again change nothing.

    Raises:
        CallBacksDamaged: with line and reason.
        StepNotAllowed: when the caller may not receive what somebody denies.
    """
    require_receiver(staff=caller, kind=DISPUTE, today=today)
    digest = hashlib.sha256(content).hexdigest()
    answers = _read(content)
    file, new = CallBackFile.objects.get_or_create(
        sha256=digest, defaults={"row_count": len(answers), "received_by": caller.person_id}
    )
    if not new:
        return TakenIn(0, ())
    notices = _called(answers, caller)
    steps = [
        NoticeStep.of(
            notices[one.notice_id],
            one.state,
            person_id=caller.person_id,
            file=file,
            detail=one.note,
        )
        for one in answers
    ]
    NoticeStep.objects.bulk_create(steps)
    missed = [one for one in answers if one.state is StepState.FAILED]
    otherwise = sum(give_otherwise(notice_id=one.notice_id) for one in missed)
    denied = [one for one in answers if one.state is StepState.DENIED]
    disputes = [_dispute(notices[one.notice_id], one.note, caller) for one in denied]
    record(
        name="notices.called_back",
        subject_kind="notices.call_back_file",
        subject_id=str(file.pk),
        rows=1 + len(steps) + otherwise,
        person_id=caller.person_id,
        details={"denied": [one.notice_id for one in denied]},
        digest=digest,
    )
    return TakenIn(len(steps), tuple(dict.fromkeys(disputes)))


def _listed(notices: Sequence[Notice]) -> Iterator[tuple[object, ...]]:
    for notice in notices:
        name = sights(party_ids=[notice.party_id], on=_day(notice))[notice.party_id].name
        former = "YES" if notice.former else "NO"
        agency = notice.case.agency.code
        yield notice.pk, agency, as_text(name), notice.address, former, as_text(notice.text)


def _day(notice: Notice) -> date:
    return timezone.localdate(notice.recorded_at)


def _read(content: bytes) -> list[Answer]:
    answers: dict[int, Answer] = {}
    for line, fields in rows_of(content=content, columns=HEADER, damaged=damaged):
        answer = _answer(line, fields)
        if answer.notice_id in answers:
            above = answers[answer.notice_id].line
            raise damaged(line, f"编号 {answer.notice_id} 与第{above}行重复。")
        answers[answer.notice_id] = answer
    return list(answers.values())


def damaged(line: int, reason: str) -> CallBacksDamaged:
    """Refuse the file for one line."""
    return CallBacksDamaged(
        f"回访结果第{line}行：{reason}整份文件未导入。", line=line, reason=reason
    )


def _answer(line: int, fields: Sequence[str]) -> Answer:
    ref, said, note = fields
    if _ref(ref) is None:
        raise damaged(line, "编号格式不正确。")
    if said not in STATES:
        raise damaged(line, f"回答应为 {'、'.join(STATES)} 之一。")
    if len(note) > NOTE_MAX or unprintable(note):
        raise damaged(line, f"说明最长{NOTE_MAX}个字，不能含控制字符。")
    return Answer(line, int(ref), STATES[said], note)


def _called(answers: Sequence[Answer], caller: Staff) -> dict[int, Notice]:
    """The notices that are answered: each a call-back, about a case of other hands, and open."""
    called = Notice.objects.filter(channel=Channel.CALL_BACK.name).annotate(
        state=Max("steps__state")
    )
    found: dict[int, Any] = called.select_related("case").in_bulk(
        [one.notice_id for one in answers]
    )
    family = set(family_of(party_id=caller.person_id))
    for one in answers:
        notice = found.get(one.notice_id)
        if notice is None:
            raise damaged(one.line, f"没有编号为 {one.notice_id} 的电话回访。")
        case = notice.case
        if hands_of(case=case) & family:
            raise damaged(one.line, f"您办理过业务件 {case.pk}，须由没有经手的人回访。")
        again = one.state is StepState.FAILED and notice.state == StepState.FAILED
        if notice.state >= one.state and not again:
            label = StepState(notice.state).label
            raise damaged(one.line, f"编号 {one.notice_id} 已登记“{label}”。")
    return found


def _dispute(notice: Notice, note: str, caller: Staff) -> int:
    """The case by which the party denies; what is denied already is not denied again."""
    content = {
        "change": notice.case_id,
        "told_by": "CALL_BACK",
        "note": note or "电话回访时否认办理",
    }
    try:
        case = receive_case(
            kind=DISPUTE,
            agency=notice.case.agency,
            party_id=notice.party_id,
            content=content,
            received_by=caller.person_id,
            acts=acts.registered(),
        )
    except ProposalWaits as waits:
        return int(str(waits.facts["case_id"]))
    return case.pk
