"""What only the bank, or only the books know, has an owner and an age until both know it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from payments.hold_statements import hold_against_books
from payments.ledger.reverse import reverse
from payments.open_item_models import OpenItem
from tests import builders, funds
from tests.payments.ledger.conftest import Books
from tests.payments.ledger.conftest import books as books  # a fixture
from tests.payments.ledger.conftest import pay as book_entry
from tests.payments.statement_builders import END, Month, Moved, ours, taken, text

pytestmark = pytest.mark.django_db
BEFORE = date(2026, 10, 31)  # the first statement


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def found() -> list[tuple[str, int]]:
    """What is open, of which kind and amount."""
    rows = OpenItem.objects.filter(closed_at=None).order_by("fen")
    return [(row.kind_label, row.fen) for row in rows]


def lived(books: Books, folder: Path) -> None:
    """A fee that the books do not know, and a payment that the bank has not made yet."""
    ours(books.residents)
    funds.fund(books.residents.pk, 20_000, day=BEFORE)
    book_entry(books.residents, 20_000, on=END)
    taken(folder, text(Month((Moved(500), Moved(-450, summary="手续费")))))


def held(books: Books) -> int:
    return hold_against_books(book_id=books.residents.pk, code="1004")


def test_each_side_is_listed_once(books: Books, tmp_path: Path) -> None:
    lived(books, tmp_path)

    assert held(books) == 0
    assert found() == [
        ("企业已付、银行未付", -20_000),
        ("银行已付、企业未付", -450),
        ("银行已收、企业未收", 500),
    ]


def test_it_closes_when_both_know_it_and_opens_again_when_that_is_taken_back(
    books: Books, tmp_path: Path
) -> None:
    lived(books, tmp_path)
    entry = book_entry(books.residents, -500, source_id="in")

    assert held(books) > 0
    assert ("银行已收、企业未收", 500) not in found()
    reverse(entry_id=entry.pk, business_date=END, reason="记错", reversed_by=None)
    held(books)

    assert ("银行已收、企业未收", 500) in found()
    assert OpenItem.objects.filter(fen=500).count() == 2


def test_it_is_assigned_and_shown_by_age(books: Books, client: Client, tmp_path: Path) -> None:
    lived(books, tmp_path)
    staff = builders.member(role="FINANCE").staff
    client.force_login(staff)
    fee = OpenItem.objects.get(fen=-450)
    path = "/api/v1/open-items/assign"
    seen = client.get(path, {"rows": str(fee.pk)})["ETag"]

    answer: Any = client.post(
        path,
        {"rows": [fee.pk], "staff": staff.pk},
        content_type="application/json",
        headers={"If-Match": seen, "Idempotency-Key": "one"},
    )

    assert answer.json() == {"assigned": 1}
    (row,) = client.get(f"/api/v1/open-items/?open=true&owner_staff_id={staff.pk}").json()[
        "results"
    ]
    assert (row["amount"], row["told"], row["line"]) == ("-4.50", "手续费", fee.line_id)
    assert row["age_days"] == max((timezone.localdate() - fee.day).days, 0)
    left = client.get("/api/v1/open-items/?open=true&unowned=true").json()["results"]
    assert fee.pk not in [one["id"] for one in left]


def test_another_agency_neither_sees_nor_assigns_it(
    books: Books, client: Client, tmp_path: Path
) -> None:
    lived(books, tmp_path)
    fee = OpenItem.objects.get(fen=-450)
    other = builders.agency(code="34080002", name="演示市医保局")
    staff = builders.member(role="FINANCE", at=other).staff
    client.force_login(staff)
    path = "/api/v1/open-items/assign"

    assert client.get("/api/v1/open-items/").json()["results"] == []
    seen = client.get(path, {"rows": str(fee.pk)})["ETag"]
    answer = client.post(
        path,
        {"rows": [fee.pk], "staff": staff.pk},
        content_type="application/json",
        headers={"If-Match": seen, "Idempotency-Key": "one"},
    )
    assert answer.status_code == 404


def test_what_it_is_stays(books: Books, tmp_path: Path) -> None:
    lived(books, tmp_path)

    with pytest.raises(IntegrityError), transaction.atomic():
        OpenItem.objects.filter(fen=-450).update(fen=-1)
