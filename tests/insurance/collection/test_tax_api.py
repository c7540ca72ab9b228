"""Tax files and findings over the API."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from insurance.collection.models import Finding, Receipt
from insurance.collection.tax.compare import compare_declarations
from tests import builders
from tests.insurance.collection import tax_world as world
from tests.insurance.collection.tax_builders import receipt, write
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "insurance.collection.api.tax_api.timezone.localdate", lambda *_: builders.TODAY
    )
    settings.VAR_DIR = tmp_path
    of.employer()


@pytest.fixture
def finance(client: Client) -> Client:
    client.force_login(builders.member(role="FINANCE").staff)
    return client


def upload(client: Client, path: Path) -> Any:
    return client.post(
        "/api/v1/tax-files/",
        {
            "description": SimpleUploadedFile("入库.json", path.read_bytes()),
            "file": SimpleUploadedFile("入库.csv", path.with_suffix(".csv").read_bytes()),
        },
    )


def listed(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"/api/v1/{path}", query).json()["results"]
    return rows


def test_a_file_is_handed_in_and_the_same_bytes_answer_as_before(
    finance: Client, tmp_path: Path
) -> None:
    path = write(tmp_path, [receipt()])

    first, again = upload(finance, path), upload(finance, path)

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    (row,) = listed(finance, "tax-files/", kind="RECEIPTS")
    assert (row["name"], row["period"], row["amount"]) == ("入库.csv", "2026-11", "1440.00")
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_refused_file_is_told_with_its_rows(finance: Client, tmp_path: Path) -> None:
    answer = upload(finance, write(tmp_path, [receipt(amount="0.00")]))

    assert (answer.status_code, answer.json()["code"]) == (422, "tax_rows_refused")
    (row,) = answer.json()["refused"]
    assert (row["line"], row["column"], row["code"]) == (2, "amount", "row_refused")
    assert not Receipt.objects.exists()


def test_a_refused_row_names_the_rule_that_refuses_it(finance: Client, tmp_path: Path) -> None:
    answer = upload(finance, write(tmp_path, [receipt(), receipt()]))

    assert [row["code"] for row in answer.json()["refused"]] == ["tax_no_twice"] * 2


def test_what_nobody_knows_is_refused_in_words(finance: Client, tmp_path: Path) -> None:
    path = write(tmp_path, [receipt()], wanted="letter")

    answer = upload(finance, path)

    assert (answer.status_code, answer.json()["code"]) == (422, "tax_description_invalid")


@pytest.mark.parametrize("role", ["CLERK", "REVIEWER", "SUPERVISOR"])
def test_only_finance_hands_files_in(client: Client, tmp_path: Path, role: str) -> None:
    client.force_login(builders.member(role=role).staff)

    assert upload(client, write(tmp_path, [receipt()])).status_code == 403
    assert client.get("/api/v1/tax-files/").status_code == 200


def test_findings_are_listed_masked(finance: Client) -> None:
    line = world.declared(
        payer_id=of.employer().pk, person_id=builders.li().pk, name="王秀英", fen=5
    )
    world.declare(world.declarations_file(), [line])
    compare_declarations(period=world.NOV, today=builders.TODAY)

    (row,) = listed(finance, "contribution-findings/", open="true", kind="PAID_WITHOUT_REGISTER")

    assert (row["person_name"], row["declared_name"]) == ("李*国", "王*英")
    assert (row["payer_name"], row["declared_amount"]) == ("演示商贸1号有限公司", "0.05")
    Finding.objects.update(closed_at=world.NOW, decision="TAX_RIGHT")
    assert listed(finance, "contribution-findings/", open="true") == []
    assert len(listed(finance, "contribution-findings/")) == 1
