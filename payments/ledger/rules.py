"""Funds, chart of accounts and posting rules as dated data (基金、科目、记账规则). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import DatedFile, Value, load_dated_toml
from backend.kernel.errors import Refusal

FOLDER = Path(__file__).with_name("data")
ITEMS = "items"
KEYS = {
    "funds.toml": ("scheme", "pool_region"),
    "chart.toml": ("code", "scheme"),
    "posting_rules.toml": ("code",),
    "year_end.toml": ("code",),
}


class RuleUnknown(Refusal):
    """No posting rule of that name is in force on the day (没有这条记账规则)."""

    code = "posting_rule_unknown"


@dataclass(frozen=True)
class Fund:
    """A fund (基金): scheme, pool region, its expense items in order, and the purpose (用途) that
    stands beside its payments."""

    scheme: str
    pool_region: str
    name: str
    items: tuple[str, ...]
    purpose: str
    standing: str
    agency_kind: str  # of the agency that keeps the book: PENSION or MEDICAL
    pays_monthly: bool  # the monthly run pays out of it


@dataclass(frozen=True)
class ChartAccount:
    """An account of the chart (科目); the standing is that of its code."""

    code: str
    name: str
    side: str
    standing: str


@dataclass(frozen=True)
class PostingRule:
    """What an event writes: account codes, or ITEMS for the fund's expense items."""

    code: str
    label: str
    debit: str
    credit: str
    red: bool
    standing: str


@dataclass(frozen=True)
class Carry:
    """What goes where at the end of a year (年度结转): all accounts of a class into one."""

    code: str
    label: str
    accounts: str  # how their codes begin
    into: str
    standing: str


@dataclass(frozen=True, order=True)
class Line:
    """One line of a voucher to be: account code and fen on one side."""

    account: str
    dr_fen: int
    cr_fen: int


def funds(*, region: str, on: date, agency_kind: str | None = None) -> tuple[Fund, ...]:
    """Give the funds whose books the agencies of ``region`` keep on a day; of one kind if named."""
    return tuple(
        Fund(
            scheme=row.text("scheme"),
            pool_region=row.text("pool_region"),
            name=row.text("name"),
            items=_texts(row.fields["items"]),
            purpose=row.text("purpose"),
            standing=row.standing.value,
            agency_kind=row.text("agency_kind"),
            pays_monthly=row.fields["pays_monthly"] is True,
        )
        for row in _file("funds.toml").in_force("fund", on)
        if row.region == region and agency_kind in (None, row.text("agency_kind"))
    )


def chart(*, scheme: str, on: date) -> tuple[ChartAccount, ...]:
    """Give the accounts of a scheme's books."""
    return tuple(
        ChartAccount(
            code=row.text("code"),
            name=row.text("title"),
            side=row.text("side"),
            standing=row.standing.value,
        )
        for row in _file("chart.toml").in_force("account", on)
        if row.fields.get("scheme", scheme) == scheme
    )


def posting_rules(*, on: date) -> tuple[PostingRule, ...]:
    """Give all posting rules in force on a day."""
    return tuple(
        PostingRule(
            code=row.text("code"),
            label=row.text("label"),
            debit=row.text("debit"),
            credit=row.text("credit"),
            red=row.fields.get("red") is True,
            standing=row.standing.value,
        )
        for row in _file("posting_rules.toml").in_force("rule", on)
    )


def rule(*, code: str, on: date) -> PostingRule:
    """Give the posting rule in force on a day.

    Raises:
        RuleUnknown: there is none.
    """
    for known in posting_rules(on=on):
        if known.code == code:
            return known
    raise RuleUnknown(f"{on} 没有记账规则“{code}”。", rule=code)


def carries(*, on: date) -> tuple[Carry, ...]:
    """Give what is carried over at the end of a year, in order."""
    return tuple(
        Carry(
            code=row.text("code"),
            label=row.text("label"),
            accounts=row.text("accounts"),
            into=row.text("into"),
            standing=row.standing.value,
        )
        for row in _file("year_end.toml").in_force("carry", on)
    )


def carried(*, carry: Carry, balances: Mapping[str, int]) -> tuple[Line, ...]:
    """Write the lines that bring accounts to zero; ``balances`` are fen by code, debit positive."""
    moved = {
        code: fen
        for code, fen in sorted(balances.items())
        if fen and code.startswith(carry.accounts)
    }
    written = [_on_side(code, -fen) for code, fen in moved.items()]
    total = sum(moved.values())
    return (*written, *([_on_side(carry.into, total)] if total else []))


def lines(
    *, rule: PostingRule, fund_items: Sequence[str], amounts: Sequence[int]
) -> tuple[Line, ...]:
    """Write the lines of an event; ``amounts`` are fen by expense item, missing ones zero.

    A part below zero (a difference may lower one component and raise another) goes to the other
    side, so that a normal voucher has no negative line and a red one no positive.
    """
    sign = -1 if rule.red else 1
    debits = _spread(rule.debit, fund_items, amounts)
    credited = _spread(rule.credit, fund_items, amounts)
    written = [Line(account, sign * fen, 0) for account, fen in debits]
    written += [Line(account, 0, sign * fen) for account, fen in credited]
    return tuple(_turned(line, red=rule.red) for line in written if line.dr_fen or line.cr_fen)


def _spread(
    account: str, fund_items: Sequence[str], amounts: Sequence[int]
) -> list[tuple[str, int]]:
    if any(amounts[len(fund_items) :]):
        raise ValueError("more parts than the fund has expense items")
    if account != ITEMS:
        return [(account, sum(amounts))]
    return list(zip(fund_items, amounts, strict=False))


def _on_side(account: str, fen: int) -> Line:
    return Line(account, max(fen, 0), max(-fen, 0))


def _turned(line: Line, *, red: bool) -> Line:
    amount = line.dr_fen + line.cr_fen
    if (amount < 0) == red:
        return line
    return Line(account=line.account, dr_fen=-line.cr_fen, cr_fen=-line.dr_fen)


def _texts(value: Value) -> tuple[str, ...]:
    if not isinstance(value, tuple):
        raise TypeError("a list of texts is expected")
    return tuple(str(item) for item in value)


@cache
def _file(name: str) -> DatedFile:
    return load_dated_toml(FOLDER / name, key=KEYS[name])
