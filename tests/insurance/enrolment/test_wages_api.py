"""The wage declaration over the API: the form goes out filled in, and comes back as an upload."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.access.models import Agency, Staff
from backend.audit.models import Act
from backend.exports import tasks as export_jobs
from backend.exports.models import Export
from backend.jobs.runner import run_waiting
from backend.uploads.xlsx import read_sheet
from insurance.enrolment import tasks as enrolment_jobs
from insurance.enrolment.assess import NameDiffers
from insurance.enrolment.models import Enrolment, Kind, Wage
from insurance.enrolment.wage_form import NothingToDeclare
from insurance.enrolment.wage_sheet import SHAPE
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of
from tests.insurance.enrolment.wage_builders import HEAD, LI, declaration

pytestmark = pytest.mark.django_db
JOBS = (export_jobs, enrolment_jobs)  # registered once imported, as in a worker
UPLOAD, EXPORTS = "/api/v1/wage-declarations/", "/api/v1/exports/"


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "insurance.enrolment.wages_api.timezone.localdate", lambda *_: builders.TODAY
    )
    settings.VAR_DIR = tmp_path
    of.employer(name=HEAD.employer_name)
    of.enrolment()


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


@pytest.fixture
def medical(client: Client) -> Client:
    agency = Agency.objects.create(
        code="34080002",
        name="演示市医保局",
        region="340800",
        kind="MEDICAL",
        schemes=["310", "390"],
    )
    client.force_login(builders.member(role="CLERK", at=agency).staff)
    return client


def upload(client: Client, content: bytes) -> Any:
    return client.post(UPLOAD, {"file": SimpleUploadedFile("工资.xlsx", content)})


def asked(client: Client, **changes: object) -> Any:
    """Ask for the form of the employer and 2026."""
    filters = {"employer": str(of.employer().pk), "year": "2026"}
    body = {"list": "wage-form", "filters": filters, "purpose": "单位申报", **changes}
    headers = {"Idempotency-Key": uuid4().hex}
    return client.post(EXPORTS, body, content_type="application/json", headers=headers)


def form(client: Client, **changes: object) -> bytes:
    """The form, written by a job and fetched."""
    export = asked(client, **changes).json()["id"]
    run_waiting(keys=[f"export/{export}"])
    fetched: Any = client.post(f"{EXPORTS}{export}/fetch")
    assert fetched["Content-Disposition"].endswith(f'filename="export-{export}.xlsx"')
    return b"".join(fetched.streaming_content)


def refused(client: Client, **filters: str) -> str:
    """Why no form is written."""
    export = asked(client, filters=filters).json()["id"]
    run_waiting(keys=[f"export/{export}"])
    (row,) = [row for row in client.get(EXPORTS).json()["results"] if row["id"] == export]
    return str(row["refused_code"])


def test_a_declaration_is_handed_in_and_the_same_bytes_answer_as_before(
    clerk: Client, tmp_path: Path
) -> None:
    first, again = upload(clerk, declaration(LI)), upload(clerk, declaration(LI))

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (first.json()["kind"], first.json()["name"]) == ("WAGES", "工资.xlsx")
    assert Wage.objects.get().source_id == first.json()["id"]
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_refused_declaration_names_each_place(clerk: Client) -> None:
    answer = upload(clerk, b"no spreadsheet")

    assert (answer.status_code, answer.json()["code"]) == (422, "sheet_refused")
    (row,) = answer.json()["refused"]
    assert (row["reason"], row["code"]) == (answer.json()["detail"], "not_xlsx")


def test_a_declaration_whose_rows_are_refused_names_the_rule_of_each(clerk: Client) -> None:
    answer = upload(clerk, declaration(replace(LI, name="李建军")))

    (row,) = answer.json()["refused"]
    assert (row["code"], row["reason"]) == (NameDiffers.code, NameDiffers.words)


def test_only_clerks_hand_in_and_fetch_the_form(client: Client) -> None:
    client.force_login(builders.member(role="REVIEWER").staff)

    assert upload(client, declaration(LI)).status_code == 403
    assert (asked(client).status_code, asked(client).json()["code"]) == (
        403,
        "export_not_permitted",
    )


def test_the_form_names_all_who_are_insured_there_and_the_look_is_kept(clerk: Client) -> None:
    of.enrolment(scheme="310")
    of.enrolment(person_id=builders.wang().pk, valid=of.months("2020-01", "2026-01"))
    of.enrolment(person_id=builders.chen().pk, scheme="170", kind=Kind.RESIDENT)

    rows = read_sheet(file=io.BytesIO(form(clerk)), shape=SHAPE)

    assert (rows[1][1], rows[1][4], rows[1][7]) == (HEAD.employer_name, HEAD.credit_code, 2026)
    assert rows[3][1:5] == ["李建国", "居民身份证", number_of(builders.li().pk), ""]
    assert rows[4][0:2] == ["合计", 1]
    look = Act.objects.get(name="people.looked")
    assert (look.subject_id, look.details["purpose"]) == (str(of.employer().pk), "单位申报")
    names = {"exports.asked", "exports.written", "exports.fetched"}
    assert set(Act.objects.filter(name__in=names).values_list("name", flat=True)) == names


def test_each_page_of_the_form_says_whose_export_it_is_and_it_comes_in_again(
    clerk: Client,
) -> None:
    content = form(clerk)

    with ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        properties = parts.read("docProps/core.xml").decode()
    staff = Staff.objects.get(pk=clerk.session["_auth_user_id"])
    mark = f"导出编号 {Export.objects.get().pk}，{staff.username} 于 "
    assert f"<oddFooter>&amp;L{mark}" in sheet
    assert mark in properties
    assert upload(clerk, content).json()["code"] == "sheet_refused"  # nothing is filled in yet


def test_a_purpose_of_many_ampersands_stands_on_each_page(clerk: Client) -> None:
    content = form(clerk, purpose="&" * 100)

    with ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert f"用途：{'＆' * 100}；仅限上述用途" in sheet


def test_the_form_is_fetched_once(clerk: Client) -> None:
    form(clerk)

    again = clerk.post(f"{EXPORTS}{Export.objects.get().pk}/fetch")

    assert (again.status_code, again.json()["code"]) == (410, "export_gone")


def test_there_is_no_form_without_people_employer_or_purpose(clerk: Client) -> None:
    employer = str(of.employer().pk)

    assert refused(clerk, employer=employer, year="2019") == "wages_nothing_to_declare"
    assert refused(clerk, employer="987654321", year="2026") == "wages_employer_unknown"
    assert asked(clerk, purpose="").status_code == 400


@pytest.mark.parametrize("filters", [{}, {"employer": "1"}, {"employer": "1", "year": "今年"}])
def test_a_form_needs_all_its_numbers(clerk: Client, filters: dict[str, str]) -> None:
    answer = asked(clerk, filters=filters)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "employer（用人单位编号）" in str(answer.json()["errors"])


def test_one_declaration_is_for_all_schemes_whichever_agency_takes_it(medical: Client) -> None:
    assert not Enrolment.objects.filter(scheme="310").exists()

    answer = upload(medical, declaration(LI))

    assert (answer.status_code, Wage.objects.count()) == (201, 1), answer.json()


def test_the_form_names_only_who_is_insured_in_the_schemes_of_the_agency(medical: Client) -> None:
    of.enrolment(scheme="310", person_id=builders.wang().pk)

    rows = read_sheet(file=io.BytesIO(form(medical)), shape=SHAPE)

    assert [row[1] for row in rows[3:5]] == ["王秀英", 1]


def test_who_serves_none_of_the_schemes_gets_no_form(medical: Client) -> None:
    assert refused(medical, employer=str(of.employer().pk), year="2026") == NothingToDeclare.code
