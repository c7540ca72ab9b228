"""The two statements of a fund (资产负债表、收支表): of a book at a month, from its vouchers.

Rows are data (``data/statements.toml``), each with the standing of its document. A statement is
given when it ties: assets = liabilities + net funds, income − expense = change of the net funds,
to the fen; and what each row says is the sum of accounts that are named with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from backend.kernel.dated import DatedFile, DatedRow, Standing, Value, load_dated_toml
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from payments.ledger.rules import FOLDER


class Part(StrEnum):
    """Into which sum of a statement a row goes (报表部分)."""

    ASSETS = "ASSETS"  # 资产
    LIABILITIES = "LIABILITIES"  # 负债
    NET = "NET"  # 净资产（基金结余）
    INCOME = "INCOME"  # 基金收入
    EXPENSE = "EXPENSE"  # 基金支出


DEBIT_PARTS = (Part.ASSETS, Part.EXPENSE)


class NotTied(Refusal):
    """A statement that does not agree with itself or with the ledger is not given (报表不平)."""

    code = "ledger_statement_not_tied"


@dataclass(frozen=True)
class RowRule:
    """A row of a statement as its document has it (报表项目)."""

    code: str
    part: Part
    title: str
    accounts: tuple[str, ...]  # how their codes begin
    document: str
    standing: Standing

    def holds(self, code: str) -> bool:
        """Whether an account stands in this row."""
        return code.startswith(self.accounts)


@dataclass(frozen=True)
class AccountSums:
    """What an account comes to for a month's statements, in fen, debit positive."""

    code: str
    name: str
    opening_fen: int  # at the end of the year before
    month_fen: int  # moved in the month
    year_fen: int  # moved in the year up to the month, what carries it over left out
    closing_fen: int  # at the end of the month; of December, when the year is carried over

    def on_side(self, part: Part) -> "AccountSums":
        """The same with the side of a part positive."""
        sign = 1 if part in DEBIT_PARTS else -1
        amounts = (self.opening_fen, self.month_fen, self.year_fen, self.closing_fen)
        return AccountSums(self.code, self.name, *(sign * fen for fen in amounts))


@dataclass(frozen=True)
class StatementRow:
    """A row of a statement with the accounts that it opens to; amounts on the side of its part."""

    rule: RowRule
    accounts: tuple[AccountSums, ...]

    @property
    def opening_fen(self) -> int:
        """年初数."""
        return sum(one.opening_fen for one in self.accounts)

    @property
    def closing_fen(self) -> int:
        """期末数."""
        return sum(one.closing_fen for one in self.accounts)

    @property
    def month_fen(self) -> int:
        """本月数."""
        return sum(one.month_fen for one in self.accounts)

    @property
    def year_fen(self) -> int:
        """本年累计数."""
        return sum(one.year_fen for one in self.accounts)


@dataclass(frozen=True)
class Statements:
    """Both statements of a book at a month (会计报表)."""

    month: Month
    closed: bool  # the month; of December, the year
    balance_sheet: tuple[StatementRow, ...]
    income_statement: tuple[StatementRow, ...]

    def opening_fen(self, part: Part) -> int:
        """A sum of the balance sheet at the end of the year before."""
        return sum(row.opening_fen for row in self.balance_sheet if row.rule.part is part)

    def closing_fen(self, part: Part) -> int:
        """A sum of the balance sheet at the end of the month."""
        return sum(row.closing_fen for row in self.balance_sheet if row.rule.part is part)

    def month_fen(self, part: Part) -> int:
        """A sum of the income statement for the month."""
        return sum(row.month_fen for row in self.income_statement if row.rule.part is part)

    def year_fen(self, part: Part) -> int:
        """A sum of the income statement for the year so far."""
        return sum(row.year_fen for row in self.income_statement if row.rule.part is part)

    @property
    def surplus_month_fen(self) -> int:
        """本月收支结余."""
        return self.month_fen(Part.INCOME) - self.month_fen(Part.EXPENSE)

    @property
    def surplus_year_fen(self) -> int:
        """本年收支结余."""
        return self.year_fen(Part.INCOME) - self.year_fen(Part.EXPENSE)

    @property
    def unverified(self) -> tuple[RowRule, ...]:
        """Rows whose document nobody has held against its text."""
        rows = (*self.balance_sheet, *self.income_statement)
        return tuple(row.rule for row in rows if row.rule.standing is Standing.UNVERIFIED)


def row_rules(*, statement: str, scheme: str, on: date) -> tuple[RowRule, ...]:
    """Give the rows of ``balance_sheet`` or ``income_statement`` for a scheme's books."""
    return tuple(
        _rule(row)
        for row in _file().in_force(statement, on)
        if row.fields.get("scheme", scheme) == scheme
    )


def laid_out(*, scheme: str, month: Month, sums: Sequence[AccountSums], closed: bool) -> Statements:
    """Lay the accounts of a book out as its two statements.

    Raises:
        NotTied: an account stands in no row or in two, or a sum does not agree.
    """
    on = month.last_day
    moved = [one for one in sums if one.code[0] in "45"]
    made = Statements(
        month=month,
        closed=closed,
        balance_sheet=_rows(row_rules(statement="balance_sheet", scheme=scheme, on=on), sums),
        income_statement=_rows(
            row_rules(statement="income_statement", scheme=scheme, on=on), moved
        ),
    )
    for left, right, what in ties(made):
        if left != right:
            raise NotTied(f"{month} {what}：{Money(left)} 元与 {Money(right)} 元不相等。")
    return made


def ties(made: Statements) -> Iterable[tuple[int, int, str]]:
    """What must agree: both amounts in fen, and what they are."""
    for side, total in (("年初", made.opening_fen), ("期末", made.closing_fen)):
        right = total(Part.LIABILITIES) + total(Part.NET)
        yield total(Part.ASSETS), right, f"{side}资产与负债、基金结余合计"
    change = made.closing_fen(Part.NET) - made.opening_fen(Part.NET)
    yield made.surplus_year_fen, change, "本年收支结余与基金结余的变动"


def _rows(rules: Sequence[RowRule], sums: Sequence[AccountSums]) -> tuple[StatementRow, ...]:
    held = {one.code: [rule for rule in rules if rule.holds(one.code)] for one in sums}
    stray = sorted(code for code, found in held.items() if len(found) != 1)
    if stray:
        raise NotTied(f"科目 {'、'.join(stray)} 没有列在报表的一个项目里。", accounts=stray)
    return tuple(
        StatementRow(rule, tuple(x.on_side(rule.part) for x in sums if rule.holds(x.code)))
        for rule in rules
    )


def _rule(row: DatedRow) -> RowRule:
    return RowRule(
        code=row.text("code"),
        part=Part(row.text("part")),
        title=row.text("title"),
        accounts=_texts(row.fields["accounts"]),
        document=row.document,
        standing=row.standing,
    )


def _texts(value: Value) -> tuple[str, ...]:
    if not isinstance(value, tuple):
        raise TypeError("a list of texts is expected")
    return tuple(str(item) for item in value)


@cache
def _file() -> DatedFile:
    return load_dated_toml(FOLDER / "statements.toml")
