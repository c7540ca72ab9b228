"""Notices over the API: masked, with their history; put down by hand, answered by file."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.notices.models import Notice, NoticeStep
from tests import builders
from tests.backend.notices.notice_builders import ADDRESS, MOBILE, reach, told

pytestmark = pytest.mark.django_db
NOTICES = "/api/v1/notices/"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def step(client: Client, notice: Notice, **body: str) -> Any:
    return client.post(
        f"{NOTICES}{notice.pk}/steps",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_a_notice_is_listed_with_its_number_masked(clerk: Client) -> None:
    reach(builders.wang(), phone=MOBILE)
    case = told(builders.wang())

    (row,) = clerk.get(NOTICES, {"case": case.pk}).json()["results"]

    assert (row["channel_label"], row["address"]) == ("短信", "138****1234")
    assert (row["state"], row["state_label"]) == ("QUEUED", "待发")
    assert [one["state"] for one in row["steps"]] == ["QUEUED"]
    assert str(case.pk) in row["text"]


def test_notices_are_found_by_where_they_stand(clerk: Client) -> None:
    told(builders.wang())

    assert len(clerk.get(NOTICES, {"state": "QUEUED"}).json()["results"]) == 1
    assert clerk.get(NOTICES, {"state": "SENT"}).json()["results"] == []


def test_a_clerk_puts_down_that_a_letter_was_posted(clerk: Client) -> None:
    reach(builders.wang(), address=ADDRESS)
    told(builders.wang())
    notice = Notice.objects.get()

    answer = step(clerk, notice, state="SENT", detail="挂号0001(演示)")

    assert (answer.status_code, answer.json()["state"]) == (201, "SENT")
    assert step(clerk, notice, state="SENT").status_code == 409
    assert step(clerk, notice, state="CONFIRMED").status_code == 400
    assert NoticeStep.objects.count() == 2


def test_answers_come_in_by_file(clerk: Client) -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang(), call_back=True)
    ref = Notice.objects.get(channel="CALL_BACK").pk
    file = SimpleUploadedFile("answers.csv", f"ref,answer,note\n{ref},YES,\n".encode())

    answer = clerk.post(f"{NOTICES}call-backs", {"file": file})

    assert (answer.status_code, answer.json()) == (200, {"answered": 1, "disputes": []})


def test_whom_a_call_does_not_reach_is_told_otherwise(clerk: Client) -> None:
    reach(builders.wang(), phone=MOBILE, address=ADDRESS)
    told(builders.wang(), call_back=True)
    ref = Notice.objects.get(channel="CALL_BACK").pk
    file = SimpleUploadedFile("answers.csv", f"ref,answer,note\n{ref},NOT_REACHED,\n".encode())

    assert clerk.post(f"{NOTICES}call-backs", {"file": file}).status_code == 200

    assert Notice.objects.get(channel="LETTER").address == ADDRESS


def test_nobody_answers_about_a_case_that_he_may_not_see(client: Client) -> None:
    reach(builders.wang(), phone=MOBILE)
    told(builders.wang(), call_back=True)
    ref = Notice.objects.get(channel="CALL_BACK").pk
    other = builders.agency(code="34080009", name="演示县社保中心")
    client.force_login(builders.member(role="CLERK", at=other).staff)
    file = SimpleUploadedFile("answers.csv", f"ref,answer,note\n{ref},YES,\n".encode())

    answer = client.post(f"{NOTICES}call-backs", {"file": file})

    assert (answer.status_code, answer.json()["line"]) == (422, 2)


def test_a_damaged_file_of_answers_is_answered_with_its_line(clerk: Client) -> None:
    file = SimpleUploadedFile("answers.csv", b"ref,answer,note\n1,YES,\n")

    answer = clerk.post(f"{NOTICES}call-backs", {"file": file})

    assert (answer.status_code, answer.json()["line"]) == (422, 2)


def test_numbers_on_record_are_listed_masked(clerk: Client) -> None:
    reach(builders.wang(), phone=MOBILE, address=ADDRESS)

    rows = clerk.get("/api/v1/contacts/", {"party": builders.wang().pk}).json()["results"]

    assert {row["kind_label"]: row["contact"] for row in rows} == {
        "电话": "138****1234",
        "通信地址": "演示路1号******",
    }
