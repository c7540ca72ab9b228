"""Life certification over the API: who may see and do what (资格认证接口)."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from backend import deployment
from backend.cases import content
from backend.cases.models import Case
from insurance.benefits.checks.match import FORMAT, HEADER
from insurance.benefits.checks.models import CheckStep, Proof
from insurance.benefits.checks.rules import Stage
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.checks import check_builders as of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def posted(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_the_due_of_a_village_are_listed_masked(clerk: Client) -> None:
    of.pensioners(2)

    answer = clerk.get("/api/v1/check-due/", {"village": of.village().pk})

    rows = answer.json()
    assert [(row["stage"], row["stage_label"]) for row in rows] == [(None, "尚未比对")] * 2
    assert rows[0]["name"] == "江*华"


def test_the_due_are_counted_by_step(clerk: Client) -> None:
    first, _ = of.pensioners(2)
    of.tried(first, up_to=Stage.UNMATCHED)

    answer = clerk.get("/api/v1/check-due/counts", {"district": "340802"})

    assert [(row["stage"], row["count"]) for row in answer.json()] == [(None, 1), (1, 1)]


def test_a_reminder_is_put_down_under_the_clerks_own_name(clerk: Client) -> None:
    wang = m.entitlement()
    of.tried(wang, up_to=Stage.UNMATCHED)
    body = {"persons": [wang.person_id], "channel": "CALL", "done_on": str(timezone.localdate())}

    answer = posted(clerk, "check-contacts", body)

    assert answer.json() == {"count": 1}
    assert CheckStep.objects.get(stage=Stage.CONTACTED).by_person_id


def test_a_demonstration_reminds_and_holds_ahead_of_the_clock(clerk: Client) -> None:
    (pension,) = of.pensioners(1)
    of.tried(pension, up_to=Stage.LISTED)

    reminded = posted(clerk, "check-contacts", {"channel": "SMS", "done_on": "2031-03-03"})
    proposed = posted(clerk, "check-holds", {"proposed_on": "2031-04-01"})

    assert (reminded.status_code, proposed.json()) == (200, {"count": 1})
    case = Case.objects.get(kind="CHECK_HOLD")
    assert case.content["received_date"] == "2031-04-01"
    assert content.day_of(case) == date(2031, 4, 1)


def test_a_live_database_reminds_by_the_clock(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "is_demo", lambda: False)
    of.pensioners(1)

    answer = posted(clerk, "check-contacts", {"channel": "SMS", "done_on": "2031-03-03"})

    assert (answer.status_code, answer.json()["code"]) == (422, "check_contact_invalid")


def test_holds_are_proposed_and_wait_for_another_person(clerk: Client) -> None:
    (pension,) = of.pensioners(1)
    of.tried(pension, up_to=Stage.LISTED)

    answer = posted(clerk, "check-holds", {"district": "340802"})

    assert answer.json() == {"count": 1}
    assert Case.objects.get(kind="CHECK_HOLD").state == "RECEIVED"


def test_a_file_is_uploaded_with_its_description_password_and_code(
    client: Client, settings: LazySettings, tmp_path: Path
) -> None:
    client.force_login(builders.staff_with_password(role="CLERK", username="jingban1"))
    settings.VAR_DIR = tmp_path / "var"
    m.entitlement()
    wang = builders.wang()
    described: dict[str, object] = {"as_of": "2026-11-05", "source": "演示"}
    row = f"CITIZEN,{of.number_of(wang)},{of.name_of(wang)},2026-11-01,DATA_MATCH"
    path = of.Files(tmp_path, FORMAT, HEADER, described).write(row)
    parts = {
        "description": SimpleUploadedFile("m.json", path.read_bytes()),
        "file": SimpleUploadedFile("m.csv", path.with_suffix(".csv").read_bytes()),
    }

    without = client.post(
        "/api/v1/check-files/", parts, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    for part in parts.values():
        part.seek(0)
    answer = client.post(
        "/api/v1/check-files/",
        {**parts, **builders.proof_of(client)},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )

    assert without.status_code in (400, 403), without.json()
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["proven"], answer.json()["lines"]) == (1, [])
    (listed,) = client.get("/api/v1/life-proofs/", {"person": wang.pk}).json()["results"]
    assert listed["method_label"] == "数据比对"
    assert Proof.objects.get().file.received_by  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "check-files/"), ("post", "check-contacts"), ("post", "check-holds")],
)
def test_only_clerks_bring_files_remind_and_propose(client: Client, method: str, path: str) -> None:
    client.force_login(builders.member(role="VILLAGE").staff)

    assert getattr(client, method)(f"/api/v1/{path}").status_code == 403


def test_a_village_sees_who_is_due(client: Client) -> None:
    client.force_login(builders.member(role="VILLAGE").staff)

    assert client.get("/api/v1/check-due/", {"village": of.village().pk}).status_code == 200
