"""Batches, books and what the bank said are seen by the agency whose book pays."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from backend.cases import delegations
from backend.cases.delegations import Terms
from backend.kernel.months import DateRange
from payments.models import BankFile, Batch, BatchState, Chunk, Discrepancy
from payments.signing import APPROVE, CHECK, verify_signatures
from tests import builders
from tests.backend.access.scope_world import called_by
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


@pytest.fixture
def city() -> Agency:
    """It may help the agency whose batches are tested."""
    found = builders.agency(code="34080009", name="演示上级中心")
    Agency.objects.filter(pk=builders.agency().pk).update(parent=found)
    return found


def helped(city: Agency, *roles: str) -> None:
    """For ten days, as two signed."""
    today = timezone.localdate()
    for role in roles:
        proposed = delegations.appoint_superior(
            agency=Agency.objects.get(parent=city),
            terms=Terms(role, DateRange(today, today + timedelta(days=10)), "人手不够", "演示1号"),
            key=builders.member(role="APPROVER", at=city).key,
            now=timezone.now(),
        )
        security = builders.member(role="SECURITY_ADMIN")
        delegations.confirm(delegation_id=proposed.pk, key=security.key, now=timezone.now())


def signs(batch: Batch, role: str, step: str, *, at: Agency) -> Any:
    """Somebody of another agency looks at the batch and signs what he was shown."""
    client = Client()
    client.force_login(
        builders.staff_with_password(
            role=role, username=f"help-{step.lower()}", at=at, of=builders.person()
        )
    )
    shown = client.get(f"/api/v1/batches/{batch.pk}/").json()
    assert rows(client, f"batches/{batch.pk}/lines") == 1
    if step != "SEND":
        pay.looked_at(client, batch)
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    asked = {"step": step, "batches": [{"id": batch.pk, "digest": shown["digest"]}], **proof}
    return post(client, "batches/sign", asked)


def test_the_superior_signs_batches_of_an_agency_with_too_few_people(city: Agency) -> None:
    batch = pay.sealed(pay.Line(builders.wang()))
    helped(city, "REVIEWER", "APPROVER")

    checked = signs(batch, "REVIEWER", "CHECK", at=city)
    approved = signs(batch, "APPROVER", "APPROVE", at=city)

    assert (checked.status_code, approved.status_code) == (200, 200)
    batch.refresh_from_db()
    assert batch.state == BatchState.APPROVED
    verify_signatures(batches=[batch], steps=(CHECK, APPROVE))


def test_without_a_delegation_the_superior_looks_and_does_not_sign(city: Agency) -> None:
    batch = pay.sealed(pay.Line(builders.wang()))

    answer = signs(batch, "REVIEWER", "CHECK", at=city)

    assert (answer.status_code, answer.json()["code"]) == (403, "signer_other_agency")


def test_what_is_in_the_books_of_the_helped_stays_theirs(batch: Batch, city: Agency) -> None:
    reviewer = of("REVIEWER", at=city)
    balances = f"/api/v1/books/{batch.book_id}/balances/?month=2026-11"

    seen = {path for path in LISTS if rows(reviewer, path)}
    assert seen == {"batches", "books"}
    assert reviewer.get(balances).status_code == 404


def test_who_helps_writes_nothing_into_what_he_sees(batch: Batch, city: Agency) -> None:
    with called_by(agency=str(city.pk), sees="EVERYBODY"):
        assert Batch.objects.filter(pk=batch.pk).exists()
        assert Batch.objects.update(state=BatchState.CLOSED) == 0
        assert BankFile.objects.count() == 1
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Chunk.objects.create(batch=batch, chunk=9, line_count=1, fen=1, digest=bytes(32))


def test_a_foreign_discrepancy_is_neither_assigned_nor_decided(
    batch: Batch, medical: Agency
) -> None:
    row, finance = Discrepancy.objects.get(), of("FINANCE", at=medical)
    staff = builders.member(role="REVIEWER", at=medical).staff
    proposal = {"decision": "CLEARED", "evidence": "查复书 演示-1"}

    assigned = builders.assigned_at_api(finance, "discrepancies", rows=[row.pk], to=staff)
    proposed = post(finance, f"discrepancies/{row.pk}/propose", proposal)

    assert (assigned.status_code, assigned.json()["code"]) == (404, "worklist_rows_not_open")
    assert proposed.status_code == 404
