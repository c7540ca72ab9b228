"""The same act on the same object, twice within a minute under two keys: one effect, and the other
learns what became of it."""

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from backend.audit.models import Act
from backend.cases import acts
from backend.cases.models import Approval, Case, CaseState
from backend.people.models import Person
from payments.ledger.books import ensure_books
from payments.ledger.close import preview
from payments.ledger.models import LedgerMonth, MonthBalance
from payments.models import Batch, BatchState, Discrepancy
from tests import builders
from tests.at_once import at_once
from tests.backend.cases import filing_builders
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as month
from tests.payments import payment_builders as pay
from tests.payments.ledger import conftest as ledger


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def signed_in(role: str, *, of: Person | None = None) -> Client:
    client, name = Client(), f"{role.lower()}-twice-{of.pk if of else 0}"
    client.force_login(builders.staff_with_password(role=role, username=name, of=of))
    return client


def post(
    client: Client, path: str, body: dict[str, Any], *, proof: bool = False, seen: str = ""
) -> Any:
    """Under a key of its own, with a code that was not used yet where proof is asked for."""
    headers = {"Idempotency-Key": uuid4().hex, **({"If-Match": seen} if seen else {})}
    told = {**body, **(builders.proof_of(client) if proof else {})}
    return client.post(f"/api/v1/{path}", told, content_type="application/json", headers=headers)


def told(answer: Any) -> tuple[int, str]:
    refused = answer.status_code >= 400
    return answer.status_code, answer.json().get("code", "") if refused else ""


def fifty(client: Client, path: str, body: dict[str, Any]) -> list[tuple[int, str]]:
    """The same post under the same key, by ten at once, five times each."""
    cookies, headers = client.cookies, {"Idempotency-Key": uuid4().hex}

    def five() -> list[tuple[int, str]]:
        one = Client()
        one.cookies = cookies
        address = f"/api/v1/{path}"
        return [
            told(one.post(address, body, content_type="application/json", headers=headers))
            for _ in range(5)
        ]

    return list(chain.from_iterable(at_once(*[five] * 10)))


def posted() -> None:
    """A voucher of November in the residents' book."""
    _, residents, _ = ensure_books(agency=builders.agency(), on=ledger.PAY_DAY)
    ledger.pay(residents, 20000)


def to_close() -> dict[str, Any]:
    """The month as an approver was shown it."""
    row = LedgerMonth.objects.get()
    shown = preview(book_id=row.book_id, month=row.month)
    return {"months": [{"id": row.pk, "digest": shown.digest}]}


def closed_once() -> bool:
    """One signature, one act, one balance of each account."""
    row = LedgerMonth.objects.get()
    signed = Approval.objects.filter(subject_kind="ledger.month", subject_id=row.pk).count()
    acts = Act.objects.filter(name="ledger.close_month").count()
    frozen = MonthBalance.objects.filter(ledger_month=row).count()
    return (signed, acts, frozen) == (1, 1, row.book.account_set.count())


def applied_for() -> dict[str, Any]:
    content = {"note": "演示"}
    return {"kind": filing_builders.KIND, "party": builders.zhao().pk, "content": content}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["cases/receive", "cases/file"])
def test_a_matter_is_taken_in_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_registered", dict(filing_builders.ACTS))
    client, asked = signed_in("CLERK"), applied_for()

    first, second = post(client, path, asked), post(client, path, asked)

    assert first.status_code == 201, first.json()
    assert told(second) == (409, "case_taken_just_now")
    assert second.json()["case_id"] == first.json()["id"]
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_another_matter_of_the_same_person_is_another_case() -> None:
    client = signed_in("CLERK")
    other = {**applied_for(), "content": {"note": "另一件（演示）"}}

    answers = [post(client, "cases/file", body) for body in (applied_for(), other)]

    assert [answer.status_code for answer in answers] == [201, 201]


def test_of_two_clerks_at_once_one_takes_the_matter_in(own_database: OwnDatabase) -> None:
    people = (builders.li(), builders.chen())
    clients = [Client() for _ in people]
    for client, person in zip(clients, people, strict=True):
        client.force_login(builders.member(role="CLERK", of=person).staff)
    body = applied_for()

    def filing(client: Client) -> Callable[[], Any]:
        return lambda: told(post(client, "cases/file", body))

    assert sorted(at_once(*map(filing, clients))) == [(201, ""), (409, "case_taken_just_now")]
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_a_case_is_decided_once() -> None:
    case, client = builders.case(), signed_in("REVIEWER")
    body = {"role": "REVIEWER", "cases": [case.pk], "approve": False, "reason": "材料不足"}

    first, second = (post(client, "cases/decide", body, proof=True) for _ in range(2))

    assert first.status_code == 200, first.json()
    assert told(second) == (409, "case_wrong_state")
    assert (Approval.objects.count(), Case.objects.get().state) == (1, CaseState.REJECTED)


@pytest.mark.django_db
def test_a_batch_is_signed_once() -> None:
    batch, client = pay.sealed(), signed_in("REVIEWER")
    pay.looked_at(client, batch)
    body = {"step": "CHECK", "batches": [{"id": batch.pk, "digest": batch.digest}]}

    first, second = (post(client, "batches/sign", body, proof=True) for _ in range(2))

    assert first.status_code == 200, first.json()
    assert told(second) == (422, "batch_wrong_state")
    assert Approval.objects.filter(step="CHECK").count() == 1
    assert Batch.objects.get(pk=batch.pk).state == BatchState.CHECKED


@pytest.mark.django_db
def test_a_ledger_month_is_closed_once() -> None:
    posted()
    client, body = signed_in("APPROVER"), to_close()

    first, second = (post(client, "ledger-months/close", body, proof=True) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200), first.json()
    assert second.json() == first.json()  # it is told when and by whom it was closed
    assert closed_once()


def test_fifty_equal_orders_to_close_a_month_close_it_once(own_database: OwnDatabase) -> None:
    posted()
    client = signed_in("APPROVER")
    body = {**to_close(), **builders.proof_of(client)}

    answers = fifty(client, "ledger-months/close", body)

    assert len(answers) == 50
    assert set(answers) <= {(200, ""), (409, "idempotency_key_busy")}
    assert (200, "") in answers
    assert closed_once()


def test_of_two_approvers_at_once_one_closes_the_month(own_database: OwnDatabase) -> None:
    posted()
    people = (builders.li(), builders.chen())
    body, clients = to_close(), [signed_in("APPROVER", of=person) for person in people]

    def closing(client: Client) -> Callable[[], Any]:
        return lambda: post(client, "ledger-months/close", body, proof=True).status_code

    assert at_once(*map(closing, clients)) == [200, 200]
    assert closed_once()


def test_fifty_equal_signatures_sign_a_batch_once(own_database: OwnDatabase) -> None:
    batch, client = pay.sealed(), signed_in("REVIEWER")
    pay.looked_at(client, batch)
    body = {"step": "CHECK", "batches": [{"id": batch.pk, "digest": batch.digest}]}

    answers = fifty(client, "batches/sign", {**body, **builders.proof_of(client)})

    assert len(answers) == 50
    assert set(answers) <= {(200, ""), (409, "idempotency_key_busy")}
    assert Approval.objects.filter(step="CHECK").count() == 1
    assert Batch.objects.get(pk=batch.pk).state == BatchState.CHECKED


@pytest.mark.django_db
def test_a_month_is_sealed_once() -> None:
    month.entitlement()
    month.computed(month.NOVEMBER)
    client, body = signed_in("FINANCE"), {"period": str(month.NOVEMBER)}

    first = post(client, "runs/seal", body)
    sealed = list(Batch.objects.order_by("pk").values())
    second = post(client, "runs/seal", body)

    assert (first.status_code, second.status_code) == (200, 200), first.json()
    assert second.json() == first.json()
    assert Act.objects.filter(name="benefits.seal_run").count() == 1
    assert list(Batch.objects.order_by("pk").values()) == sealed


@pytest.mark.django_db
def test_an_account_is_proposed_once() -> None:
    client = signed_in("CLERK")
    before = client.get(f"/api/v1/accounts/of/{builders.wang().pk}/")["ETag"]
    body = {
        "payee": builders.wang().pk,
        "bank": "NSB",
        "account_no": "9900011000000000033",
        "holder_name": "王秀英",
        "from_date": str(timezone.localdate()),
        "evidence": "新卡（演示）",
    }

    first, second = (
        post(client, "accounts/propose", body, proof=True, seen=before) for _ in range(2)
    )

    assert first.status_code == 201, first.json()
    assert told(second) == (412, "record_changed")
    (waiting,) = second.json()["current"]["open_changes"]
    assert waiting["id"] == first.json()["case_id"]
    assert Case.objects.filter(kind="ACCOUNT_CHANGE").count() == 1


@pytest.mark.django_db
def test_what_becomes_of_a_discrepancy_is_proposed_once() -> None:
    pay.answered(pay.UNKNOWN)
    open_, client = Discrepancy.objects.get(), signed_in("FINANCE")
    body = {"decision": "PAID", "evidence": "银行回单 演示1号"}

    first, second = (post(client, f"discrepancies/{open_.pk}/propose", body) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()  # it is told which case asks already
    assert Case.objects.filter(pk=first.json()["case"]).count() == 1
    assert Case.objects.filter(content__discrepancy=open_.pk).count() == 1
