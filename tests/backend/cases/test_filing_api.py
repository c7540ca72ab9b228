"""Filing over the API: in, corrected once, accepted or declined; bad input is refused in words."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.audit.models import Act
from backend.cases import acts
from backend.cases.models import Case
from tests import builders
from tests.backend.cases import filing_builders as ours
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db
MISSING = {"missing": [{"what": "终止劳动合同证明", "why": "核实失业原因"}], "days": 5}


@pytest.fixture(autouse=True)
def _acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_registered", dict(ours.ACTS))


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(ours.clerk().staff)
    return client


STEPS = ("correction", "corrected", "accept")


@pytest.fixture
def reviewer() -> Client:
    client = Client()
    client.force_login(builders.staff_with_password(role="REVIEWER", username="fuhe1"))
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    """Upon what the case asks for now, unless told otherwise."""
    pk, _, step = path.partition("/")
    case = Case.objects.filter(pk=pk).first() if step else None
    seen = {"digest": case.digest if case else "0" * 64} if step in STEPS else {}
    return client.post(
        f"/api/v1/cases/{path}",
        {**seen, **body},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def filed(client: Client, **changes: Any) -> Any:
    body = {"kind": ours.KIND, "party": builders.zhao().pk, "content": {"note": "演示"}, **changes}
    return post(client, "file", body)


def test_a_case_is_filed_corrected_and_accepted(clerk: Client) -> None:
    pk = filed(clerk).json()["id"]

    asked = post(clerk, f"{pk}/correction", MISSING)
    corrected = post(clerk, f"{pk}/corrected", {"brought": "证明原件", "content": {"months": 12}})
    accepted = post(clerk, f"{pk}/accept", {})

    assert (asked.status_code, asked.json()["missing"]) == (201, MISSING["missing"])
    assert corrected.json()["state_label"] == "已收件"
    assert accepted.json()["state_label"] == "已受理"
    assert Case.objects.get(pk=pk).content == {"months": 12}
    stages = clerk.get(f"/api/v1/cases/{pk}/stages/").json()
    assert [one["stage_label"] for one in stages] == ["收件", "告知补正", "补正", "受理"]


def test_of_two_clerks_the_second_learns_that_another_changed_what_is_asked_for(
    clerk: Client,
) -> None:
    pk = filed(clerk, content={"months": 3}).json()["id"]
    before = Case.objects.get(pk=pk).digest
    post(clerk, f"{pk}/correction", MISSING)
    post(clerk, f"{pk}/corrected", {"brought": "证明原件", "content": {"months": 12}})

    late = post(clerk, f"{pk}/accept", {"content": {"months": 5}, "digest": before})

    now = Case.objects.get(pk=pk)
    assert (late.status_code, late.json()["code"]) == (412, "case_content_changed")
    assert late.json()["digest"] == now.digest
    assert (now.state, now.content) == ("FILED", {"months": 12})
    act = Act.objects.get(name="cases.corrected")
    assert (act.before, act.after) == (
        {"state": "CORRECTING", "months": 3},
        {"state": "FILED", "months": 12},
    )


def test_a_reviewer_declines_with_the_own_key(clerk: Client, reviewer: Client) -> None:
    pk = filed(clerk).json()["id"]
    body = {
        "role": "REVIEWER",
        "password": PASSWORD,
        "code": builders.code(now=timezone.now()),
        "reason": "不属于失业保险",
    }

    answer = post(reviewer, f"{pk}/decline", body)

    assert (answer.status_code, answer.json()["state"]) == (200, "DECLINED")
    assert post(clerk, f"{pk}/decline", body).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"missing": [], "days": 5},
        {"missing": [{"what": "照片"}], "days": 5},
        {"missing": [{"what": "照片", "why": "必需"}] * 21, "days": 5},
        {"missing": [{"what": "照片", "why": "必"}], "days": 5},
        {"missing": [{"what": "照片", "why": "必需"}], "days": 0},
        {"missing": "照片", "days": 5},
        {"missing": [{"what": "照片", "why": "必需"}]},
    ],
)
def test_a_list_of_what_is_missing_that_says_nothing_is_refused(
    clerk: Client, wrong: dict[str, Any]
) -> None:
    pk = filed(clerk).json()["id"]

    answer = post(clerk, f"{pk}/correction", wrong)

    assert answer.status_code in (400, 422)
    assert Case.objects.get(pk=pk).state == "FILED"


@pytest.mark.parametrize("content", [{"a": 1.5}, {"a": {"b": 1}}, {"a": "\0"}, [], "abc", None])
def test_content_without_one_spelling_is_refused_at_each_step(clerk: Client, content: Any) -> None:
    pk = filed(clerk).json()["id"]

    assert filed(clerk, content=content).status_code == 400
    assert post(clerk, f"{pk}/accept", {"content": content}).status_code == 400


@pytest.mark.parametrize("step", ["correction", "corrected", "accept"])
def test_a_case_that_is_not_there_is_not_found(clerk: Client, step: str) -> None:
    body = {**MISSING, "brought": "证明原件"}

    assert post(clerk, f"999999999/{step}", body).status_code == 404


def test_what_is_refused_says_why_in_chinese(clerk: Client) -> None:
    answer = filed(clerk, kind="STOP").json()

    assert (answer["code"], answer["detail"]) == (
        "case_not_filed",
        "“待遇停发”直接受理，不先收件。",
    )
