"""What moves with somebody to another province, and which one awards (跨省转移、待遇领取地)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from backend.city.calculators.calculator import Answer, Calculator, Field, standings_of
from backend.city.calculators.kinds import (
    MONEY,
    MONTH,
    REGION_CODE,
    InputInvalid,
    choice,
    listed,
    record,
    table,
    whole,
)
from backend.kernel.dated import NATION
from backend.kernel.money import Money
from backend.kernel.months import LAST_YEAR, Month
from insurance.accounts.places import PlaceMonths
from insurance.accounts.transfer_amounts import (
    YEAR_MONTHS,
    YearBase,
    transfer_amounts,
    transfer_terms,
)
from insurance.pension.award_place import Paid, place_of_award, place_terms
from insurance.policy import parameters as policy

NEWEST = Month(LAST_YEAR, 12)  # no day of the transfer is asked: the rule as it stands
ORDINARY, TEMPORARY = "ordinary", "temporary"
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


def _award_place(
    region: str,
    months: int,
    retirement_month: Month,
    earlier: Sequence[Mapping[str, Any]],
    household: str | None = None,
    account: str = ORDINARY,
) -> Answer:
    terms = place_terms(tree=policy.load(), region=NATION, month=retirement_month, demo=True)
    found = place_of_award(
        paid=Paid(
            relation=PlaceMonths(region, months, retirement_month),
            earlier=[PlaceMonths(**one) for one in earlier],
            household=household,
            temporary=account == TEMPORARY,
        ),
        terms=terms,
    )
    outputs = {"place": found.province, "ground": found.ground.value}
    return Answer(outputs, (found.step,), standings_of([terms.rule]))


def _year(name: str) -> int:
    if not YEAR.fullmatch(name) or int(name) > LAST_YEAR:
        raise InputInvalid(f"年份应为四位数字，不晚于 {LAST_YEAR}，现在是“{name[:10]}”。")
    return int(name)


YEARS = table(
    '各年的缴费月数和月缴费基数，例如 {"2021": {"months": 12, "base": "3585.00"}}',
    _year,
    record("一年", {"months": whole(1, YEAR_MONTHS), "base": MONEY}),
)
PLACE = record("一地", {"region": REGION_CODE, "months": whole(1, 1200), "until": MONTH})
PLACES = listed(
    '各地缴费月数的列表，例如 [{"region": "330000", "months": 60, "until": "2015-03"}]', PLACE, 50
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
    Calculator(
        name="award-place",
        about="企业职工基本养老保险待遇领取地",
        fields=(
            Field("region", REGION_CODE, "关系所在地"),
            Field("months", whole(0, 1200), "在关系所在地的累计缴费月数（含视同）"),
            Field("retirement_month", MONTH, "退休年月"),
            Field("earlier", PLACES, "其他各地的累计缴费月数和最后缴费月份"),
            Field("household", REGION_CODE, "户籍所在地", optional=True),
            Field(
                "account",
                choice(ORDINARY, TEMPORARY),
                "关系所在地的账户：一般账户（省略时）或者临时缴费账户",
                optional=True,
            ),
        ),
        outputs=(
            ("place", "待遇领取地（省级代码）"),
            ("ground", "理由"),
        ),
        compute=_award_place,
    ),
)
