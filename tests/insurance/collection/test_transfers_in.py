"""Transfers of the treasury by file: vouchers of the right fund, once, or none at all."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from backend.feeds.refused import RefusedRow
from insurance.collection.models import TaxFile
from insurance.collection.tax.transfers_in import FORMAT, HEADER, take_transfers
from payments.ledger.books import ensure_books
from payments.ledger.models import Book, Entry
from payments.ledger.post import lines_of
from payments.ledger.rules import Line
from tests import builders
from tests.insurance.collection.tax_builders import write
from tests.payments.ledger.conftest import close

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def books(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    ensure_books(agency=builders.agency(), on=TODAY)


def take(folder: Path, *rows: str, **changes: Any) -> tuple[TaxFile, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    path = write(folder, rows, header=HEADER, wanted=FORMAT, stem="transfers", **changes)
    return take_transfers(path=path, today=TODAY, refused=refused), refused


def row(
    document_no: str = "GK-1", scheme: str = "110", amount: str = "12.34", day: str = "2026-11-05"
) -> str:
    return ",".join((document_no, scheme, amount, day))


def test_a_transfer_goes_from_the_treasury_to_the_fiscal_account(tmp_path: Path) -> None:
    file, _ = take(tmp_path, row(), row("GK-2", "170", "9999999999000.00", "2026-10-31"))

    assert (file.accepted, file.fen) == (True, 999_999_999_901_234)
    first, second = Entry.objects.order_by("id")
    assert lines_of(entry=first) == (Line("1003", 1_234, 0), Line("1005", 0, 1_234))
    assert (first.book.scheme, second.book.scheme) == ("110", "170")
    assert (second.source, second.source_id) == ("collection.transfer", "GK-2")
    assert second.business_date == date(2026, 10, 31)


def test_the_same_bytes_again_post_nothing(tmp_path: Path) -> None:
    first, _ = take(tmp_path, row())
    again, _ = take(tmp_path, row())

    assert (again, Entry.objects.count()) == (first, 1)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"document_no": ""}, "document_no"),
        ({"document_no": "国1"}, "document_no"),
        ({"scheme": "410"}, "scheme"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "10000000000000.00"}, "amount"),
        ({"day": "2026-11-06"}, "day"),
        ({"day": "1999-12-31"}, "day"),
        ({"document_no": "GK-0"}, "document_no"),
    ],
)
def test_a_row_that_can_not_be_refuses_all(
    tmp_path: Path, changes: dict[str, str], column: str
) -> None:
    file, refused = take(tmp_path, row("GK-0"), row(**changes), total="24.68")

    assert (file.accepted, {one.column for one in refused}) == (False, {column})
    assert not Entry.objects.exists()


def test_a_document_is_posted_once_for_ever(tmp_path: Path) -> None:
    take(tmp_path, row())

    _, refused = take(tmp_path, row("GK-9"), row(amount="1.00"), serial=2)

    assert [(one.line, one.column) for one in refused] == [(3, "document_no")]
    assert Entry.objects.count() == 1


def test_nothing_is_transferred_after_the_files_month(tmp_path: Path) -> None:
    _, refused = take(tmp_path, row(), period="2026-10")

    assert [one.column for one in refused] == ["day"]


def test_a_fund_that_no_agency_keeps_is_refused(tmp_path: Path) -> None:
    file, refused = take(tmp_path, row(scheme="390"))

    assert (file.accepted, [one.column for one in refused]) == (False, ["scheme"])


def test_a_fund_in_two_books_is_refused(tmp_path: Path) -> None:
    Book.objects.create(
        agency=builders.agency(), scheme="110", pool_region="340800", name="演示重复账套"
    )

    file, _ = take(tmp_path, row())

    assert (file.code, Entry.objects.count()) == ("collection_no_book", 0)


def test_a_transfer_of_a_closed_month_is_booked_in_the_first_open_one(tmp_path: Path) -> None:
    take(tmp_path, row(day="2026-10-30"))
    close(Book.objects.get(scheme="110"), date(2026, 10, 1))

    late, _ = take(tmp_path, row("GK-2", day="2026-10-31"), row("GK-3"), serial=2)
    next_one, _ = take(tmp_path, row("GK-4"), serial=3)

    assert (late.accepted, next_one.accepted) == (True, True)
    booked = Entry.objects.order_by("id").values_list("business_date", "summary")
    assert list(booked)[1:3] == [
        (date(2026, 11, 1), "国库存款划转财政专户 GK-2，2026-10-31"),
        (date(2026, 11, 5), "国库存款划转财政专户 GK-3，2026-11-05"),
    ]
