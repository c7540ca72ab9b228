"""Supervision sees every sensitive change: whose hands, what waived it, who was told."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from backend.cases.models import Case
from backend.exports.export import file_of, write
from backend.exports.models import Export
from payments import accounts
from tests import builders
from tests.backend.notices.notice_builders import MOBILE, reach
from tests.builders import TODAY
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says

pytestmark = pytest.mark.django_db
LIST = "/api/v1/supervision/sensitive-changes/"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def supervisor(client: Client) -> Client:
    client.force_login(builders.member(role="SUPERVISOR").staff)
    return client


def changed(*, confirmed: bool = False) -> Case:
    pay.account(builders.wang())
    case = accounts.propose(
        staff=builders.member(role="CLERK").staff,
        payee_id=builders.wang().pk,
        bank="NSB",
        account_no=pay.OTHER_ACCOUNT,
        holder_name="王秀英",
        from_date=TODAY,
        evidence="新卡(演示)",
        today=TODAY,
    )
    if confirmed:
        bank_says()
    return pay.decided(case)


def rows(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_change_is_listed_with_all_hands_and_what_it_waits_for(supervisor: Client) -> None:
    reach(builders.wang(), phone=MOBILE)
    case = changed()

    (row,) = rows(supervisor, kind="ACCOUNT_CHANGE")

    assert (row["case"], row["kind_label"], row["name"]) == (case.pk, "收款账户变更", "王*英")
    assert (row["received_by"], row["decided_by"]) == (case.received_by, case.decided_by)
    assert row["cooling"] == "冷静期内；冷静期至2026-11-12（天数：演示）；期满而告知未到本人"
    assert row["notices"] == [
        {"channel": "短信", "former": False, "state": "待发"},
        {"channel": "电话回访", "former": False, "state": "待发"},
    ]
    assert (row["double_changed"], row["disputes"]) == (False, [])


def test_what_was_waived_says_why(supervisor: Client) -> None:
    changed(confirmed=True)

    (row,) = rows(supervisor)

    assert row["cooling"] == ("已启用；免除冷静期：银行核验户名账号一致，且为本人社会保障卡账户")


def test_a_denial_stands_beside_the_change(supervisor: Client) -> None:
    case = changed()
    dispute = builders.case(
        kind="CHANGE_DISPUTE",
        content={"change": case.pk, "told_by": "WINDOW", "note": "不是本人(演示)"},
    )

    (row,) = rows(supervisor, kind="ACCOUNT_CHANGE")

    assert row["disputes"] == [dispute.pk]


def test_the_list_is_of_a_period_and_an_agency(supervisor: Client) -> None:
    case = changed()

    assert rows(supervisor, from_date="2026-11-05", to_date="2026-11-05")
    assert rows(supervisor, from_date="2026-11-06") == []
    assert rows(supervisor, to_date="2026-11-04") == []
    assert rows(supervisor, agency=case.agency_id)
    other = builders.agency(code="34080009", name="另一机构")
    assert rows(supervisor, agency=other.pk) == []


def test_other_cases_and_undecided_ones_are_not_listed(supervisor: Client) -> None:
    pay.decided(builders.case(kind="DEATH", content={}), approve=False)
    builders.case(kind="CONTACT_CHANGE", content={"phone": MOBILE, "evidence": "本人到窗口"})

    assert rows(supervisor) == []


def test_what_puts_right_an_approved_case_is_listed_whatever_its_kind(supervisor: Client) -> None:
    pay.decided(builders.case(kind="DEATH", content={"corrects": 7}), approve=False)

    assert [row["kind"] for row in rows(supervisor)] == ["DEATH"]


def test_the_list_goes_out_as_other_lists_do(supervisor: Client) -> None:
    case = changed()

    answer = supervisor.post(
        "/api/v1/exports/",
        {"list": "sensitive-change-list", "filters": {}, "purpose": "月度稽核"},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    written = write(export_id=answer.json()["id"])

    text = file_of(Export.objects.get()).read_text(encoding="utf-8")
    assert (answer.status_code, written.rows) == (201, 1)
    assert f"{case.pk},收款账户变更" in text
    assert "王*英" in text
    assert "窗口：待发" in text


@pytest.mark.parametrize("query", [{"from_date": "2026-13-01"}, {"to_date": "gestern"}])
def test_a_day_that_is_none_is_refused(supervisor: Client, query: dict[str, str]) -> None:
    assert supervisor.get(LIST, query).status_code == 400


def test_only_supervision_sees_the_list(client: Client) -> None:
    client.force_login(builders.member(role="CLERK").staff)

    assert client.get(LIST).status_code == 403
