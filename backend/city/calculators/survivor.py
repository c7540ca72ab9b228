"""What the fund owes after a death (遗属待遇)."""

from backend.city.calculators.calculator import Answer, Calculator, Field, standings_of
from backend.city.calculators.kinds import MONEY, InputInvalid, choice, whole, wrong
from backend.kernel.dated import NATION
from backend.kernel.money import Money
from backend.kernel.months import LAST_YEAR, Month
from insurance.pension.survivor import FIVE_YEARS, Deceased, Status, survivor_benefits
from insurance.pension.survivor_terms import Income, survivor_terms
from insurance.policy import parameters as policy
from insurance.policy.retirement import YEAR_MONTHS

STATUSES = {"in_service": Status.IN_SERVICE, "retired": Status.RETIRED}
NEWEST = Month(LAST_YEAR, 12)  # no month of death is asked: the rule as it stands
LONGEST_MONTHS = 1200


def _survivor(
    status: str,
    paid_months: int,
    drawn_months: int,
    annual_income: Money | None = None,
    monthly_income: Money | None = None,
    own_contributions: Money | None = None,
) -> Answer:
    found = survivor_benefits(
        deceased=Deceased(
            status=STATUSES[status],
            paid_months=paid_months,
            drawn_months=drawn_months,
            own_contributions_fen=None if own_contributions is None else own_contributions.fen,
        ),
        income=_income(annual_income, monthly_income),
        terms=survivor_terms(
            tree=policy.load(),
            region=NATION,
            death_month=NEWEST,
            under_five_years=paid_months < FIVE_YEARS,
            demo=True,
        ),
    )
    return Answer(
        {
            "funeral": str(Money(found.funeral_fen)),
            "lump_sum": str(Money(found.grant_fen)),
            "months": str(found.months),
            "total": str(Money(found.total_fen)),
        },
        found.steps,
        standings_of(found.sources),
    )


def _income(annual: Money | None, monthly: Money | None) -> Income:
    if annual is not None and monthly is None:
        return Income(_above_zero("annual_income", annual), YEAR_MONTHS)
    if monthly is not None and annual is None:
        return Income(_above_zero("monthly_income", monthly), 1)
    raise InputInvalid("输入项 annual_income 和 monthly_income 应有且只有一个。")


def _above_zero(name: str, income: Money) -> int:
    """It is that of a whole province, not of a household."""
    if not income.fen:
        raise wrong(f"输入项 {name}：全省的人均可支配收入须大于零", income)
    return income.fen


CALCULATORS = (
    Calculator(
        name="survivor",
        about="企业职工养老保险参保人员死亡的丧葬补助金和抚恤金",
        fields=(
            Field("status", choice(*STATUSES), "在职或退休"),
            Field("paid_months", whole(1, LONGEST_MONTHS), "缴费月数（含视同缴费）"),
            Field("drawn_months", whole(0, LONGEST_MONTHS), "领取养老金的月数，在职为0"),
            Field("annual_income", MONEY, "上年度城镇居民年人均可支配收入", optional=True),
            Field("monthly_income", MONEY, "省里公布的月人均可支配收入", optional=True),
            Field("own_contributions", MONEY, "缴费不满五年的，本人缴费之和", optional=True),
        ),
        outputs=(
            ("funeral", "丧葬补助金"),
            ("lump_sum", "抚恤金"),
            ("months", "抚恤金月数，文本，如 11、9.0833"),
            ("total", "合计"),
        ),
        compute=_survivor,
    ),
)
