"""Batches, books and what the bank said are seen by the agency whose book pays."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from payments.models import Batch, BatchState, Discrepancy
from tests import builders
from tests.builders import PASSWORD
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import CLOSED_ACCOUNT

pytestmark = pytest.mark.django_db
LISTS = ("batches", "return-files", "discrepancies", "books", "entries", "ledger-months")


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def medical() -> Agency:
    return builders.agency(code="34080002", name="演示医保局")


@pytest.fixture
def batch() -> Batch:
    return pay.answered(CLOSED_ACCOUNT)


def of(role: str, *, at: Agency | None = None) -> Client:
    client = Client()
    client.force_login(builders.member(role=role, at=at).staff)
    return client


def rows(client: Client, path: str) -> int:
    return len(client.get(f"/api/v1/{path}/").json()["results"])


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


@pytest.mark.parametrize("path", LISTS)
def test_each_agency_lists_its_own(batch: Batch, medical: Agency, path: str) -> None:
    assert rows(of("FINANCE"), path) > 0
    assert rows(of("REVIEWER", at=medical), path) == 0


@pytest.mark.parametrize("path", ["batches/{batch}/", "books/{book}/balances/?month=2026-11"])
def test_what_is_foreign_is_not_there(batch: Batch, medical: Agency, path: str) -> None:
    address = "/api/v1/" + path.format(batch=batch.pk, book=batch.book_id)

    assert of("FINANCE").get(address).status_code == 200
    assert of("REVIEWER", at=medical).get(address).status_code == 404


def test_the_lines_of_a_foreign_batch_are_not_there(batch: Batch, medical: Agency) -> None:
    address = f"/api/v1/batches/{batch.pk}/lines/"

    assert rows(of("FINANCE"), f"batches/{batch.pk}/lines") == 1
    assert of("REVIEWER", at=medical).get(address).status_code == 404


def test_a_foreign_batch_is_not_signed(medical: Agency) -> None:
    batch = pay.sealed(pay.Line(builders.wang()))
    client = Client()
    client.force_login(builders.staff_with_password(role="REVIEWER", username="fuhe9", at=medical))
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    shown = [{"id": batch.pk, "digest": batch.digest}]

    answer = post(client, "batches/sign", {"step": "CHECK", "batches": shown, **proof})

    assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")
    batch.refresh_from_db()
    assert batch.state == BatchState.SEALED


def test_a_foreign_discrepancy_is_neither_assigned_nor_decided(
    batch: Batch, medical: Agency
) -> None:
    row, finance = Discrepancy.objects.get(), of("FINANCE", at=medical)
    staff = builders.member(role="REVIEWER", at=medical).staff
    proposal = {"decision": "CLEARED", "evidence": "查复书 演示-1"}

    assigned = builders.assigned_at_api(finance, "discrepancies", rows=[row.pk], to=staff)
    proposed = post(finance, f"discrepancies/{row.pk}/propose", proposal)

    assert assigned.json() == {"assigned": 0}
    assert proposed.status_code == 404
