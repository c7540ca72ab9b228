"""When somebody retires, with how much, and what it rises by (退休、养老金核定、年度调整)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial

from backend.city.calculators.calculator import Answer, Calculator, Field, standings_of
from backend.city.calculators.kinds import (
    AGE_TEXT,
    MONEY,
    MONTH,
    RATIO_TEXT,
    REGION_CODE,
    InputInvalid,
    Kind,
    choice,
    whole,
    wrong,
)
from backend.kernel.dated import NATION
from backend.kernel.money import Money
from backend.kernel.months import LAST_YEAR, Month
from backend.kernel.parameters import NotConfigured, Resolved
from insurance.pension.adjustment import AdjustmentFacts, adjust_pension
from insurance.pension.adjustment_terms import adjustment_terms
from insurance.pension.award_terms import BASE, AwardTerms, award_terms
from insurance.pension.divisor import divisor_at, divisor_terms
from insurance.pension.formula import AwardFacts, award_pension
from insurance.pension.index import INDEX, MOST, require_possible, rounded_index
from insurance.pension.retirement import (
    Allowed,
    Applicant,
    Route,
    check_route,
    minimum_months,
    minimum_step,
    route_terms,
)
from insurance.policy import parameters as policy
from insurance.policy.retirement import YEAR_MONTHS, Category, age_text, delay_rule, retirement
from insurance.policy.steps import Step

ALL_KNOWN = date(LAST_YEAR, 12, 31)  # also what was published after the month
CATEGORIES = choice(*(category.name for category in Category))
ROUTES = choice(*(route.name.lower() for route in Route))
MONTHS = whole(0, 1200)
FIRST_PLAN = 1990


def _retirement(category: str, birth_month: Month) -> Answer:
    rule = delay_rule(tree=policy.load(), category=Category[category])
    found = retirement(birth_month=birth_month, rule=rule)
    outputs = {
        "retirement_month": str(found.month),
        "delay_months": found.delay_months,
        "age": age_text(months=found.age_months),
    }
    return Answer(outputs, found.steps, standings_of([rule.source]))


def _minimum_months(retirement_month: Month) -> Answer:
    tree = policy.load()
    minimum = minimum_months(tree=tree, region=NATION, month=retirement_month, demo=True)
    step = minimum_step(minimum=minimum, month=retirement_month, policy_version=tree.version)
    return Answer({"months": minimum.whole}, (step,), standings_of([minimum]))


def _divisor(age: int, retirement_month: Month) -> Answer:
    terms = divisor_terms(tree=policy.load(), region=NATION, month=retirement_month, demo=True)
    found = divisor_at(age_months=age, terms=terms)
    return Answer({"divisor": str(found)}, (found.step,), standings_of(terms.sources))


def _pension_award(
    region: str,
    category: str,
    birth_month: Month,
    retirement_month: Month,
    average_index: Decimal,
    total_months: int,
    deemed_months: int,
    account_balance: Money,
    route: str | None = None,
    award_base: Money | None = None,
    months_at_age: int | None = None,
) -> Answer:
    applicant = Applicant(Category[category], birth_month, total_months, months_at_age)
    allowed = _allowed(region, applicant, retirement_month, route)
    terms = _terms(region, retirement_month, _base_fen(award_base))
    require_possible(
        name=INDEX,
        index=average_index,
        months=total_months - deemed_months,
        most=policy.load().resolve(MOST, region, retirement_month.first_day, demo=True),
    )
    index, index_steps = _index(average_index, terms)
    found = award_pension(
        facts=AwardFacts(birth_month, index, total_months, deemed_months, account_balance.fen),
        terms=terms,
    )
    outputs = {
        "divisor": str(found.divisor),
        "basic": str(Money(found.basic_fen)),
        "account": str(Money(found.account_fen)),
        "transitional": str(Money(found.transitional_fen)),
        "total": str(Money(found.total_fen)),
    }
    conditions: tuple[Resolved, ...] = allowed.terms.sources if allowed else ()
    steps = (*(allowed.steps if allowed else ()), *index_steps, *found.steps)
    return Answer(outputs, steps, standings_of((*conditions, *terms.sources)))


def _terms(region: str, month: Month, base_fen: int | None) -> AwardTerms:
    """A real base of the year before comes before an invented one of the year; where there is no
    other, the invented one counts, and the answer's standing says so."""
    known = policy.load()
    terms_by = partial(
        award_terms,
        region=region,
        month=month,
        known_on=ALL_KNOWN,
        demo=True,
        base_fen=base_fen,
    )
    try:
        return terms_by(tree=known.without_invented(BASE))
    except NotConfigured:
        return terms_by(tree=known)


def _allowed(region: str, applicant: Applicant, month: Month, route: str | None) -> Allowed | None:
    """The way somebody retires, where one is asked for; else the month counts as decided."""
    way = Route[route.upper()] if route else None
    if (way is Route.CONTINUED) != (applicant.months_at_age is not None):
        raise InputInvalid("输入项 months_at_age 与退休途径 continued 应同时填写。")
    if way is None:
        return None
    rule = delay_rule(tree=policy.load(), category=applicant.category)
    terms = route_terms(
        tree=policy.load(),
        region=region,
        route=way,
        month=month,
        statutory_month=retirement(birth_month=applicant.birth_month, rule=rule).month,
        demo=True,
    )
    return check_route(applicant=applicant, terms=terms)


def _base_fen(given: Money | None) -> int | None:
    if given is not None and not given.fen:
        raise wrong("输入项 award_base：计发基数须大于零", given)
    return None if given is None else given.fen


def _index(given: Decimal, terms: AwardTerms) -> tuple[int, tuple[Step, ...]]:
    """The index as it counts, with the step that rounds one of more decimals."""
    index, step = rounded_index(
        ratio=Fraction(given),
        precision=terms.rules["index_decimals"],
        policy_version=terms.policy_version,
    )
    return index, (() if Decimal(step.result) == given else (step,))


def _pension_adjustment(
    region: str,
    year: int,
    december_pension: Money,
    paid_months: int,
    age: int,
    reached_age: int | None = None,
    age_supplement_so_far: Money = Money.ZERO,
) -> Answer:
    if not december_pension.fen:
        raise wrong("输入项 december_pension：须大于零", december_pension)
    if age_supplement_so_far > december_pension:
        said = f"高龄补贴在上年12月的养老金 {december_pension} 元之内，不能更多"
        raise wrong(f"输入项 age_supplement_so_far：{said}", age_supplement_so_far)
    terms = adjustment_terms(tree=policy.load(), region=region, year=year, demo=True)
    if reached_age is not None and reached_age not in terms.floor_ages:
        ages = "、".join(str(one) for one in sorted(terms.floor_ages))
        raise wrong(f"输入项 reached_age：应为 {ages} 岁之一", reached_age)
    found = adjust_pension(
        facts=AdjustmentFacts(
            december_fen=december_pension.fen,
            paid_months=paid_months,
            age_months=age,
            reached_age=reached_age,
            supplement_fen=age_supplement_so_far.fen,
        ),
        terms=terms,
    )
    outputs = {
        "fixed": str(Money(found.fixed_fen)),
        "years": str(Money(found.years_fen)),
        "percentage": str(Money(found.percentage_fen)),
        "age_supplement": str(Money(found.age_increase_fen)),
        "total": str(Money(found.total_fen)),
        "new_pension": str(Money(found.pension_fen)),
    }
    return Answer(outputs, found.steps, standings_of(terms.sources))


def _whole_age(given: object) -> int:
    """An age in whole years, as a number or as ages are written."""
    if type(given) is int:
        return given
    months: int = AGE_TEXT.read(given)
    if months % YEAR_MONTHS:
        raise wrong("应为整岁", given)
    return months // YEAR_MONTHS


WHOLE_AGE = Kind('整岁（例如 70，也可写作 "70y0m"）', _whole_age)
CALCULATORS = (
    Calculator(
        name="retirement",
        about="法定退休年月（渐进式延迟）",
        fields=(
            Field("category", CATEGORIES, "人员类别：男60、女55、女50，按岗位认定"),
            Field("birth_month", MONTH, "认定出生年月"),
        ),
        outputs=(
            ("retirement_month", "法定退休年月"),
            ("delay_months", "延迟月数"),
            ("age", "法定退休年龄"),
        ),
        compute=_retirement,
    ),
    Calculator(
        name="minimum-months",
        about="领取基本养老金的最低缴费月数",
        fields=(Field("retirement_month", MONTH, "退休年月"),),
        outputs=(("months", "最低缴费月数"),),
        compute=_minimum_months,
    ),
    Calculator(
        name="divisor",
        about="个人账户养老金计发月数",
        fields=(
            Field("age", AGE_TEXT, "退休时的年龄"),
            Field("retirement_month", MONTH, "退休年月：2025年以前按整岁，以后按月"),
        ),
        outputs=(("divisor", "计发月数"),),
        compute=_divisor,
    ),
    Calculator(
        name="pension-award",
        about="企业职工基本养老金核定",
        fields=(
            Field("region", REGION_CODE, "待遇领取地"),
            Field("category", CATEGORIES, "人员类别"),
            Field("birth_month", MONTH, "认定出生年月"),
            Field("retirement_month", MONTH, "退休年月"),
            Field("route", ROUTES, "退休途径；省略时退休年月视为已定，不核查条件", optional=True),
            Field("average_index", RATIO_TEXT, "平均缴费指数"),
            Field("total_months", MONTHS, "累计缴费月数，含视同缴费"),
            Field("deemed_months", MONTHS, "其中视同缴费月数"),
            Field(
                "months_at_age",
                MONTHS,
                "到法定退休年月时的累计缴费月数，只在途径为 continued（延长缴费后退休）时填写",
                optional=True,
            ),
            Field("account_balance", MONEY, "个人账户储存额"),
            Field("award_base", MONEY, "计发基数；省略时取当年的，没有公布取上年的", optional=True),
        ),
        outputs=(
            ("divisor", "计发月数"),
            ("basic", "基础养老金"),
            ("account", "个人账户养老金"),
            ("transitional", "过渡性养老金"),
            ("total", "基本养老金"),
        ),
        compute=_pension_award,
    ),
    Calculator(
        name="pension-adjustment",
        about="企业职工基本养老金年度调整",
        fields=(
            Field("region", REGION_CODE, "待遇领取地"),
            Field("year", whole(FIRST_PLAN, LAST_YEAR), "调整年度"),
            Field("december_pension", MONEY, "上年12月的基本养老金"),
            Field("paid_months", MONTHS, "缴费月数，含视同缴费，不含折算工龄"),
            Field("age", AGE_TEXT, "上年末的年龄"),
            Field("reached_age", WHOLE_AGE, "上年内达到的 70、75、80、85 岁", optional=True),
            Field(
                "age_supplement_so_far", MONEY, "以前各年累计的高龄补贴，省略为 0", optional=True
            ),
        ),
        outputs=(
            ("fixed", "固定增加额"),
            ("years", "年限增加额"),
            ("percentage", "比例增加额"),
            ("age_supplement", "高龄增加额"),
            ("total", "月增加额；有的年度把年限和比例两部分合计后进到元"),
            ("new_pension", "调整后养老金"),
        ),
        compute=_pension_adjustment,
    ),
)
