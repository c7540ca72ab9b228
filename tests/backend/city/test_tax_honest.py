"""The simulated tax bureau when it makes no mistakes: money in, told once, transferred in full."""

import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from tests.backend.city.bank_builders import ROOT
from tests.backend.city.tax_builders import (
    DECEMBER,
    DECLARED,
    FISCAL,
    NOVEMBER,
    VILLAGE,
    TaxBureau,
    declared_rows,
    fen,
    resident_bills,
    total,
    write_csv,
)

EMPLOYERS, RESIDENTS = 60, 300


@pytest.fixture
def bureau(tmp_path: Path) -> TaxBureau:
    return TaxBureau(folder=tmp_path)


def answer_november(bureau: TaxBureau) -> None:
    lines = declared_rows(EMPLOYERS)
    plan = [f"{VILLAGE},演示村,390,2027-01,SUBSIDY,201000.00"]
    bureau.send(resident_bills(RESIDENTS))
    bureau.call(
        declared=write_csv(bureau.folder / "declared.csv", DECLARED, lines),
        fiscal=write_csv(bureau.folder / "fiscal.csv", FISCAL, plan),
    )


def test_it_knows_nothing_of_insurance_and_payments() -> None:
    code = (
        "import sys, backend.city.tax.__main__;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('insurance', 'payments', 'django', 'psycopg')])"
    )

    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert found.stdout == "[]\n"


def test_every_file_says_what_it_holds(bureau: TaxBureau) -> None:
    answer_november(bureau)

    assert bureau.names() == [
        "declarations-000001",
        "receipts-000001",
        "receipts-000002",
        "receipts-000003",
        "transfers-000001",
    ]
    for stem in bureau.names():
        told, rows = bureau.described(stem), bureau.rows(stem)
        assert told["rows"] == len(rows)
        assert fen(told["total"]) == total(rows)
        assert told["sha256"] == sha256((bureau.outbox / f"{stem}.csv").read_bytes()).hexdigest()
        assert told["period"] == NOVEMBER


def test_declarations_are_handed_on_as_they_were_made(bureau: TaxBureau) -> None:
    answer_november(bureau)

    handed_on = [",".join(row.values()) for row in bureau.rows("declarations-000001")]
    made = [line.split(",") for line in declared_rows(EMPLOYERS)]
    assert handed_on == [",".join((line[0], *line[2:])) for line in made]


def test_employers_pay_one_sum_for_each_scheme_and_month(bureau: TaxBureau) -> None:
    answer_november(bureau)

    rows = bureau.rows("receipts-000001")
    keys = Counter((row["payer_number"], row["scheme"], row["month"]) for row in rows)
    amounts = Counter(row["amount"] for row in rows if row["scheme"] == "110")
    assert set(keys.values()) == {1}
    assert {row["person_number"] for row in rows} == {""}
    assert amounts["2880.00"] > 0.8 * EMPLOYERS
    assert set(amounts) == {"2880.00", "2304.00"}  # some pay eight tenths


def test_residents_pay_by_name_and_a_few_do_not(bureau: TaxBureau) -> None:
    answer_november(bureau)

    rows = bureau.rows("receipts-000002")
    assert 0.85 * RESIDENTS < len(rows) < RESIDENTS
    assert {(row["part"], row["amount"], row["payer_number"]) for row in rows} == {
        ("PERSON", "400.00", VILLAGE)
    }
    assert len({row["person_number"] for row in rows}) == len(rows)


def test_the_finance_bureau_pays_what_it_planned(bureau: TaxBureau) -> None:
    answer_november(bureau)

    (row,) = bureau.rows("receipts-000003")
    assert (row["channel"], row["part"], row["amount"]) == ("FISCAL", "SUBSIDY", "201000.00")
    assert row["person_number"] == ""


def test_the_treasury_transfers_what_came_through_it_late_money_a_month_later(
    bureau: TaxBureau,
) -> None:
    answer_november(bureau)

    early: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for row in bureau.receipts():
        if row["channel"] == "TAX":
            came = late if row["arrived"] > "2026-11-20" else early
            came[row["scheme"]] += fen(row["amount"])
    assert late
    assert transferred(bureau, "transfers-000001") == early

    bureau.call(period=DECEMBER)

    again = transferred(bureau, "transfers-000002")
    assert again.keys() == late.keys()
    assert all(again[scheme] >= late[scheme] for scheme in late)  # and what December brought


def transferred(bureau: TaxBureau, stem: str) -> dict[str, int]:
    """What a file of the treasury hands on, by scheme."""
    return {row["scheme"]: fen(row["amount"]) for row in bureau.rows(stem)}


def test_a_second_call_tells_nothing_again(bureau: TaxBureau) -> None:
    answer_november(bureau)
    before = bureau.names()

    said = bureau.call(declared=bureau.folder / "declared.csv", fiscal=bureau.folder / "fiscal.csv")

    assert said == ""
    assert bureau.names() == before


def test_the_late_pay_in_december_employers_with_a_late_fee(bureau: TaxBureau) -> None:
    answer_november(bureau)
    assert {row["item"] for row in bureau.receipts()} == {"PRINCIPAL"}
    paid = {row["payer_number"] for row in bureau.rows("receipts-000001")}

    bureau.call(period=DECEMBER)

    rows = bureau.rows("receipts-000004")
    fees = [row for row in rows if row["item"] == "LATE_FEE"]
    assert len(fees) * 2 == len(rows) > 0
    assert not paid & {row["payer_number"] for row in rows}
    assert {row["month"] for row in rows} == {NOVEMBER}
    days = int(fees[0]["arrived"][-2:]) + 5  # from the 26th of November, of 30 days
    owed = next(r for r in rows if r["payer_number"] == fees[0]["payer_number"])
    assert fen(fees[0]["amount"]) == (fen(owed["amount"]) * 5 * days + 5000) // 10_000


def test_no_tax_receipt_has_the_number_of_another(bureau: TaxBureau) -> None:
    answer_november(bureau)
    bureau.call(period=DECEMBER)

    numbers = [row["tax_no"] for row in bureau.receipts()]
    assert len(set(numbers)) == len(numbers)


def test_a_bill_of_an_employer_is_paid_where_bills_are_sent(bureau: TaxBureau) -> None:
    line = "B9,EMPLOYED,91340802MA000001XX,演示1号,110,2026-11,,,2880.00,2026-11-25"
    bureau.send([line])

    bureau.call()

    (row,) = bureau.receipts()
    assert (row["payer_number"], row["amount"]) == ("91340802MA000001XX", "2880.00")


def less(line: str, amount: str) -> str:
    """The same bill, asked for less."""
    return line.replace("400.00", amount)


def test_what_is_not_paid_yet_is_asked_for_less_and_nothing_is_paid_back(bureau: TaxBureau) -> None:
    """Of sixty residents some pay in November, a few later, a few never; then each owes less."""
    lines = resident_bills(60)
    bureau.send(lines)
    bureau.call()
    paid = {row["person_number"] for row in bureau.receipts()}
    bureau.send([less(line, "-150.00") for line in lines], serial=2)

    bureau.call()
    bureau.call(period=DECEMBER)

    later = {row["person_number"]: row["amount"] for row in bureau.receipts()}
    assert later.keys() - paid
    assert {later[number] for number in later.keys() - paid} == {"250.00"}
    assert {later[number] for number in paid} == {"400.00"}


def test_a_bill_that_fell_before_the_call_is_paid_for_the_less(bureau: TaxBureau) -> None:
    line = "B9,EMPLOYED,91340802MA000001XX,演示1号,110,2026-11,,,400.00,2026-11-25"
    bureau.send([line])
    bureau.send([less(line, "-150.00")], serial=2)

    bureau.call()

    (row,) = bureau.receipts()
    assert row["amount"] == "250.00"
