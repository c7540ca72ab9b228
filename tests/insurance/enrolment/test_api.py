"""Enrolment over the API: clerks write once per key, others read, persons are masked."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.audit.models import Act
from backend.people.models import Death
from insurance.enrolment.models import Enrolment, EnrolmentFile, Kind
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of, roster_row, write

pytestmark = pytest.mark.django_db
MONTH = "2026-11"
POSTS = ("enrolments/join", "enrolments/leave", "enrolments/1/correct")


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    for module in ("api", "worklist_api"):
        monkeypatch.setattr(
            f"insurance.enrolment.{module}.timezone.localdate", lambda *_: builders.TODAY
        )
    settings.VAR_DIR = tmp_path


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def post(client: Client, path: str, body: dict[str, Any], *, key: str = "", seen: str = "") -> Any:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex, "If-Match": seen}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def correct(client: Client, pk: int, body: dict[str, Any], *, seen: str = "") -> Any:
    seen = seen or client.get(f"/api/v1/enrolments/{pk}/")["ETag"]
    return post(client, f"enrolments/{pk}/correct", body, seen=seen)


def joining(**changes: Any) -> dict[str, Any]:
    facts = {"person": builders.li().pk, "payer": of.employer().pk, "schemes": ["110", "310"]}
    return {**facts, "kind": "EMPLOYED", "month": MONTH, "wage": "6000.00", **changes}


def listed(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"/api/v1/{path}", query).json()["results"]
    return rows


def test_a_clerk_enrols_and_the_list_shows_it_masked(clerk: Client) -> None:
    answer = post(clerk, "enrolments/join", joining())

    assert answer.status_code == 201, answer.json()
    rows = listed(clerk, "enrolments/", person=builders.li().pk)
    assert [(row["scheme"], row["from_month"], row["until_month"]) for row in rows] == [
        ("310", MONTH, None),
        ("110", MONTH, None),
    ]
    assert rows[0]["person_name"] == "李*国"
    (wage,) = listed(clerk, "wages/")
    assert (wage["monthly"], wage["wage_source"]) == ("6000.00", "NEW_HIRE")


def test_the_same_key_enrols_once_and_answers_alike(clerk: Client) -> None:
    first = post(clerk, "enrolments/join", joining(), key="k1")
    again = post(clerk, "enrolments/join", joining(), key="k1")

    assert again.json() == first.json()
    assert Act.objects.filter(name="enrolment.joined").count() == 1


def test_a_rule_says_no_in_words(clerk: Client) -> None:
    answer = post(clerk, "enrolments/join", joining(month="2027-01"))

    assert (answer.status_code, answer.json()["code"]) == (422, "enrolment_too_far_ahead")


def test_a_household_is_named_with_its_paper(clerk: Client) -> None:
    refused = post(clerk, "enrolments/join", joining(household="330100"))
    taken = post(
        clerk, "enrolments/join", joining(household="330100", household_evidence="户口簿 演示1号")
    )

    assert refused.status_code == 400
    assert "household_evidence" in str(refused.json())
    assert taken.status_code == 201


@pytest.mark.parametrize(
    "changes", [{"wage": "6000"}, {"wage": 6000}, {"month": "11"}, {"schemes": []}, {"kind": "X"}]
)
def test_what_is_no_request_is_refused(clerk: Client, changes: dict[str, Any]) -> None:
    assert post(clerk, "enrolments/join", joining(**changes)).status_code in (400, 422)
    assert not Enrolment.objects.exists()


def test_leaving_and_putting_right(clerk: Client) -> None:
    row = of.enrolment(valid=of.months("2026-09"))
    facts = {"person": row.person_id, "payer": row.payer_id, "schemes": ["110"]}

    (left,) = post(clerk, "enrolments/leave", {**facts, "last_month": "2026-10"}).json()
    assert left["until_month"] == MONTH
    right = {"from_month": "2026-08", "last_month": None, "reason": "减员月份录错"}
    (open_again,) = correct(clerk, left["id"], right).json()
    never = {"from_month": None, "reason": "录错人员"}
    assert correct(clerk, open_again["id"], never).json() == []

    assert listed(clerk, "enrolments/") == []
    assert len(listed(clerk, "enrolments/", history="1")) == 3


def test_of_two_who_put_one_enrolment_right_the_second_learns_of_the_first(clerk: Client) -> None:
    row = of.enrolment(valid=of.months("2026-09"))
    seen = clerk.get(f"/api/v1/enrolments/{row.pk}/")["ETag"]
    right = {"from_month": "2026-08", "last_month": None, "reason": "录错"}
    assert correct(clerk, row.pk, right, seen=seen).status_code == 200

    answer = correct(clerk, row.pk, {**right, "from_month": "2026-10"}, seen=seen)

    assert (answer.status_code, answer.json()["code"]) == (412, "record_changed")
    assert answer.json()["current"]["superseded_at"]
    assert answer.json()["difference"]["from_month"] == {"yours": "2026-10", "current": "2026-09"}


def test_the_list_of_a_month_is_of_that_month(clerk: Client) -> None:
    of.enrolment(valid=of.months("2026-01", "2026-05"))

    assert len(listed(clerk, "enrolments/", month="2026-04")) == 1
    assert listed(clerk, "enrolments/", month="2026-05") == []
    assert clerk.get("/api/v1/enrolments/", {"month": "x"}).json()["code"] == "month_invalid"


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("role", ["REVIEWER", "SUPERVISOR", "SYSTEM_ADMIN"])
def test_only_clerks_write(client: Client, path: str, role: str) -> None:
    client.force_login(builders.member(role=role).staff)

    assert post(client, path, joining()).status_code == 403


def test_the_machines_operator_reads_nothing(client: Client) -> None:
    client.force_login(builders.member(role="SYSTEM_ADMIN").staff)

    for path in ("enrolments/", "wages/", "enrolment-files/", "enrolment-duplicates/"):
        assert client.get(f"/api/v1/{path}").status_code == 403


def upload(client: Client, path: Path) -> Any:
    return client.post(
        "/api/v1/enrolment-files/",
        {
            "description": SimpleUploadedFile("增减员.json", path.read_bytes()),
            "file": SimpleUploadedFile("增减员.csv", path.with_suffix(".csv").read_bytes()),
        },
    )


def test_a_roster_is_handed_in_and_the_same_bytes_answer_as_before(
    clerk: Client, tmp_path: Path
) -> None:
    of.employer()
    path = write(tmp_path, [roster_row()])

    first, again = upload(clerk, path), upload(clerk, path)

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (first.json()["name"], first.json()["row_count"]) == ("增减员.csv", 1)
    assert [row["id"] for row in listed(clerk, "enrolment-files/")] == [first.json()["id"]]
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_refused_roster_is_kept_with_line_and_reason(clerk: Client, tmp_path: Path) -> None:
    of.employer()

    answer = upload(clerk, write(tmp_path, [roster_row(name="李建军")]))

    assert (answer.status_code, answer.json()["line"]) == (422, 2)
    (row,) = answer.json()["refused"]
    assert (row["column"], row["shown"]) == ("name", "李*军")
    assert EnrolmentFile.objects.get().accepted is False


def test_doubled_months_are_listed_with_their_evidence(clerk: Client) -> None:
    of.enrolment(valid=of.months("2026-03"))
    of.enrolment(scheme="170", kind=Kind.RESIDENT, valid=of.months("2026-01", "2027-01"))

    (row,) = listed(clerk, "enrolment-duplicates/", kind="TWO_SCHEMES")

    assert (row["scheme"], row["other_scheme"]) == ("110", "170")
    assert (row["from_month"], row["until_month"]) == ("2026-03", "2027-01")
    assert row["person_name"] == "李*国"


def test_a_certificate_is_masked_but_for_a_purpose(clerk: Client) -> None:
    of.enrolment()
    path, number = (
        f"/api/v1/persons/{builders.li().pk}/enrolment-certificate/",
        number_of(builders.li().pk),
    )

    masked = clerk.get(path).json()
    full = clerk.get(path, {"purpose": "办理落户"}).json()

    assert (masked["name"], masked["months"]) == ("李*国", {"110": 83})
    assert number not in str(masked)
    assert full["number"] == number
    looks = Act.objects.filter(name="people.looked").order_by("id")
    assert [look.details["purpose"] for look in looks] == ["未写明用途", "办理落户"]


def test_an_employer_shows_its_history(clerk: Client) -> None:
    of.enrolment()

    shown = clerk.get(f"/api/v1/employers/{of.employer().pk}/history/").json()

    assert shown["insured"] == {"110": 1}
    assert shown["names"][0]["value"] == "演示商贸1号有限公司"
    assert clerk.get("/api/v1/employers/987654321/history/").status_code == 404


def test_whom_nobody_ended_after_a_confirmed_death_is_listed(clerk: Client) -> None:
    li, zhao = builders.li(), builders.zhao()
    of.enrolment(person_id=li.pk)
    of.enrolment(person_id=li.pk, scheme="310", valid=of.months("2020-01", "2026-11"))
    of.enrolment(person_id=zhao.pk)
    for who, confirmed in ((li, True), (zhao, False)):
        Death.objects.create(
            person_id=who.pk, death_date=date(2026, 10, 3), source="OFFICE", confirmed=confirmed
        )

    rows = listed(clerk, "enrolments/", after_death="1")

    assert [(row["person"], row["scheme"]) for row in rows] == [(li.pk, "110")]
    Death.objects.update(superseded_at=builders.NOW)
    assert listed(clerk, "enrolments/", after_death="1") == []
