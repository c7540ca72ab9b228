"""Whoever's case is decided is told in the same transaction, by rows that only grow."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.notices import give
from backend.notices.models import Notice, NoticeStep, StepState
from backend.notices.text import Matter, text_of
from backend.people.models import Alias
from tests import builders
from tests.backend.notices.notice_builders import (
    ADDRESS,
    LANDLINE,
    MOBILE,
    OTHER_MOBILE,
    changed,
    reach,
    state_of,
    told,
    ways,
)
from tests.builders import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_a_person_is_told_at_the_number_on_record() -> None:
    reach(builders.wang(), phone=MOBILE)

    case = told(builders.wang(), more="变更了姓名。")

    notice = Notice.objects.get(case=case)
    assert (notice.channel, notice.address, state_of(notice)) == ("SMS", MOBILE, StepState.QUEUED)
    assert f"“姓名证件变更”（业务件{case.pk}）" in notice.text
    assert "变更了姓名。如不是您本人办理" in notice.text
    assert "演示" in notice.text


def test_who_changed_the_number_is_told_at_the_old_one_too() -> None:
    reach(builders.wang(), phone=MOBILE, address=ADDRESS)
    reach(builders.wang(), phone=OTHER_MOBILE)

    case = told(builders.wang(), call_back=True)

    assert ways(case) == [
        ("CALL_BACK", MOBILE, True),
        ("CALL_BACK", OTHER_MOBILE, False),
        ("LETTER", ADDRESS, False),
        ("SMS", MOBILE, True),
        ("SMS", OTHER_MOBILE, False),
    ]


def test_an_address_of_today_is_written_to_and_the_window_waits_too() -> None:
    changed(builders.wang(), phone=MOBILE, address=ADDRESS)

    assert ways(told(builders.wang())) == [
        ("LETTER", ADDRESS, False),
        ("SMS", MOBILE, False),
        ("WINDOW", "", False),
    ]


def test_a_number_that_came_back_is_not_a_former_one() -> None:
    for number in (MOBILE, OTHER_MOBILE, MOBILE):
        reach(builders.wang(), phone=number)

    case = told(builders.wang())

    assert ways(case) == [("SMS", MOBILE, False), ("SMS", OTHER_MOBILE, True)]


def test_what_was_left_under_a_merged_entry_counts() -> None:
    reach(builders.li(), phone=LANDLINE)
    merge = builders.case(kind="MERGE", party=builders.li())
    Alias.objects.create(
        party_id=builders.li().pk, survivor_id=builders.wang().pk, case_id=merge.pk
    )

    assert ways(told(builders.wang())) == [("CALL_BACK", LANDLINE, False)]


def test_who_left_nothing_is_told_at_the_window() -> None:
    assert ways(told(builders.wang())) == [("WINDOW", "", False)]


def test_where_no_gateway_is_numbers_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(give, "gateway", lambda: None)
    reach(builders.wang(), phone=MOBILE)

    assert ways(told(builders.wang())) == [("CALL_BACK", MOBILE, False)]


def test_nobody_is_told_twice_of_one_case() -> None:
    reach(builders.wang(), phone=MOBILE)
    case = told(builders.wang())

    assert give.give_notices(case=case, more="", call_back=False) == 0
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    "secret", ["9900011000000000017", "340802195803121234", "34080219580312123X", "13800001234"]
)
def test_no_text_carries_a_number_of_somebody(secret: str) -> None:
    matter = Matter("演示市社保中心", "收款账户变更", 17, TODAY, more=f"改为{secret}。")

    with pytest.raises(ValueError, match="no number"):
        text_of(matter=matter, demo=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        Notice.objects.create(
            case=builders.case(),
            party=builders.wang().party,
            channel="WINDOW",
            former=False,
            text=f"改为{secret}。",
        )


def test_the_text_of_a_live_city_says_nothing_of_a_demonstration() -> None:
    matter = Matter("某市社保中心", "联系方式变更", 17, TODAY)

    assert "演示" not in text_of(matter=matter, demo=False)
    assert "11月5日" in text_of(matter=matter, demo=False)


def test_notices_and_their_steps_only_grow() -> None:
    told(builders.wang())

    for model, change in ((Notice, {"text": "x"}), (NoticeStep, {"state": 2})):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()


@pytest.mark.parametrize("state", [1, 3, 8, 9])
def test_no_step_goes_back_and_nobody_says_yes_who_was_not_called(state: int) -> None:
    told(builders.wang())
    notice = Notice.objects.get()
    NoticeStep.objects.create(notice=notice, state=StepState.DELIVERED)

    with pytest.raises(DatabaseError), transaction.atomic():
        NoticeStep.objects.create(notice=notice, state=state)
