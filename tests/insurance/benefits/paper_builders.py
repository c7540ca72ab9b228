"""What papers of benefits show, as an agency would issue them: all invented (演示)."""

from datetime import date
from decimal import Decimal
from functools import cache

from backend.kernel.identity import id_check_digit
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.paper import Mark
from insurance.accounts.accrued import BearingYear, accrue
from insurance.accounts.interest import Movement
from insurance.accounts.rates import rate_of_year
from insurance.benefits.award_sheet import (
    Holder,
    Payment,
    PensionSheet,
    UnemploymentSheet,
)
from insurance.benefits.notice import Change, StopNotice
from insurance.benefits.refusal_notice import RefusalNotice
from insurance.issuing.issued import Hand, Issued
from insurance.pension.award_terms import award_terms
from insurance.pension.index import INDEX, PaidMonth, index_terms
from insurance.pension.medical_years import medical_years_said
from insurance.pension.reckoning import Earlier, Given, Reckoned, Terms, reckon
from insurance.pension.retirement import Route, route_terms
from insurance.pension.sheet import PARTS
from insurance.policy import parameters
from insurance.policy.remedy import Office, remedy_terms
from insurance.policy.retirement import Category
from insurance.policy.steps import Step
from insurance.unemployment import reckoning as unemployment
from insurance.unemployment.amount import MONTHLY

ANQING = "340800"
ON = date(2026, 11, 10)
VERSION = "0f" * 32


def citizen(digits: str) -> str:
    """A number of nobody, with its check digit."""
    return digits + id_check_digit(digits)


OFFICE = Office(
    agency="安庆市社会保险经办机构",
    place="示例路1号，电话 0556-0000000",
    reviewing_body="安庆市人民政府",
    court="安庆市大观区人民法院",
)
WANG = Holder("王㛃𠮷𬎆", citizen("34080319660608001"), "男", Month(1966, 6))
RETIRES = Month(2026, 11)  # by law, five months after his sixtieth birthday
QIAN = Holder("钱𠮷", citizen("34080219580304003"), "男", Month(1958, 3))
SUN = Holder("孙㛃", citizen("34080319661016004"), "女", Month(1966, 10))
ZHAO = Holder("赵䶮", citizen("34080219880312002"), "女", Month(1988, 3))


def issued(*, number: str = "AH340800-110-2026-000123", marks: tuple[Mark, ...] = ()) -> Issued:
    return Issued(
        number=number,
        office=OFFICE,
        on=ON,
        maker=Hand("李经办", date(2026, 11, 9)),
        checker=Hand("陈复核", ON),
        terms=remedy_terms(tree=parameters.load(), region=ANQING, on=ON),
        marks=marks,
    )


@cache
def wangs_award() -> Reckoned:
    """His pension as an award reckons it: 60 years and 5 months old in the month of retirement."""
    tree = parameters.load()
    rate = rate_of_year(scheme="110", region=ANQING, year=2026, demo=True)
    paid_in = (Movement(Month(2026, 10), 4_800_00), Movement(Month(2026, 11), 480_00))
    given = Given(
        category=Category.M60,
        birth_month=WANG.birth_month,
        deemed_months=13,
        earlier=Earlier(354, Decimal("1.0234"), Month(2026, 10), "企业职工养老保险手册（演示）"),
        paid=(PaidMonth(RETIRES, 6_000_00),),
        account=accrue(opening_fen=80_000_00, years=(BearingYear(2026, 11, paid_in, rate),)),
        account_standings=frozenset({rate.standing}),
    )
    terms = Terms(
        route=route_terms(
            tree=tree,
            region=ANQING,
            route=Route.STATUTORY,
            month=RETIRES,
            statutory_month=RETIRES,
            demo=True,
        ),
        index=index_terms(
            tree=tree,
            region=ANQING,
            years={RETIRES.year},
            retirement_month=RETIRES,
            known_on=ON,
            demo=True,
        ),
        award=award_terms(tree=tree, region=ANQING, month=RETIRES, known_on=ON, demo=True),
    )
    return reckon(given=given, terms=terms)


def wangs_pension() -> PensionSheet:
    found = wangs_award()
    facts, results = found.award.facts, {step.name: step.result for step in found.steps}
    return PensionSheet(
        holder=WANG,
        employer="安庆示例纺织有限责任公司",
        route=Route.STATUTORY.value,
        first_working_month=Month(1994, 12),
        retirement_month=RETIRES,
        total_months=facts.total_months,
        deemed_months=facts.deemed_months,
        average_index=Decimal(results[INDEX]),
        account_balance=Money(facts.account_fen),
        amounts=tuple((name, Money.yuan(results[name])) for name in PARTS),
        payment=Payment(RETIRES.next, "示例农村商业银行", "0017"),
        steps=_kept(found.steps),
        medical_years=medical_years_said(
            tree=parameters.load(), region=ANQING, retirement_month=RETIRES, months=312
        ),
    )


@cache
def zhaos_claim() -> unemployment.Reckoned:
    """Her months and amounts as a claim reckons them: four years and two months were paid for."""
    first = Month.of(ON)
    return unemployment.reckon(
        given=unemployment.Given(
            registration_month=first, months_here=0, earlier_months=50, birth_month=ZHAO.birth_month
        ),
        terms=unemployment.claim_terms(
            tree=parameters.load(), region=ANQING, month=first, conditions=()
        ),
    )


def zhaos_benefit() -> UnemploymentSheet:
    found = zhaos_claim()
    first = found.given.registration_month
    return UnemploymentSheet(
        holder=ZHAO,
        employer="安庆示例食品有限公司",
        ended_because="用人单位提出、协商一致解除",
        registration_month=first,
        paid_months=found.given.paid_months,
        unused_months=found.given.unused_months,
        months=found.duration.months,
        last_month=found.duration.end.previous,
        monthly=(MONTHLY, Money(found.monthly_fen)),
        payment=Payment(first, "示例城市商业银行", "0024"),
        steps=_kept(found.steps),
    )


def _kept(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Of one policy version for good: a sample need not be printed anew for a figure it lacks."""
    return tuple(step._replace(version=VERSION) for step in steps)


def held_pension(change: Change = Change.HOLD) -> StopNotice:
    return StopNotice(
        change=change,
        insurance="养老保险",
        benefit="企业职工基本养老金",
        person_name=QIAN.name,
        id_number=QIAN.id_number,
        addressee=QIAN.name,
        from_month=Month(2026, 12),
        month_because="",
        reason="超过12个月没有通过领取待遇资格认证",
        facts="数据比对没有找到您最近12个月的就医、出行等记录；2026年10月9日电话没有接通，"
        "10月20日村协办员上门没有见到您。",
        article="社会保险经办条例（国务院令第765号）第二十六条",
        way_back="本人带身份证或者社会保障卡到窗口，或者用手机自助认证；走不动的，打电话由我们上门。"
        "认证通过以后的下一个发放日恢复，停发的月份一并补发。",
    )


def refused_pension() -> RefusalNotice:
    return RefusalNotice(
        person_name=SUN.name,
        id_number=SUN.id_number,
        heirs=(),
        case=310,
        applied="企业职工基本养老金",
        applied_on=date(2026, 11, 2),
        reason="累计缴费（含视同）179个月，不满180个月；2003年7月的缴费凭证没有提交。",
        article="中华人民共和国社会保险法第十六条",
        way_back="缺的材料补齐以后，可以重新申请；缴费月数不够的，可以继续缴费，缴满以后再申请。",
        verdict="不予核定",
    )
