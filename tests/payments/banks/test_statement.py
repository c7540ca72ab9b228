"""Statements are read whole or refused whole: balances run, sums are those of the lines."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from backend.kernel.dated import load_dated_toml
from payments.banks.refusal import BankFileRefused
from payments.banks.statement import (
    FOLDER,
    Statement,
    StatementsUnknown,
    read_profiles,
    read_statement,
    statement_banks,
    statement_profiles,
)
from tests.payments.statement_builders import ACCOUNT, Month, Moved, camt, closed_camt, digest, text

WRITERS: dict[str, Callable[[Month], bytes]] = {"NSB": text, "CSB": camt}
BANKS = sorted(WRITERS)
LINES = (
    Moved(5_000_000, date(2026, 11, 3), our_ref="拨款单 演示1号", bank_ref="B1"),
    Moved(-123_456, our_ref="34080001-110-202611-NSB-1", name="𠮷野家", account="99000100"),
    Moved(800, date(2026, 11, 21), summary="利息", name="", account=""),
)


SAMPLES = Path(__file__).parents[3] / "docs" / "formats" / "samples"
SAMPLE_NAMES = {
    "NSB": "DZ340001700001_20261130.txt",
    "CSB": "CAMT053_340001700001_20261130.xml",
}


def read(bank: str, content: bytes) -> Statement:
    return read_statement(profiles=statement_profiles(bank, demo=True), file=io.BytesIO(content))


def refused(bank: str, content: bytes) -> BankFileRefused:
    with pytest.raises(BankFileRefused) as refusal:
        read(bank, content)
    return refusal.value


@pytest.mark.parametrize("bank", BANKS)
def test_what_the_bank_wrote_is_read_back(bank: str) -> None:
    statement = read(bank, WRITERS[bank](Month(LINES, opening=1_000)))

    assert (statement.account, statement.opening_fen, statement.closing_fen) == (
        ACCOUNT,
        1_000,
        4_878_344,
    )
    assert [line.fen for line in statement.lines] == [5_000_000, -123_456, 800]
    assert [line.balance_fen for line in statement.lines] == [5_001_000, 4_877_544, 4_878_344]
    assert (statement.lines[1].counter_name, statement.lines[1].our_ref) == (
        "𠮷野家",
        "34080001-110-202611-NSB-1",
    )


@pytest.mark.parametrize("bank", BANKS)
def test_a_month_in_which_nothing_moved_is_a_statement_too(bank: str) -> None:
    statement = read(bank, WRITERS[bank](Month(opening=700)))

    assert (statement.lines, statement.closing_fen) == ((), 700)


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"closing": "1.00"}, "wrong_balance"),
        ({"came": "3"}, "wrong_total"),
        ({"came_total": "50008.01"}, "wrong_total"),
        ({"went_total": "0.00"}, "wrong_total"),
        ({"opening": "9.00"}, "wrong_balance"),
    ],
)
def test_what_does_not_add_up_is_refused(bank: str, said: dict[str, str], fault: str) -> None:
    month = Month(LINES, opening=1_000, said=said)

    assert refused(bank, WRITERS[bank](month)).fault == fault


def test_a_running_balance_that_jumps_is_refused_with_its_line() -> None:
    content = text(Month(LINES, opening=1_000))
    body = content[: content.rindex(b"E|")].replace(b"48775.44", b"48775.45")
    end = content[content.rindex(b"E|") :].split(b"|")

    refusal = refused("NSB", body + b"|".join([*end[:-1], digest(body).encode()]) + b"\r\n")

    assert (refusal.fault, refusal.line) == ("wrong_balance", 2)


@pytest.mark.parametrize("bank", BANKS)
def test_days_run_on_within_the_statement(bank: str) -> None:
    backwards = (Moved(900, date(2026, 11, 9)), Moved(900, date(2026, 11, 8)))
    outside = (Moved(900, date(2026, 12, 1)),)

    for lines in (backwards, outside):
        assert refused(bank, WRITERS[bank](Month(lines))).fault == "wrong_days"


@pytest.mark.parametrize("bank", BANKS)
def test_an_account_is_never_overdrawn(bank: str) -> None:
    lines = (Moved(900), Moved(-901), Moved(1))
    writer = replace(Month(lines), said={"closing": "0.00"})
    body = WRITERS[bank](writer).replace(b"|0.-1|", b"|0.00|")

    assert refused(bank, body).fault in ("wrong_balance", "broken_line")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'Ccy="CNY">50000.00', b'Ccy="USD">50000.00'),
        (b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts><Cd>PDNG</Cd></Sts>"),
        (b"<CdtDbtInd>DBIT</CdtDbtInd>", b"<CdtDbtInd>BOTH</CdtDbtInd>"),
        (b"<AddtlNtryInf>", b"<RvslInd>true</RvslInd><AddtlNtryInf>"),
    ],
)
def test_what_is_not_agreed_in_a_message_is_refused(old: bytes, new: bytes) -> None:
    content = camt(Month(LINES, opening=1_000))
    body = content[: content.rindex(b"</Stmt>")].replace(old, new, 1)

    assert refused("CSB", body + closed_camt(body)).fault == "broken_line"


def test_the_statement_of_another_bank_is_refused() -> None:
    assert refused("NSB", camt(Month(LINES, opening=1_000))).fault == "wrong_frame"
    assert refused("CSB", text(Month(LINES, opening=1_000))).fault == "wrong_frame"


def test_outside_a_demonstration_an_invented_layout_is_refused() -> None:
    for bank in statement_banks():
        with pytest.raises(StatementsUnknown):
            statement_profiles(bank, demo=False)


@pytest.mark.parametrize(
    ("key", "value"),
    [("into", "借"), ("max_bytes", {}), ("money", "jiao")],
)
def test_a_layout_that_does_not_fit_together_is_not_loaded(key: str, value: object) -> None:
    file = load_dated_toml(FOLDER / "nsb.toml", key=())
    (row,) = file.rows["profile"]
    fields: Any = {**row.fields, key: value}
    changed = replace(row, fields=MappingProxyType(fields))

    with pytest.raises(ValueError, match="statement profile of NSB"):
        read_profiles(replace(file, rows={"profile": (changed,)}))


def test_a_layout_that_leaves_out_a_sum_is_not_loaded() -> None:
    file = load_dated_toml(FOLDER / "nsb.toml", key=())
    (row,) = file.rows["profile"]
    table: Any = row.fields["statement"]
    fields: Any = {**row.fields, "statement": {**table, "trailer": table["trailer"][2:]}}

    with pytest.raises(ValueError, match="frame"):
        read_profiles(replace(file, rows={"profile": (replace(row, fields=fields),)}))


@pytest.mark.parametrize("bank", BANKS)
def test_the_sample_is_what_a_bank_writes_of_this_month(bank: str) -> None:
    content = (SAMPLES / SAMPLE_NAMES[bank]).read_bytes()

    assert content == WRITERS[bank](Month(LINES, opening=1_000))
    assert len(read(bank, content).lines) == len(LINES)
