"""For how many months unemployment benefit is due, and how much (失业保险金)."""

from backend.city.calculators.calculator import Answer, Calculator, Field, standings_of
from backend.city.calculators.kinds import MONTH, REGION_CODE, InputInvalid, choice, whole
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.policy import parameters as policy
from insurance.policy.retirement import Category, Retirement, delay_rule, retirement
from insurance.unemployment.amount import amount_terms, monthly_amount
from insurance.unemployment.assess import require_paid, require_working_age
from insurance.unemployment.duration import Claim, duration
from insurance.unemployment.duration_terms import duration_terms

LONGEST_MONTHS = 1200
UNUSED_MOST = 24


def _unemployment(
    region: str,
    paid_months: int,
    registration_month: Month,
    unused_months: int = 0,
    category: str | None = None,
    birth_month: Month | None = None,
) -> Answer:
    tree = policy.load()
    terms = duration_terms(tree=tree, region=region, month=registration_month, demo=True)
    require_paid(paid_months=paid_months, unused_months=unused_months, minimum=terms.minimum)
    reached = _retirement(category, birth_month)
    if reached is not None:
        require_working_age(registration_month=registration_month, retirement=reached)
    found = duration(
        claim=Claim(
            registration_month=registration_month,
            paid_months=paid_months,
            unused_months=unused_months,
            retirement=reached,
        ),
        terms=terms,
    )
    monthly = monthly_amount(
        terms=amount_terms(tree=tree, region=region, month=registration_month, demo=True)
    )
    return Answer(
        {"months": found.months, "monthly": str(Money(monthly.fen))},
        (*found.steps, *monthly.steps),
        standings_of((*found.sources, *monthly.sources)),
    )


def _retirement(category: str | None, birth_month: Month | None) -> Retirement | None:
    if category is None and birth_month is None:
        return None
    if category is None or birth_month is None:
        raise InputInvalid("输入项 category 和 birth_month 应同时填写。")
    rule = delay_rule(tree=policy.load(), category=Category[category])
    return retirement(birth_month=birth_month, rule=rule)


CALCULATORS = (
    Calculator(
        name="unemployment",
        about="失业保险金的领取期限和月标准",
        fields=(
            Field("region", REGION_CODE, "参保地"),
            Field(
                "paid_months", whole(0, LONGEST_MONTHS), "失业前累计缴费月数（再次失业的重新计算）"
            ),
            Field("registration_month", MONTH, "失业登记的月份"),
            Field("unused_months", whole(0, UNUSED_MOST), "上次应领未领的月数", optional=True),
            Field("category", choice(*Category.__members__), "退休类别", optional=True),
            Field("birth_month", MONTH, "认定的出生年月", optional=True),
        ),
        outputs=(("months", "领取月数"), ("monthly", "登记当月的月标准")),
        compute=_unemployment,
    ),
)
