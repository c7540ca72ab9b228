"""What moves with somebody to another province (跨省转移)."""

import re
from collections.abc import Mapping
from typing import Any

from backend.city.calculators.calculator import Answer, Calculator, Field, standings_of
from backend.city.calculators.kinds import MONEY, InputInvalid, record, table, whole
from backend.kernel.dated import NATION
from backend.kernel.money import Money
from backend.kernel.months import LAST_YEAR, Month
from insurance.accounts.transfer_amounts import (
    YEAR_MONTHS,
    YearBase,
    transfer_amounts,
    transfer_terms,
)
from insurance.policy import parameters as policy

NEWEST = Month(LAST_YEAR, 12)  # no day of the transfer is asked: the rule as it stands
YEAR = re.compile(r"[0-9]{4}", re.ASCII)


def _transfer_out(bases: Mapping[int, Mapping[str, Any]], account_balance: Money) -> Answer:
    terms = transfer_terms(tree=policy.load(), region=NATION, month=NEWEST, demo=True)
    found = transfer_amounts(
        account_fen=account_balance.fen,
        years=[YearBase(year, of["months"], of["base"].fen) for year, of in bases.items()],
        terms=terms,
    )
    return Answer(
        {
            "account": str(Money(found.account_fen)),
            "pooled": str(Money(found.pooled_fen)),
            "total": str(Money(found.total_fen)),
        },
        found.steps,
        standings_of([terms.rate]),
    )


def _year(name: str) -> int:
    if not YEAR.fullmatch(name) or int(name) > LAST_YEAR:
        raise InputInvalid(f"年份应为四位数字，不晚于 {LAST_YEAR}，现在是“{name[:10]}”。")
    return int(name)


YEARS = table(
    '各年的缴费月数和月缴费基数，例如 {"2021": {"months": 12, "base": "3585.00"}}',
    _year,
    record("一年", {"months": whole(1, YEAR_MONTHS), "base": MONEY}),
)
CALCULATORS = (
    Calculator(
        name="transfer-out",
        about="跨省转移企业职工养老保险关系的资金",
        fields=(
            Field("bases", YEARS, "1998年起各年实际缴费"),
            Field("account_balance", MONEY, "个人账户储存额"),
        ),
        outputs=(
            ("account", "个人账户转移额"),
            ("pooled", "统筹基金转移额"),
            ("total", "合计"),
        ),
        compute=_transfer_out,
    ),
)
