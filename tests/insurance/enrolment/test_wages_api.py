"""The wage declaration over the API: the form goes out filled in, and comes back as an upload."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.access.models import Agency
from backend.audit.models import Act
from backend.uploads.xlsx import read_sheet
from insurance.enrolment.assess import NameDiffers
from insurance.enrolment.models import Enrolment, Kind, Wage
from insurance.enrolment.wage_sheet import SHAPE
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of
from tests.insurance.enrolment.wage_builders import HEAD, LI, declaration

pytestmark = pytest.mark.django_db
UPLOAD = "/api/v1/wage-declarations/"


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


def form(client: Client, *, pk: int = 0, year: int = 2026, purpose: str = "单位申报") -> Any:
    address = f"/api/v1/employers/{pk or of.employer().pk}/wage-form/"
    return client.get(address, {"year": str(year), "purpose": purpose})


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
    assert form(client).status_code == 403


def test_the_form_names_all_who_are_insured_there_and_the_look_is_kept(clerk: Client) -> None:
    of.enrolment(scheme="310")
    of.enrolment(person_id=builders.wang().pk, valid=of.months("2020-01", "2026-01"))
    of.enrolment(person_id=builders.chen().pk, scheme="170", kind=Kind.RESIDENT)

    rows = read_sheet(file=io.BytesIO(form(clerk).content), shape=SHAPE)

    assert (rows[1][1], rows[1][4], rows[1][7]) == (HEAD.employer_name, HEAD.credit_code, 2026)
    assert rows[3][1:5] == ["李建国", "居民身份证", number_of(builders.li().pk), ""]
    assert rows[4][0:2] == ["合计", 1]
    assert Act.objects.get(name="people.looked").subject_id == str(of.employer().pk)


@pytest.mark.parametrize(("year", "purpose", "status"), [(2019, "单位申报", 422), (2026, "", 400)])
def test_there_is_no_form_without_people_or_purpose(
    clerk: Client, year: int, purpose: str, status: int
) -> None:
    assert form(clerk, year=year, purpose=purpose).status_code == status
    assert form(clerk, pk=987654321).status_code == 404


def test_one_declaration_is_for_all_schemes_whichever_agency_takes_it(medical: Client) -> None:
    assert not Enrolment.objects.filter(scheme="310").exists()

    answer = upload(medical, declaration(LI))

    assert (answer.status_code, Wage.objects.count()) == (201, 1), answer.json()


def test_the_form_names_who_is_insured_in_the_schemes_of_another_agency(medical: Client) -> None:
    rows = read_sheet(file=io.BytesIO(form(medical).content), shape=SHAPE)

    assert rows[3][1] == "李建国"
