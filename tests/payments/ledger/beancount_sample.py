"""Write the sample of docs/formats/beancount.md (账簿导出样例); all of it is invented.

python -m tests.payments.ledger.beancount_sample
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from payments.ledger.beancount import Journal, OpenAccount, Transaction, written
from payments.ledger.rules import Line

SAMPLE = Path(__file__).parents[3] / "docs/formats/samples/ledger-2026.beancount"
DECEMBER, YEAR_END = date(2026, 12, 1), date(2026, 12, 31)


def sample() -> str:
    """December of a book: a payment, its red return, interest taken back, the end of the year."""
    paid = Transaction(
        period=DECEMBER,
        voucher_no=1,
        day=date(2026, 12, 10),
        summary="发放待遇 当月发放 演示批次",
        rule="payment.sent",
        source="payments.sent",
        source_id="41",
        attachments=0,
        red=False,
        reverses=None,
        lines=_lines(("5001.01", 200_00), ("5001.02", 35_01), ("1004", -235_01)),
    )
    returned = replace(
        paid,
        voucher_no=2,
        day=date(2026, 12, 12),
        summary="银行退回，当月红字冲减支出 演示批次",
        rule="payment.returned.red",
        source="payments.return",
        source_id="7/expense",
        red=True,
        lines=_lines(("5001.01", -5_00), ("1004", 5_00)),
    )
    wrong = replace(
        returned,
        voucher_no=3,
        day=date(2026, 12, 21),
        summary="冲销2026-11 第 4 号凭证：利息单“演示1号”重复登记",
        rule="reversal",
        source="ledger.reversal",
        source_id="38",
        reverses=(date(2026, 11, 1), 4),
        lines=_lines(("1002", -12_34), ("4201", 12_34)),
    )
    income = replace(
        paid,
        period=YEAR_END,
        day=YEAR_END,
        summary="结转本年收入 2026 年度",
        rule="year_end.income",
        source="ledger.year_end",
        source_id="2026",
        lines=_lines(("4001", 900_00), ("3001", -900_00)),
    )
    expense = replace(
        income,
        voucher_no=2,
        summary="结转本年支出 2026 年度",
        rule="year_end.expense",
        lines=_lines(("5001.01", -195_00), ("5001.02", -35_01), ("3001", 230_01)),
    )
    journal = Journal(
        title="城乡居民基本养老保险基金（演示） 2026-12 至 2026-12",
        first=DECEMBER,
        end=date(2027, 1, 1),
        accounts=[
            OpenAccount("1002", "收入户存款", 12_34, 0),
            OpenAccount("1004", "支出户存款", 500_00, 269_99),
            OpenAccount("1005", "国库存款", 400_00, 400_00),
            OpenAccount("3001", "一般基金结余", 0, -669_99),
            OpenAccount("4001", "社会保险费收入", -900_00, 0),
            OpenAccount("4201", "利息收入", -12_34, 0),
            OpenAccount("5001.01", "社会保险待遇支出—基础养老金", 0, 0),
            OpenAccount("5001.02", "社会保险待遇支出—个人账户养老金", 0, 0),
        ],
        transactions=[paid, returned, wrong, income, expense],
    )
    return "".join(written(journal=journal))


def _lines(*amounts: tuple[str, int]) -> tuple[Line, ...]:
    return tuple(Line(code, max(fen, 0), max(-fen, 0)) for code, fen in amounts)


if __name__ == "__main__":
    SAMPLE.write_text(sample(), encoding="utf-8")
