"""What the simulated tax bureau writes for the demo city is taken as it is, errors set right."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from backend.access.models import Agency
from backend.city.make.city import make_city
from backend.city.office import set_up_office
from backend.kernel.months import Month
from insurance.collection.models import Receipt, TaxFile
from insurance.collection.tax.receipts_in import take_receipts
from insurance.collection.tax.transfers_in import take_transfers
from payments.ledger.books import ensure_books
from tests.backend.city.tax_builders import NOVEMBER, TaxBureau, resident_bills

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau(settings: LazySettings, tmp_path: Path) -> TaxBureau:
    settings.VAR_DIR = tmp_path / "var"
    make_city(folder=tmp_path / "city", people=400, seed=1, first_period=Month(2026, 11))
    bureau = TaxBureau(folder=tmp_path / "tax")
    bureau.send(resident_bills(50))
    return bureau


def call(bureau: TaxBureau, *, errors: str = "") -> None:
    filed = bureau.folder.parent / "city" / "months" / NOVEMBER / "tax"
    bureau.call(declared=filed / "declared.csv", fiscal=filed / "fiscal.csv", errors=errors)


def take(bureau: TaxBureau) -> list[TaxFile]:
    today = Month(2026, 11).last_day
    return [
        take_receipts(path=path, today=today)
        for path in sorted(bureau.outbox.glob("receipts-*.json"))
    ]


def test_every_receipt_is_taken(bureau: TaxBureau) -> None:
    call(bureau)

    assert [file.detail for file in take(bureau)] == ["", "", ""]

    assert Receipt.objects.count() == len(bureau.receipts())


def test_transfers_are_taken_and_posted(bureau: TaxBureau) -> None:
    office = bureau.folder.parent / "city" / "office.json"
    set_up_office(path=office, now=timezone.now(), with_staff=False)
    for agency in Agency.objects.all():
        ensure_books(agency=agency, on=Month(2026, 11).first_day)
    call(bureau)
    (path,) = bureau.outbox.glob("transfers-*.json")

    file = take_transfers(path=path, today=Month(2026, 11).last_day)

    assert file.detail == ""
    assert {row["scheme"] for row in bureau.rows(path.stem)} == {"110", "170", "210", "310", "390"}


def test_what_was_wrong_is_taken_when_it_is_set_right(bureau: TaxBureau) -> None:
    for _ in range(3):
        call(bureau, errors="2")
        take(bureau)

    kinds = [truth["kind"] for truth in bureau.truth]
    assert "WRONG_TOTAL" in kinds
    assert TaxFile.objects.filter(accepted=False, code="tax_total_wrong").count() == 1
    assert Receipt.objects.count() == len(bureau.receipts())
    wrong = [truth for truth in bureau.truth if truth["kind"] == "WRONG_CODE"]
    strangers = Receipt.objects.filter(tax_no__in=[truth["tax_nos"][0] for truth in wrong])
    assert {receipt.payer_id for receipt in strangers} == {None}
