"""Receipts by file: whole or not at all, whoever paid."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from backend.feeds.refused import RefusedRow
from backend.people.models import Alias
from insurance.collection.models import Receipt, TaxFile
from insurance.collection.tax.receipts_in import take_receipts
from tests import builders
from tests.insurance.collection.tax_builders import lis_number, receipt, write
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    builders.li()
    of.employer()


def take(folder: Path, *rows: str, **changes: Any) -> tuple[TaxFile, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    file = take_receipts(path=write(folder, rows, **changes), today=TODAY, refused=refused)
    return file, refused


def test_a_receipt_is_written_as_it_is_told(tmp_path: Path) -> None:
    file, _ = take(tmp_path, receipt(person=lis_number().lower(), part="PERSON"))

    assert (file.accepted, file.serial, file.row_count, file.fen) == (True, 1, 1, 144_000)
    row = Receipt.objects.get()
    assert (row.file_id, row.line, row.payer_id) == (file.pk, 2, of.employer().pk)
    assert (row.person_id, row.person_number) == (builders.li().pk, lis_number())
    assert (row.fen, row.part, row.late_fee, str(row.month)) == (144_000, 1, False, "2026-11-01")
    assert Act.objects.get(name="collection.tax_file_taken").rows == 2


def test_what_names_nothing_names_nothing(tmp_path: Path) -> None:
    text = receipt(month="", item="LATE_FEE", payer_name='"甲, ""乙""\\t"')
    take(tmp_path, text, total="1440.00")

    row = Receipt.objects.get()
    assert (row.month, row.person_id, row.part, row.late_fee) == (None, None, None, True)
    assert row.payer_name == '甲, "乙"\\t'


def test_a_village_and_a_flexible_worker_pay_under_their_numbers(tmp_path: Path) -> None:
    village = of.village()

    take(
        tmp_path,
        receipt(payer=of.VILLAGE, scheme="170"),
        receipt(tax_no="2", payer=lis_number()),
    )

    payers = Receipt.objects.order_by("line").values_list("payer_id", flat=True)
    assert list(payers) == [village.pk, builders.li().pk]


def test_the_number_of_a_merged_person_is_the_survivors(tmp_path: Path) -> None:
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.chen().pk, case_id=1)

    take(tmp_path, receipt(payer=lis_number(), person=lis_number()))

    row = Receipt.objects.get()
    assert (row.payer_id, row.person_id) == (builders.chen().pk, builders.chen().pk)


@pytest.mark.parametrize("payer", [of.credit_code(serial=9), "340802001999", "H01234567"])
def test_money_of_a_stranger_is_taken_and_is_nobodys(tmp_path: Path, payer: str) -> None:
    file, _ = take(tmp_path, receipt(payer=payer, person="E12345678"))

    assert file.accepted
    row = Receipt.objects.get()
    assert (row.payer_id, row.person_id, row.payer_number) == (None, None, payer)


@pytest.mark.parametrize(
    "number", ["91340802MA0000019X", "34-0802", "340802198507010000", "临时L340802026000001"]
)
def test_an_ill_formed_number_of_a_payer_stops_no_money(tmp_path: Path, number: str) -> None:
    file, _ = take(tmp_path, receipt(), receipt(tax_no="2", payer=number))

    assert file.accepted
    row = Receipt.objects.get(tax_no="2")
    assert (row.payer_number, row.payer_id) == (number, None)


@pytest.mark.parametrize("number", ["34080219850701000X", "１２３４５６", "身份证见附件"])
def test_an_ill_formed_number_of_a_person_stops_no_money(tmp_path: Path, number: str) -> None:
    wrong = receipt(tax_no="2", person=number, person_name="李建国")

    file, _ = take(tmp_path, receipt(), wrong, receipt(tax_no="3", person=lis_number()))

    assert file.accepted
    row = Receipt.objects.get(tax_no="2")
    assert (row.person_number, row.person_id, row.person_name) == (number, None, "李建国")
    assert Receipt.objects.get(tax_no="3").person_name == ""  # whom we know is named here


@pytest.mark.parametrize(
    ("changes", "column", "kept"),
    [
        ({"payer": "L" * 61}, "payer_number", "L" * 59 + "…"),
        ({"payer": "L34\u200b0802"}, "payer_number", "L34\ufffd0802"),
        ({"payer_name": "演" * 151}, "payer_name", "演" * 149 + "…"),
        ({"payer_name": "演\u200b示"}, "payer_name", "演\ufffd示"),
        ({"person": "9" * 61}, "person_number", "9" * 59 + "…"),
        ({"person": "E1", "person_name": "李\u0007"}, "person_name", "李\ufffd"),
    ],
)
def test_what_no_column_can_carry_is_kept_as_far_as_it_goes(
    tmp_path: Path, changes: dict[str, str], column: str, kept: str
) -> None:
    file, _ = take(tmp_path, receipt(**changes))

    assert file.accepted
    assert getattr(Receipt.objects.get(), column) == kept


def test_the_code_of_an_employer_is_no_persons_number(tmp_path: Path) -> None:
    take(tmp_path, receipt(person=of.credit_code()))

    assert Receipt.objects.get().person_id is None


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"tax_no": ""}, "tax_no"),
        ({"tax_no": "税1"}, "tax_no"),
        ({"tax_no": "1" * 41}, "tax_no"),
        ({"channel": "CASH"}, "channel"),
        ({"item": "FINE"}, "item"),
        ({"scheme": "120"}, "scheme"),
        ({"month": "2026-13"}, "month"),
        ({"part": "EMPLOYER"}, "part"),
        ({"part": "PERSON", "item": "LATE_FEE"}, "part"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "1000000000.00"}, "amount"),
        ({"arrived": "2026-11-06"}, "arrived"),
        ({"arrived": "1999-12-31"}, "arrived"),
        ({"arrived": "2026-02-29"}, "arrived"),
    ],
)
def test_a_row_that_can_not_be_refuses_all(
    tmp_path: Path, row: dict[str, str], column: str
) -> None:
    good = receipt(tax_no="YS1")

    file, refused = take(tmp_path, good, receipt(**row))

    assert (file.accepted, file.code, file.line) == (False, "tax_rows_refused", 3)
    assert [one.column for one in refused] == [column]
    assert not Receipt.objects.exists()


def test_a_receipts_number_counts_once_in_a_file(tmp_path: Path) -> None:
    _, refused = take(tmp_path, receipt(), receipt(amount="1.00"))

    assert [(row.line, row.column) for row in refused] == [(2, "tax_no"), (3, "tax_no")]


def test_a_receipts_number_counts_once_for_ever(tmp_path: Path) -> None:
    take(tmp_path, receipt())

    file, refused = take(tmp_path, receipt(tax_no="2"), receipt(amount="1.00"), serial=2)

    assert (file.accepted, [row.line for row in refused]) == (False, [3])
    assert Receipt.objects.count() == 1


def test_nothing_arrives_after_the_files_month(tmp_path: Path) -> None:
    _, refused = take(
        tmp_path, receipt(), receipt(tax_no="2", arrived="2026-10-31"), period="2026-10"
    )

    assert [(row.line, row.column) for row in refused] == [(2, "arrived")]
