"""Messages go out once, by jobs; in the demonstration into files that say so."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from backend.city.notice_steps import tell_people
from backend.jobs.models import Job, JobState
from backend.notices import send
from backend.notices.models import Notice, StepState
from backend.notices.steps import NoticeOfOwnCase, NoticeStepWrong, take_step
from tests import builders
from tests.at_once import at_once
from tests.backend.notices.notice_builders import (
    ADDRESS,
    DEAD,
    MOBILE,
    OTHER_MOBILE,
    reach,
    state_of,
    told,
)

db = pytest.mark.django_db
TOLD: list[str] = []


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def go_on() -> None:
    tell_people(tell=TOLD.append)


def states() -> dict[str, StepState]:
    return {notice.channel: state_of(notice) for notice in Notice.objects.all()}


@db
def test_a_message_becomes_a_file_that_says_it_was_not_sent(var: Path) -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang())

    go_on()
    go_on()

    notice = Notice.objects.get()
    (file,) = (var / "notices" / "sms").iterdir()
    assert file.read_text(encoding="utf-8") == f"演示：没有真的发送\n{MOBILE}\n{notice.text}\n"
    assert state_of(notice) is StepState.SENT
    assert Act.objects.get(name="notices.sent").party_id == builders.wang().pk


@db
def test_whom_a_message_does_not_reach_gets_a_letter() -> None:
    reach(builders.wang(), phone=DEAD, address=ADDRESS)
    told(builders.wang())

    go_on()

    assert states() == {"SMS": StepState.FAILED, "LETTER": StepState.QUEUED}


@db
def test_a_dead_number_that_was_given_up_is_no_matter() -> None:
    reach(builders.wang(), phone=DEAD)
    reach(builders.wang(), phone=OTHER_MOBILE)
    told(builders.wang())

    go_on()

    found = {notice.address: state_of(notice) for notice in Notice.objects.all()}
    window = {"": StepState.QUEUED}  # for the new number
    assert found == {DEAD: StepState.FAILED, OTHER_MOBILE: StepState.SENT, **window}


@db
def test_a_gateway_that_is_not_there_now_is_tried_again(var: Path) -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang())
    (var / "notices").mkdir()
    (var / "notices" / "sms").touch()

    go_on()

    job = Job.objects.get(kind=send.SEND)
    assert (job.state, states()) == (JobState.QUEUED, {"SMS": StepState.QUEUED})
    assert MOBILE not in job.error


@db
def test_without_a_gateway_people_are_told_that_nothing_went_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang())
    monkeypatch.setattr(send, "gateway", lambda: None)

    go_on()

    job = Job.objects.get(kind=send.SEND)
    assert (job.state, job.error[:22]) == (JobState.FAILED, "notice_gateway_missing")
    assert states() == {"SMS": StepState.QUEUED}


def test_two_at_work_send_a_message_once(own_database: object, var: Path) -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang())

    at_once(*[go_on] * 4)

    assert states() == {"SMS": StepState.SENT}
    assert Act.objects.filter(name="notices.sent").count() == 1


@db
def test_what_becomes_of_a_letter_is_put_down_by_hand() -> None:
    clerk = builders.member(role="CLERK").staff
    told(builders.wang())
    notice = Notice.objects.get()

    for to in (StepState.SENT, StepState.FAILED, StepState.DELIVERED):
        assert take_step(notice=notice, to=to, detail="挂号0001(演示)", by=clerk) is to

    with pytest.raises(NoticeStepWrong):
        take_step(notice=notice, to=StepState.SENT, detail="", by=clerk)
    with pytest.raises(NoticeStepWrong):
        take_step(notice=notice, to=StepState.CONFIRMED, detail="", by=clerk)


@db
def test_who_had_a_hand_in_a_case_puts_down_nothing_of_its_letters() -> None:
    clerk = builders.member(role="CLERK").staff
    told(builders.wang(), received_by=clerk.person_id)

    with pytest.raises(NoticeOfOwnCase):
        take_step(notice=Notice.objects.get(), to=StepState.DELIVERED, detail="", by=clerk)


@db
def test_a_message_is_put_down_by_nobody() -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang())

    with pytest.raises(NoticeStepWrong):
        take_step(
            notice=Notice.objects.get(),
            to=StepState.DELIVERED,
            detail="",
            by=builders.member(role="CLERK").staff,
        )
