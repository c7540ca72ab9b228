"""What stands beside the figures of a statement (报表的文字): on paper and in a sheet. Pure."""

from payments.ledger.statements import Part, Statements

PART_LABELS = {
    Part.ASSETS: "资产",
    Part.LIABILITIES: "负债",
    Part.NET: "基金结余",
    Part.INCOME: "基金收入",
    Part.EXPENSE: "基金支出",
}
DECEMBER = 12


def heading_of(*, made: Statements) -> str:
    """Whether the figures can still change."""
    if made.closed:
        return "已年度结转" if made.month.month == DECEMBER else "已结账"
    return "尚未年度结转" if made.month.month == DECEMBER else "尚未结账，数字可能变动"


def sum_lines(*, made: Statements) -> tuple[tuple[str, int, int], ...]:
    """What the income statement ends with: title, fen of the month, fen of the year."""
    return (("收支结余", made.surplus_month_fen, made.surplus_year_fen),)


def unverified_note(*, made: Statements) -> str:
    """Which rows rest on a document that nobody has held against its text."""
    titles = "、".join(rule.title for rule in made.unverified)
    return f"未核对原文的项目：{titles}。" if titles else "各项目均已注明文件依据。"
