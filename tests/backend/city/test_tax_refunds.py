"""The simulated tax bureau pays back what it is asked for, and says so line by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.backend.city.tax_builders import (
    DECEMBER,
    DECLARED,
    TaxBureau,
    declared_rows,
    fen,
    write_csv,
)

PAYER = "91340802MA00000152"


@pytest.fixture
def bureau(tmp_path: Path) -> TaxBureau:
    return TaxBureau(folder=tmp_path)


def line(number: str, amount: str, *, payer: str = PAYER, channel: str = "TAX") -> str:
    return f"{number},{channel},{payer},演示1号,110,2026-11,,,EMPLOYER,,{amount}"


def answers(bureau: TaxBureau, stem: str = "refunded-000001") -> list[tuple[str, str, str, str]]:
    return [
        (row["refund_no"], row["outcome"], row["amount"], row["reason"])
        for row in bureau.rows(stem)
    ]


def test_what_is_asked_back_is_paid_and_told_line_by_line(bureau: TaxBureau) -> None:
    bureau.ask_back([line("1-1", "80.00"), line("2-1", "20.00", channel="FISCAL")])

    bureau.call()

    assert answers(bureau) == [("1-1", "PAID", "80.00", ""), ("2-1", "PAID", "20.00", "")]
    rows = bureau.rows("refunded-000001")
    assert {row["day"] for row in rows} == {"2026-11-30"}
    assert len({row["document_no"] for row in rows}) == 2
    assert bureau.described("refunded-000001")["total"] == "100.00"


def test_nobody_is_paid_who_is_not_named(bureau: TaxBureau) -> None:
    bureau.ask_back([line("1-1", "80.00", payer="")])

    bureau.call()

    ((_, outcome, _, reason),) = answers(bureau)
    assert outcome == "REFUSED"
    assert reason
    assert bureau.rows("refunded-000001")[0]["document_no"] == ""


def test_a_list_is_answered_once(bureau: TaxBureau) -> None:
    bureau.ask_back([line("1-1", "80.00")])
    bureau.call()

    assert bureau.call(period=DECEMBER) == ""


@pytest.mark.parametrize(
    "changes", [{"rows": 2}, {"total": "80.01"}, {"sha256": "0" * 64}, {"serial": 2}]
)
def test_a_wrong_list_is_refused_whole(bureau: TaxBureau, changes: dict[str, Any]) -> None:
    bureau.ask_back([line("1-1", "80.00")])
    path = bureau.inbox / "refunds-000001.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    bureau.call()

    assert bureau.names() == []
    assert (bureau.outbox / "refunds-000001.refused").is_file()


def test_what_the_treasury_paid_back_it_keeps_of_what_comes(bureau: TaxBureau) -> None:
    bureau.ask_back([line("1-1", "100.00")])
    bureau.call()
    assert bureau.names() == ["refunded-000001"]  # nothing came of which to keep

    lines = declared_rows(1, month=DECEMBER)
    bureau.call(
        period=DECEMBER, declared=write_csv(bureau.folder / "declared.csv", DECLARED, lines)
    )

    came = sum(
        fen(row["amount"])
        for row in bureau.receipts()
        if row["scheme"] == "110" and row["arrived"] <= "2026-12-20"
    )
    (handed_on,) = (r for r in bureau.rows("transfers-000001") if r["scheme"] == "110")
    assert fen(handed_on["amount"]) == came - 100_00


def test_what_is_paid_back_in_the_same_month_comes_from_what_came_late(bureau: TaxBureau) -> None:
    lines = declared_rows(40)
    bureau.call(declared=write_csv(bureau.folder / "declared.csv", DECLARED, lines))
    late = sum(
        fen(row["amount"])
        for row in bureau.receipts()
        if row["scheme"] == "110" and row["arrived"] > "2026-11-20"
    )
    assert late > 100_00
    bureau.ask_back([line("1-1", "100.00")])

    bureau.call()
    bureau.call(period=DECEMBER)

    assert not [name for name in bureau.names() if name == "transfers-000003"]
    (handed_on,) = (r for r in bureau.rows("transfers-000002") if r["scheme"] == "110")
    december = sum(
        fen(row["amount"])
        for row in bureau.receipts()
        if row["scheme"] == "110" and "2026-12-01" <= row["arrived"] <= "2026-12-20"
    )
    assert fen(handed_on["amount"]) == late - 100_00 + december


def test_an_erring_bureau_refuses_one_and_confesses(bureau: TaxBureau) -> None:
    bureau.ask_back([line("1-1", "80.00"), line("2-1", "20.00")])

    bureau.call(errors="340800")

    assert [outcome for _, outcome, *_ in answers(bureau)] == ["REFUSED", "PAID"]
    assert [told["refund_no"] for told in bureau.truth if told["kind"] == "REFUND_REFUSED"] == [
        "1-1"
    ]
