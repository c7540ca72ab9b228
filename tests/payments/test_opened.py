"""Nobody checks or approves a bare total: what must be seen was opened, by him, of these lines."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from backend.audit.models import Act
from payments.models import Batch, BatchOpened, BatchState
from payments.signing import APPROVE, CHECK, SEND
from tests import builders, funds
from tests.builders import PASSWORD
from tests.payments import payment_builders as pay
from tests.payments.test_api import post

pytestmark = pytest.mark.django_db
STEPS = [(CHECK, "REVIEWER"), (APPROVE, "APPROVER")]


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def signs(client: Client, batch: Batch, step: str) -> Any:
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    shown = [{"id": batch.pk, "digest": batch.digest}]
    return post(client, "batches/sign", {"step": step, "batches": shown, **proof})


def opens(client: Client, batch: Batch, what: str) -> Any:
    return post(client, f"batches/{batch.pk}/opened", {"what": what}, key=f"{batch.pk}{what}")


def signer(client: Client, role: str) -> None:
    client.force_login(builders.staff_with_password(role=role, username=f"{role.lower()}-1"))


@pytest.mark.parametrize(("step", "role"), STEPS, ids=[role for _, role in STEPS])
def test_who_has_not_opened_both_does_not_sign(client: Client, step: Any, role: str) -> None:
    batch = pay.sealed()
    if step is APPROVE:
        pay.sign(batch, CHECK)
    signer(client, role)

    nothing = signs(client, batch, step.name)
    assert opens(client, batch, "MOVEMENT").status_code == 200
    half = signs(client, batch, step.name)
    opens(client, batch, "HELD")
    both = signs(client, batch, step.name)

    assert (nothing.status_code, nothing.json()["code"]) == (422, "batch_not_opened")
    assert nothing.json()["missing"] == {str(batch.pk): ["MOVEMENT", "HELD"]}
    assert "增减证明、暂缓原因" in nothing.json()["detail"]
    assert half.json()["missing"] == {str(batch.pk): ["HELD"]}
    assert both.status_code == 200, both.content  # the code was not used up by the refusals


def test_what_another_opened_does_not_count(client: Client) -> None:
    batch = pay.sealed()
    other = Client()
    other.force_login(builders.member(role="REVIEWER").staff)
    pay.looked_at(other, batch)
    signer(client, "REVIEWER")

    assert signs(client, batch, "CHECK").json()["code"] == "batch_not_opened"
    batch.refresh_from_db()
    assert batch.state == BatchState.SEALED


def test_what_was_opened_of_other_lines_does_not_count(client: Client) -> None:
    batch = pay.sealed()
    signer(client, "REVIEWER")
    person = builders.staff_with_password(role="REVIEWER", username="x-2").person_id
    BatchOpened.objects.bulk_create(
        BatchOpened(batch=batch, digest="0" * 64, what=what, staff_id=1, person_id=person)
        for what in ("MOVEMENT", "HELD")
    )

    assert signs(client, batch, "CHECK").json()["code"] == "batch_not_opened"


def test_it_is_put_down_once_and_audited(client: Client) -> None:
    batch = pay.sealed()
    signer(client, "REVIEWER")

    pay.looked_at(client, batch)
    pay.looked_at(client, batch)

    assert BatchOpened.objects.count() == 2
    assert Act.objects.filter(name="payments.opened").count() == 2
    assert set(BatchOpened.objects.values_list("digest", flat=True)) == {batch.digest}


def test_a_draft_has_nothing_to_sign(client: Client) -> None:
    batch = pay.draft()
    signer(client, "REVIEWER")

    answer = opens(client, batch, "HELD")

    assert (answer.status_code, answer.json()["code"]) == (422, "batch_not_sealed")


def test_a_release_asks_for_no_more(client: Client) -> None:
    batch = pay.approved()
    funds.cover([batch])
    signer(client, "CASHIER")

    assert signs(client, batch, SEND.name).status_code == 200
    assert opens(client, batch, "HELD").status_code == 403
