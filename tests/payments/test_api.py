"""Batches and exceptions over the API: each role its acts, strangers nothing, keys in hand."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from backend.access.models import Role, Staff
from backend.cases.models import Approval
from payments.models import Batch, BatchState, Discrepancy
from payments.signing import CHECK
from tests import builders
from tests.builders import PASSWORD
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import CLOSED_ACCOUNT, PAID, UNKNOWN

pytestmark = pytest.mark.django_db

LOOK = ("batches/", "batches/{id}/", "batches/{id}/lines/", "return-files/", "discrepancies/")
ACT = ("batches/sign", "return-files/", "discrepancies/assign", "discrepancies/{id}/propose")
MAY_SIGN = {Role.REVIEWER, Role.APPROVER, Role.CASHIER}
MAY_PROPOSE = {Role.FINANCE}
MAY_UPLOAD = {Role.FINANCE, Role.CASHIER}


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def at(path: str, **ids: int) -> str:
    return "/api/v1/" + path.format(**{"id": 1, **ids})


def post(client: Client, path: str, body: dict[str, Any], *, key: str = "") -> Any:
    return client.post(
        at(path),
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


def logged_in(client: Client, role: str) -> Client:
    client.force_login(builders.member(role=role).staff)
    return client


def signer(client: Client, role: str) -> Staff:
    """A member of staff with a password, who can open the own key; logged in."""
    staff = builders.staff_with_password(role=role, username=f"{role.lower()}-1")
    client.force_login(staff)
    return staff


def request(batch: Batch, step: str, **changes: str) -> dict[str, Any]:
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    shown = [{"id": batch.id, "digest": changes.pop("digest", batch.digest)}]
    return {"step": step, "batches": shown, **proof, **changes}


@pytest.mark.parametrize("path", LOOK)
def test_a_stranger_sees_nothing(client: Client, path: str) -> None:
    assert client.get(at(path)).status_code in (401, 403)


@pytest.mark.parametrize("path", ACT)
def test_a_stranger_does_nothing(client: Client, path: str) -> None:
    assert post(client, path, {}).status_code in (401, 403)


@pytest.mark.parametrize("path", LOOK)
def test_the_operator_of_the_machine_sees_no_payments(client: Client, path: str) -> None:
    assert logged_in(client, "SYSTEM_ADMIN").get(at(path)).status_code == 403


@pytest.mark.parametrize("role", sorted(set(Role) - MAY_SIGN))
def test_a_role_that_signs_no_batches_is_refused(client: Client, role: str) -> None:
    assert post(logged_in(client, role), "batches/sign", {}).status_code == 403


@pytest.mark.parametrize("role", sorted(set(Role) - MAY_PROPOSE))
def test_only_finance_proposes_how_an_exception_ends(client: Client, role: str) -> None:
    assert post(logged_in(client, role), "discrepancies/{id}/propose", {}).status_code == 403


@pytest.mark.parametrize("role", sorted(set(Role) - MAY_UPLOAD))
def test_only_finance_and_cashier_hand_return_files_in(client: Client, role: str) -> None:
    assert logged_in(client, role).post(at("return-files/")).status_code == 403


def test_a_batch_is_shown_with_its_standing(client: Client) -> None:
    batch = pay.answered(PAID, CLOSED_ACCOUNT)

    shown = logged_in(client, "FINANCE").get(at("batches/{id}/", id=batch.id)).json()

    assert (shown["no"], shown["state"], shown["amount"]) == (batch.no, "RETURNED", "400.00")
    assert (shown["standing"]["paid_amount"], shown["standing"]["returned"]) == ("200.00", 1)
    assert shown["bankfile"]["sha256"] == batch.bankfile.sha256


def test_lines_are_shown_masked(client: Client) -> None:
    batch = pay.sealed()

    answer = logged_in(client, "REVIEWER").get(at("batches/{id}/lines/", id=batch.id))

    (line,) = answer.json()["results"]
    assert (line["account"], line["holder"], line["amount"]) == (
        "9900***********0017",
        "王*英",
        "200.00",
    )


def in_chunks(*chunks: int) -> tuple[Batch, list[str]]:
    """A draft whose lines stand in chunks; the lines by their references, in that order."""
    batch = pay.draft()
    first = [f"{line.due_ref}-{line.n}" for line in pay.lines_of(batch)]
    more = [pay.add(batch, pay.Line(builders.li(), (10_000,)), chunk=chunk) for chunk in chunks]
    return batch, first + [f"{line.due_ref}-{line.n}" for line in more]


def test_lines_are_listed_in_the_order_of_the_file(client: Client) -> None:
    """Chunk by chunk, whoever was computed first: the last page of one leads to the next."""
    batch, (in_0, in_7, in_2, also_in_2) = in_chunks(7, 2, 2)
    logged_in(client, "REVIEWER")
    found, page = [], f"{at('batches/{id}/lines/', id=batch.id)}?page_size=1"

    while page:
        answer = client.get(page).json()
        found += [row["ref"] for row in answer["results"]]
        page = answer["next"]

    assert found == [in_0, in_2, also_in_2, in_7]


def test_a_line_is_found_by_its_reference_and_by_its_chunk(client: Client) -> None:
    batch, (_, in_7, _) = in_chunks(7, 2)
    logged_in(client, "REVIEWER")

    def refs(**filters: str | int) -> list[str]:
        answer = client.get(at("batches/{id}/lines/", id=batch.id), filters).json()
        return [row["ref"] for row in answer["results"]]

    assert refs(due_ref=in_7.split("-")[0]) == refs(chunk=7) == [in_7]
    assert refs(chunk=5) == []


def test_a_batch_without_lines_lists_none(client: Client) -> None:
    batch = pay.draft()
    empty = Batch.objects.filter(period=batch.period).exclude(pk=batch.pk).first()
    assert empty is not None

    answer = logged_in(client, "REVIEWER").get(at("batches/{id}/lines/", id=empty.pk)).json()

    assert (answer["results"], answer["next"]) == ([], None)


def test_batches_are_found_by_state(client: Client) -> None:
    batch = pay.sealed()

    answer = logged_in(client, "REVIEWER").get(at("batches/"), {"state": "SEALED"})

    assert [row["id"] for row in answer.json()["results"]] == [batch.id]


def test_a_reviewer_checks_a_batch_with_the_own_key(client: Client) -> None:
    batch = pay.sealed()
    staff = signer(client, "REVIEWER")
    pay.looked_at(client, batch)

    answer = post(client, "batches/sign", request(batch, "CHECK"))

    assert (answer.status_code, answer.json()[0]["state"]) == (200, "CHECKED")
    assert Approval.objects.get(subject_id=batch.id).staff_id == staff.pk


def test_a_reviewer_does_not_approve(client: Client) -> None:
    batch = pay.sign(pay.sealed(), CHECK)
    signer(client, "REVIEWER")

    answer = post(client, "batches/sign", request(batch, "APPROVE"))

    assert answer.status_code in (403, 422)
    assert Batch.objects.get(id=batch.id).state == BatchState.CHECKED


@pytest.mark.parametrize("wrong", [{"password": "wrong-password-1"}, {"code": "000000"}])
def test_without_password_and_code_nothing_is_signed(client: Client, wrong: dict[str, str]) -> None:
    batch = pay.sealed()
    signer(client, "REVIEWER")
    pay.looked_at(client, batch)

    answer = post(client, "batches/sign", request(batch, "CHECK", **wrong))

    assert answer.status_code in (401, 403, 422)
    assert Batch.objects.get(id=batch.id).state == BatchState.SEALED


def test_another_digest_than_that_of_the_batch_is_refused(client: Client) -> None:
    batch = pay.sealed()
    signer(client, "REVIEWER")
    pay.looked_at(client, batch)

    answer = post(client, "batches/sign", request(batch, "CHECK", digest="0" * 64))

    assert (answer.status_code, answer.json()["code"]) == (422, "batch_digest_differs")


def test_the_same_request_twice_signs_once(client: Client) -> None:
    batch = pay.sealed()
    signer(client, "REVIEWER")
    pay.looked_at(client, batch)
    body = request(batch, "CHECK")

    first = post(client, "batches/sign", body, key="one")
    second = post(client, "batches/sign", body, key="one")

    assert (first.status_code, second.json()) == (200, first.json())


def test_what_money_hangs_on_needs_a_key_for_repetition(client: Client) -> None:
    signer(client, "REVIEWER")
    body = request(pay.sealed(), "CHECK")

    answer = client.post(at("batches/sign"), body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


def upload(client: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("HP340800NSB00000001_01.txt", content)
    return client.post(
        at("return-files/"),
        {"bank": "NSB", "file": file, **builders.proof_of(client)},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_a_return_file_is_taken_in_and_answers_alike_again(client: Client) -> None:
    batch = pay.sent()
    said = [pay.Said(line) for line in pay.lines_of(batch)]
    content = pay.return_bytes(batch=batch, said=said)
    signer(client, "FINANCE")

    first, second = upload(client, content), upload(client, content)

    assert (first.status_code, first.json()["line_count"]) == (201, 1)
    assert second.json()["id"] == first.json()["id"]


def test_a_damaged_return_file_is_refused_with_line_and_reason(client: Client) -> None:
    batch = pay.sent()
    content = pay.return_bytes(batch=batch, said=[pay.Said(pay.lines_of(batch)[0])])
    signer(client, "FINANCE")

    answer = upload(client, content.replace(b"200.00", b"200.01", 1))

    assert (answer.status_code, answer.json()["accepted"]) == (422, False)
    assert answer.json()["detail"]
    assert (
        "是同一份文件" in upload(client, content.replace(b"200.00", b"200.01", 1)).json()["detail"]
    )
    assert Batch.objects.get(id=batch.id).state == BatchState.SENT


def test_finance_proposes_and_a_reviewer_decides(client: Client) -> None:
    pay.answered(UNKNOWN)
    row = Discrepancy.objects.get()
    body = {"decision": "PAID", "evidence": "查复书 演示-4"}
    answer = post(logged_in(client, "FINANCE"), f"discrepancies/{row.id}/propose", body)
    assert answer.status_code == 201
    signer(client, "REVIEWER")

    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    decision = {"cases": [answer.json()["case"]], "approve": True, "role": "REVIEWER", **proof}
    decided = post(client, "cases/decide", decision)

    row.refresh_from_db()
    assert (decided.status_code, row.decision) == (200, "PAID")


def test_the_worklist_shows_what_is_open(client: Client) -> None:
    pay.answered(UNKNOWN, CLOSED_ACCOUNT)
    Discrepancy.objects.filter(kind="RETURNED").update(closed_at=builders.NOW)

    answer = logged_in(client, "FINANCE").get(at("discrepancies/"), {"open": "true"})

    assert [row["kind"] for row in answer.json()["results"]] == ["UNKNOWN"]


def test_finance_gives_an_exception_to_somebody(client: Client) -> None:
    pay.answered(UNKNOWN)
    row = Discrepancy.objects.get()
    owner = builders.member(role="FINANCE").staff

    reviewer = logged_in(client, "REVIEWER")
    answer = builders.assigned_at_api(reviewer, "discrepancies", rows=[row.id], to=owner)

    row.refresh_from_db()
    assert (answer.json(), row.owner_staff_id) == ({"assigned": 1}, owner.pk)


def test_an_exception_that_is_not_there_is_not_found(client: Client) -> None:
    body = {"decision": "PAID", "evidence": "查复书"}

    answer = post(logged_in(client, "FINANCE"), "discrepancies/{id}/propose", body)

    assert answer.status_code == 404
