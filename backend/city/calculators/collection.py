"""What is to be paid in, what an account bears, what being late costs (缴费、计息、滞纳金)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from backend.city.calculators.calculator import Answer, Calculator, Field, standings_of
from backend.city.calculators.kinds import (
    DATE,
    MONEY,
    MONTH,
    RATIO_TEXT,
    REGION_CODE,
    InputInvalid,
    choice,
    table,
    wrong,
)
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import LAST_YEAR, Month
from insurance.accounts.interest import Movement, Rate, YearFacts, year_interest
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.late_fee import ONE_DAY, Debt, late_fee, late_fee_terms
from insurance.collection.rules.lines import Part
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, terms_for
from insurance.policy import parameters as policy

NATION = "000000"
KINDS = {"employee": EMPLOYED, "flexible": FLEXIBLE}
ALL_KNOWN = date(LAST_YEAR, 12, 31)  # also what was published after the month
ANY_YEAR = 2001  # none is asked: the steps name the months alone
MONTHS = tuple(str(month) for month in range(1, 13))


def _contribution(region: str, scheme: str, month: Month, wage: Money, kind: str) -> Answer:
    tree = policy.load()
    terms = terms_for(
        tree=tree,
        scheme=scheme,
        kind=KINDS[kind],
        region=region,
        month=month,
        known_on=ALL_KNOWN,
        demo=True,
    )
    bill = assess_person(insured=Insured(person_id=1, payer_id=2, wage_fen=wage.fen), terms=terms)
    shares = {line.key.part: line.fen for line in bill.lines}
    return Answer(
        {
            "base": str(Money(bill.base.fen)),
            "employer": str(Money(shares.get(Part.EMPLOYER, 0))),
            "employee": str(Money(shares.get(Part.PERSON, 0))),
            "to_account": str(Money(sum(line.account_fen for line in bill.lines))),
        },
        bill.steps,
        standings_of(terms.sources),
    )


def _account_interest(
    rate: Decimal,
    opening: Money,
    credits: Mapping[int, Money],  # noqa: A002 - the name of the input
) -> Answer:
    if rate >= 1:
        raise wrong("输入项 rate：记账利率须小于 1（2.51% 写作 0.0251）", rate)
    movements = tuple(
        Movement(Month(ANY_YEAR, month), amount.fen) for month, amount in sorted(credits.items())
    )
    facts = YearFacts(year=ANY_YEAR, opening_fen=opening.fen, movements=movements, year_told=False)
    found = year_interest(
        facts=facts,
        rate=Rate(
            ratio=rate,
            of_year=ANY_YEAR,
            interim=False,
            parameter="",
            document="",
            standing=Standing.PUBLISHED,
            authority="利率由输入给出",
            policy_version=policy.version(),
        ),
    )
    outputs = {
        "interest": str(Money(found.interest_fen)),
        "closing": str(Money(found.closing_fen)),
    }
    return Answer(outputs, found.steps)


def _late_fee(amount: Money, due_date: date, paid_date: date) -> Answer:
    since = due_date + ONE_DAY
    terms = late_fee_terms(
        tree=policy.load(), region=NATION, since=since, until=paid_date, demo=True
    )
    debt = Debt(kind=EMPLOYED, fen=amount.fen, pay_by=due_date)
    found = late_fee(debt=debt, until=paid_date, terms=terms)
    used = (*terms.rules, *(rate.source for rate in terms.rates))
    return Answer(
        {"days": found.days, "fee": str(Money(found.fen))},
        found.steps,
        standings_of(used),
    )


def _month_number(name: str) -> int:
    if name not in MONTHS:
        raise InputInvalid(f"月份应为 1 至 12，现在是“{name[:10]}”。")
    return int(name)


CREDITS = table('各月的额，例如 {"1": "344.88"}', _month_number, MONEY)
CALCULATORS = (
    Calculator(
        name="contribution",
        about="一个人一个月的应缴",
        fields=(
            Field("region", REGION_CODE, "参保地"),
            Field("scheme", choice("110", "210", "310"), "险种"),
            Field("month", MONTH, "费款所属期"),
            Field("wage", MONEY, "缴费工资"),
            Field("kind", choice(*KINDS), "职工或灵活就业人员"),
        ),
        outputs=(
            ("base", "缴费基数"),
            ("employer", "单位缴费"),
            ("employee", "个人缴费"),
            ("to_account", "记入个人账户"),
        ),
        compute=_contribution,
    ),
    Calculator(
        name="account-interest",
        about="个人账户一年的利息（月积数法）",
        fields=(
            Field("rate", RATIO_TEXT, "记账利率"),
            Field("opening", MONEY, "年初余额"),
            Field(
                "credits", table('各月记入额，例如 {"1": "344.88"}', _month_number, MONEY), "记入"
            ),
        ),
        outputs=(("interest", "利息"), ("closing", "年末余额")),
        compute=_account_interest,
    ),
    Calculator(
        name="late-fee",
        about="用人单位逾期缴费的滞纳金",
        fields=(
            Field("amount", MONEY, "欠缴本金"),
            Field("due_date", DATE, "最后缴费日"),
            Field("paid_date", DATE, "实际缴费日"),
        ),
        outputs=(("days", "加收天数"), ("fee", "滞纳金")),
        compute=_late_fee,
    ),
)
