"""Read a bank's statement of an account of ours (银行对账单), whole or not at all. Pure.

Its balances run from line to line, its sums and counts are those of its lines, and it ends where it
says; what does not add up is refused with the line. Layouts are data, as those of payment files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from backend.kernel.dated import DatedFile, DatedRow, expect_text, load_dated_toml
from backend.kernel.parameters import COUNTS
from payments.banks.carriers import Reading, reading_of
from payments.banks.form import (
    Form,
    Layout,
    field_of,
    form_faults,
    form_of,
    layout_faults,
    layout_of,
)
from payments.banks.profile import TABLE, BankUnknown
from payments.banks.refusal import BankFileRefused

FOLDER = Path(__file__).parent / "statements"
CALLED = "对账单"
# What is said once, before the lines or behind them; what each line says.
FRAME = (
    *("number", "account", "from_day", "to_day", "opening_balance", "closing_balance"),
    *("in_count", "in_total", "out_count", "out_total", "sha256"),
)
TEXTS = ("bank_ref", "our_ref", "counter_account", "counter_name", "summary")
LINE = ("seq", "day", "direction", "amount", *TEXTS)
BALANCE = "balance"  # a line may say it or not
DAY = re.compile("[0-9]{4}(-?)[0-9]{2}\\1[0-9]{2}", re.ASCII)


class StatementsUnknown(BankUnknown):
    """No statements of this bank are read (没有该银行的对账单格式)."""

    code = "bank_statement_unknown"


@dataclass(frozen=True)
class StatementProfile(Form):
    """How one bank writes its statements while the profile is in force."""

    statement: Layout
    into: str  # what it calls money that came to the account
    out_of: str


@dataclass(frozen=True)
class StatementLine:
    """One movement; ``fen`` is above zero when money came, below when it went."""

    day: date
    fen: int
    balance_fen: int  # after it
    bank_ref: str
    our_ref: str
    counter_account: str
    counter_name: str
    summary: str


@dataclass(frozen=True)
class Statement:
    """A statement that adds up."""

    number: str
    account: str
    start: date
    end: date
    opening_fen: int
    closing_fen: int
    lines: tuple[StatementLine, ...]


def statement_profiles(bank: str, *, demo: bool) -> tuple[StatementProfile, ...]:
    """All statement layouts of a bank that count, the newest first.

    Raises:
        StatementsUnknown: there is none.
    """
    counting = tuple(one for one in _known().get(bank, ()) if demo or one.standing in COUNTS)
    if not counting:
        raise StatementsUnknown(f"没有银行 {bank} 经过核对的对账单格式。", bank=bank)
    return counting


def statement_banks() -> tuple[str, ...]:
    """The banks of which there is a layout, of whatever standing."""
    return tuple(_known())


def read_statement(*, profiles: Sequence[StatementProfile], file: BinaryIO) -> Statement:
    """Read a statement in that of the layouts which is in force on its last day.

    Raises:
        BankFileRefused: it is none of them, damaged, or does not add up.
    """
    refused = None
    for profile in profiles:
        file.seek(0)
        try:
            statement = _read(profile, file)
        except BankFileRefused as refusal:
            if refusal.fault != "wrong_frame":
                raise
            refused = refused or refusal
            continue
        if profile.valid.contains(statement.end):
            return statement
        refused = BankFileRefused("other_layout", "文件不是对账期末日启用的版式。", line=1)
    raise refused or BankFileRefused("wrong_frame", "没有这样的对账单格式。", line=1)


def read_profiles(file: DatedFile) -> tuple[StatementProfile, ...]:
    """Check the profiles of a bank as written, the newest first; a fault is our own mistake.

    Raises:
        ValueError, KeyError, TypeError: naming the bank and what is wrong.
    """
    bank = expect_text(file.fields.get("bank"), "bank")
    rows = sorted(file.rows[TABLE], key=lambda row: row.valid.start, reverse=True)
    return tuple(_profile(bank, file.name, row) for row in rows)


@cache
def _known() -> Mapping[str, tuple[StatementProfile, ...]]:
    return {
        path.stem.upper(): read_profiles(load_dated_toml(path, key=()))
        for path in sorted(FOLDER.glob("*.toml"))
    }


def _profile(bank: str, name: str, row: DatedRow) -> StatementProfile:
    table: Mapping[str, Any] = row.fields
    profile = StatementProfile(
        **form_of(bank=bank, name=name, row=row),
        statement=layout_of(table["statement"], carrier=table["carrier"]),
        into=table["into"],
        out_of=table["out_of"],
    )
    faults = [*_faults(profile)]
    if faults:
        raise ValueError(f"statement profile of {bank}: {', '.join(faults)}")
    return profile


def _faults(profile: StatementProfile) -> Iterator[str]:
    layout = profile.statement
    yield from form_faults(profile)
    said = [f for item in layout.detail if (f := field_of(item))]
    line = (*LINE, *([BALANCE] if BALANCE in said else []))
    yield from layout_faults(form=profile, name="statement", layout=layout, needed={"detail": line})
    framed = [f for item in (*layout.header, *layout.trailer) if (f := field_of(item))]
    if sorted(framed) != sorted(FRAME) or not any("sha256" in item for item in layout.trailer):
        yield f"frame has {framed}"
    if profile.into == profile.out_of or {"number", "account", *TEXTS} - set(profile.max_bytes):
        yield "directions or max_bytes"


def _read(profile: StatementProfile, file: BinaryIO) -> Statement:
    reading = reading_of(form=profile, layout=profile.statement, file=file, called=CALLED)
    cells = [row for text in reading.blocks() for row in _rows(profile, reading, text)]
    frame = {**reading.opening, **reading.closing()}
    try:
        opening, closing = (
            profile.money_fen(frame[name]) for name in ("opening_balance", "closing_balance")
        )
        sums = {
            side: (int(frame[f"{side}_count"]), profile.money_fen(frame[f"{side}_total"]))
            for side in ("in", "out")
        }
        start, end = _day(frame["from_day"]), _day(frame["to_day"])
    except ValueError:
        raise BankFileRefused("wrong_frame", "首尾的日期、笔数或金额无法识别。", line=1) from None
    lines = tuple(_lines(profile, cells, opening))
    _require_sums(lines, sums, opening, closing)
    _require_days(lines, start, end)
    return Statement(frame["number"], frame["account"], start, end, opening, closing, lines)


def _rows(profile: StatementProfile, reading: Reading, text: str) -> Iterator[dict[str, str]]:
    pattern = _pattern(profile, reading)
    for number, line in enumerate(text.removesuffix(reading.end).split(reading.end), start=1):
        found = pattern.fullmatch(line)
        place = reading.line + number
        if found is None:
            fault = f"第 {place} 行的栏目数、内容或行尾与约定不符。"
            raise BankFileRefused("broken_line", fault, line=place)
        values = found.groupdict()
        long = [f for f in TEXTS if len(values[f].encode(profile.encoding)) > profile.max_bytes[f]]
        if long:
            raise BankFileRefused("broken_line", f"第 {place} 行有栏目过长。", line=place)
        yield values


def _pattern(profile: StatementProfile, reading: Reading) -> re.Pattern[str]:
    text = f"[^\x00-\x1f\x7f{re.escape(reading.joint)}]*"
    cells = {
        "seq": f"[0-9]{{{profile.width['seq']}}}",
        "day": DAY.pattern.replace("(-?)", "-?").replace("\\1", "-?"),
        "direction": f"{re.escape(profile.into)}|{re.escape(profile.out_of)}",
        "amount": profile.money_pattern,
        BALANCE: profile.money_pattern,
    }
    fields = [f for item in profile.statement.detail if (f := field_of(item))]
    return re.compile(
        re.escape(reading.joint).join(f"(?P<{f}>{cells.get(f, text)})" for f in fields), re.ASCII
    )


def _lines(
    profile: StatementProfile, cells: Sequence[Mapping[str, str]], opening: int
) -> Iterator[StatementLine]:
    """The lines with their running balance, which must be the one that the bank says."""
    balance = opening
    for number, row in enumerate(cells, start=1):
        amount = profile.money_fen(row["amount"])
        fen = amount if row["direction"] == profile.into else -amount
        balance += fen
        if int(row["seq"]) != number:
            raise BankFileRefused("wrong_count", f"第 {number} 笔的序号不连续。", line=number)
        if not amount or balance < 0:
            raise BankFileRefused("wrong_balance", f"第 {number} 笔金额为零或透支。", line=number)
        if BALANCE in row and profile.money_fen(row[BALANCE]) != balance:
            text = f"第 {number} 笔之后的余额与上一笔余额、发生额不符。"
            raise BankFileRefused("wrong_balance", text, line=number)
        try:
            day = _day(row["day"])
        except ValueError:
            text = f"第 {number} 笔的日期无法识别。"
            raise BankFileRefused("broken_line", text, line=number) from None
        yield StatementLine(day, fen, balance, *(row[field] for field in TEXTS))


def _require_sums(
    lines: Sequence[StatementLine],
    said: Mapping[str, tuple[int, int]],
    opening: int,
    closing: int,
) -> None:
    came = [line.fen for line in lines if line.fen > 0]
    went = [-line.fen for line in lines if line.fen < 0]
    for name, side, found in (("收入", "in", came), ("支出", "out", went)):
        count, fen = said[side]
        if (count, fen) != (len(found), sum(found)):
            text = f"{name}合计写 {count} 笔，与明细的 {len(found)} 笔或其金额不符。"
            raise BankFileRefused("wrong_total", text)
    if opening + sum(came) - sum(went) != closing:
        raise BankFileRefused("wrong_balance", "期初余额加收入减支出，不等于期末余额。")


def _require_days(lines: Sequence[StatementLine], start: date, end: date) -> None:
    days = [start, *(line.day for line in lines), end]
    for number, (one, other) in enumerate(pairwise(days), start=1):
        if other < one:
            text = f"第 {number} 笔的日期早于上一笔，或者在对账期间之外。"
            raise BankFileRefused("wrong_days", text, line=number)


def _day(text: str) -> date:
    if not DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


BANKS = statement_banks()  # of the API
