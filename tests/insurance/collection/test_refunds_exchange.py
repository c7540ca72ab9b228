"""Refunds go to the treasury as a list and come back answered, line by line."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from insurance.collection import refund_invariants
from insurance.collection.cases import treasury_refund
from insurance.collection.models import RefundAnswer, SentRefund, TaxFile, TreasuryRefund
from insurance.collection.tax import refunds_out
from insurance.collection.tax.files_refused import take_refusals
from insurance.collection.tax.hand_over import FileDiffers
from insurance.collection.tax.refunded_in import FORMAT, HEADER
from insurance.collection.tax.tax_files import take_arrived
from insurance.collection.tax.tax_folders import tax_folder
from tests import builders
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection import tax_builders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    r.world()


def asked(serial: int = 1) -> list[dict[str, str]]:
    path = tax_folder(name="inbox") / f"refunds-{serial:06d}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def state_of(row: TreasuryRefund) -> str:
    row.refresh_from_db()
    return row.state


def test_a_list_says_who_gets_what_back_line_by_line() -> None:
    rows = r.owed_for_months()

    file = r.listed()

    assert file is not None
    assert (file.kind, file.serial, file.row_count, file.fen) == ("REFUNDS", 1, 2, 240_00)
    told = asked()
    assert [(one["refund_no"], one["part"], one["amount"]) for one in told] == [
        (f"{rows[0].pk}-1", "PERSON", "80.00"),
        (f"{rows[1].pk}-1", "EMPLOYER", "160.00"),
    ]
    assert {(one["channel"], one["scheme"], one["month"]) for one in told} == {
        ("TAX", "110", "2026-11")
    }
    assert {state_of(one) for one in rows} == {"LISTED"}
    assert r.listed() is None


def test_of_a_suspense_the_tax_receipt_is_named_as_it_was_told() -> None:
    row = r.owed_of_suspense()
    assert row.suspense is not None

    r.listed()

    (told,) = asked()
    receipt = row.suspense.receipt
    assert (told["tax_no"], told["payer_number"]) == (receipt.tax_no, receipt.payer_number)


def test_what_was_committed_and_lost_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    r.owed_of_suspense()
    with monkeypatch.context() as patch:
        patch.setattr(refunds_out, "_hand_over", lambda *_: False)
        file = r.listed()
    for path in tax_folder(name="prepared").iterdir():
        path.unlink()

    assert r.listed() == file

    assert len(asked()) == 1


def test_another_file_of_that_name_is_not_covered() -> None:
    r.owed_of_suspense()
    (tax_folder(name="inbox") / "refunds-000001.csv").write_text("of somebody else")

    with pytest.raises(FileDiffers):
        r.listed()


def test_what_is_answered_as_paid_is_booked(tmp_path: Path) -> None:
    row = r.owed_of_suspense()
    r.listed()

    file = r.told(tmp_path, r.answer(row.number))

    assert (file.accepted, file.kind, state_of(row)) == (True, "REFUNDED", "PAID")
    assert r.balances() == {}
    given = RefundAnswer.objects.get()
    assert (given.document, str(given.day), given.trouble) == ("TK1", "2026-12-20", "")
    assert refund_invariants.broken_promises() == []


def test_the_same_file_again_books_nothing_again(tmp_path: Path) -> None:
    row = r.owed_of_suspense()
    r.listed()

    first = r.told(tmp_path, r.answer(row.number))

    assert r.told(tmp_path, r.answer(row.number)) == first
    assert RefundAnswer.objects.count() == 1


def test_what_is_answered_as_refused_leads_back_to_finance(tmp_path: Path) -> None:
    row = r.owed_of_suspense()
    r.listed()

    r.told(tmp_path, r.answer(row.number, outcome="REFUSED", document="", reason="户名不符"))

    assert (state_of(row), row.owner_role) == ("REFUSED", "FINANCE")
    client = Client()
    client.force_login(builders.member(role="FINANCE").staff)
    (shown,) = client.get("/api/v1/treasury-refunds/?open=true").json()["results"]
    assert (shown["state"], shown["reason"], shown["amount"]) == ("REFUSED", "户名不符", "100.00")


@pytest.mark.parametrize(
    ("number", "amount", "trouble"),
    [("7-9", "100.00", "UNKNOWN"), ("收款人", "100.00", "UNKNOWN"), ("", "99.00", "OTHER_AMOUNT")],
)
def test_a_line_that_can_not_be_so_stops_no_other(
    tmp_path: Path, number: str, amount: str, trouble: str
) -> None:
    row = r.owed_of_suspense()
    other = r.owed_of_suspense(replace(r.UNKNOWN, fen=30_00))
    r.listed()

    file = r.told(
        tmp_path,
        r.answer(number or row.number, amount=amount),
        r.answer(other.number, amount="30.00"),
    )

    assert (file.accepted, state_of(row), state_of(other)) == (True, "LISTED", "PAID")
    given = RefundAnswer.objects.exclude(trouble="").get()
    assert (given.trouble, given.owner_role) == (trouble, "FINANCE")
    assert refund_invariants.broken_promises() == []


def test_what_is_paid_twice_is_trouble_that_finance_explains(tmp_path: Path) -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.told(tmp_path, r.answer(row.number))
    r.told(tmp_path, r.answer(row.number, document="TK2"), serial=2)
    given = RefundAnswer.objects.get(trouble="ANSWERED")

    case = r.decide("EXPLAINED", [], answers=[{"answer": given.pk}])

    given.refresh_from_db()
    assert (given.closed_case_id, given.owner_role) == (case.pk, "")
    assert treasury_refund.decide(case) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "MAYBE"},
        {"document": ""},
        {"amount": "0.00"},
        {"day": "2027-01-01"},
        {"outcome": "REFUSED"},
    ],
)
def test_a_row_that_says_nothing_refuses_all(tmp_path: Path, changes: dict[str, Any]) -> None:
    row = r.owed_of_suspense()
    r.listed()

    file = r.told(tmp_path, r.answer(row.number, **changes))

    assert (file.accepted, file.line, state_of(row)) == (False, 2, "LISTED")
    assert not RefundAnswer.objects.exists()


def test_the_files_lie_in_the_same_folders_as_the_others() -> None:
    row = r.owed_of_suspense()
    r.listed()
    tax_builders.write(
        tax_folder(name="outbox"), [r.answer(row.number)], header=HEADER, wanted=FORMAT,
        stem="refunded", period="2026-12",
    )  # fmt: skip
    (tax_folder(name="outbox") / "refunds-000001.refused").write_text("DIGEST:文件摘要不符\n")

    (taken,) = take_arrived(today=r.LATER)
    (refused,) = take_refusals()

    assert (taken.kind, state_of(row)) == ("REFUNDED", "PAID")
    assert (refused.kind, refused.code, refused.owner_role) == (
        "REFUNDS",
        "tax_refunds_refused",
        "FINANCE",
    )
    assert SentRefund.objects.get().file == TaxFile.objects.get(kind="REFUNDS", accepted=True)
