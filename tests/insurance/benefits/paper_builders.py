"""What papers of benefits show, as an agency would issue them: all invented (演示)."""

from datetime import date
from decimal import Decimal

from backend.kernel.identity import id_check_digit
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.paper import Mark
from insurance.benefits.award_sheet import (
    Holder,
    Payment,
    PensionSheet,
    UnemploymentSheet,
)
from insurance.benefits.notice import Change, StopNotice
from insurance.benefits.refusal_notice import RefusalNotice
from insurance.issuing.issued import Hand, Issued
from insurance.policy import parameters
from insurance.policy.recompute import recompute
from insurance.policy.remedy import Office, remedy_terms
from insurance.policy.steps import Step

ANQING = "340800"
ON = date(2026, 11, 10)


def citizen(digits: str) -> str:
    """A number of nobody, with its check digit."""
    return digits + id_check_digit(digits)


OFFICE = Office(
    agency="安庆市社会保险经办机构",
    place="示例路1号，电话 0556-0000000",
    reviewing_body="安庆市人民政府",
    court="安庆市大观区人民法院",
)
WANG = Holder("王㛃𠮷𬎆", citizen("34080319661108001"), "男", Month(1966, 11))
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


def step(
    name: str, formula: str, rounding: str, article: str, sentence: str, **inputs: str
) -> Step:
    """A step whose result is what it says."""
    made = Step(
        formula=formula,
        inputs=tuple(inputs.items()),
        result="0",
        version="0f" * 32,
        article=article,
        name=name,
        sentence=sentence,
        rounding=rounding,
    )
    return made._replace(result=recompute(step=made))


def pension_steps() -> tuple[Step, ...]:
    anhui, nation = "皖政〔2006〕59号（安徽省340000，转引）", "国发〔2005〕38号（全国000000，转引）"
    base = {"计发基数": "7999.00", "平均缴费指数": "1.0234"}
    age = step(
        "退休年龄",
        "退休年月 − 出生年月",
        "岁月",
        "国务院关于渐进式延迟法定退休年龄的办法（全国000000，已核对原文）",
        "您1966年11月出生，2027年2月退休。",
        退休年月="2027-02",
        出生年月="1966-11",
    )
    years = step(
        "缴费年限",
        "缴费月数 ÷ 12",
        "见小数进到0.1",
        anhui,
        "您一共缴费368个月（含视同缴费），不满一年的进到一位小数。",
        缴费月数="368",
    )
    deemed = step(
        "视同缴费年限",
        "视同月数 ÷ 12",
        "见小数进到0.1",
        anhui,
        "建立个人账户以前的工龄13个月，算作视同缴费。",
        视同月数="13",
    )
    basic = step(
        "基础养老金",
        "(计发基数 + 计发基数 × 平均缴费指数) ÷ 2 × 缴费年限 × 0.01",
        "四舍五入到分",
        f"{nation}；皖人社秘〔2025〕153号（安徽省340000，转引）",
        "按计发基数和您的缴费水平的平均数，每缴一年发百分之一。",
        **base,
        缴费年限=years.result,
    )
    account = step(
        "个人账户养老金",
        "个人账户余额 ÷ 计发月数",
        "四舍五入到分",
        nation,
        "您个人账户里的钱，按退休年龄对应的月数分月发。",
        个人账户余额="86532.40",
        计发月数="137.3",
    )
    transitional = step(
        "过渡性养老金",
        "计发基数 × 平均缴费指数 × 视同缴费年限 × 过渡系数",
        "四舍五入到分",
        anhui,
        "视同缴费的年限没有个人账户，用过渡性养老金补上。",
        **base,
        视同缴费年限=deemed.result,
        过渡系数="0.013",
    )
    parts = {one.name: one.result for one in (basic, account, transitional)}
    total = step(
        "月养老金合计",
        " + ".join(parts),
        "四舍五入到分",
        anhui,
        "三项加起来，每月发这么多。",
        **parts,
    )
    return (age, years, deemed, basic, account, transitional, total)


def amount(steps: tuple[Step, ...], name: str) -> tuple[str, Money]:
    return name, Money.yuan(next(one.result for one in steps if one.name == name))


def wangs_pension() -> PensionSheet:
    steps = pension_steps()
    names = ("基础养老金", "个人账户养老金", "过渡性养老金", "月养老金合计")
    return PensionSheet(
        holder=WANG,
        employer="安庆示例纺织有限责任公司",
        route="法定年龄退休",
        first_working_month=Month(1994, 12),
        retirement_month=Month(2027, 2),
        total_months=368,
        deemed_months=13,
        average_index=Decimal("1.0234"),
        account_balance=Money.yuan("86532.40"),
        amounts=tuple(amount(steps, name) for name in names),
        payment=Payment(Month(2027, 3), "示例农村商业银行", "0017"),
        steps=steps,
    )


def zhaos_benefit() -> UnemploymentSheet:
    monthly = step(
        "月失业保险金",
        "最低工资 × 发放比例",
        "四舍五入到分",
        "最低工资标准（安庆市340800，演示）",
        "按当地最低工资的百分之九十发。",
        最低工资="1930.00",
        发放比例="0.9",
    )
    months = step(
        "领取月数",
        "较小(满年数 × 3, 12)",
        "",
        "安徽省失业保险条例（安徽省340000，转引）",
        "您缴费满4年，每满一年发3个月。",
        满年数="4",
    )
    return UnemploymentSheet(
        holder=ZHAO,
        employer="安庆示例食品有限公司",
        ended_because="用人单位提出解除劳动合同，双方协商一致（不是本人要求）",
        registration_month=Month(2026, 10),
        paid_months=50,
        unused_months=0,
        months=12,
        last_month=Month(2027, 10),
        monthly=amount((monthly,), "月失业保险金"),
        payment=Payment(Month(2026, 11), "示例城市商业银行", "0024"),
        steps=(months, monthly),
    )


def held_pension(change: Change = Change.HOLD) -> StopNotice:
    return StopNotice(
        change=change,
        insurance="养老保险",
        benefit="企业职工基本养老金",
        person_name=WANG.name,
        id_number=WANG.id_number,
        addressee=WANG.name,
        from_month=Month(2026, 12),
        reason="超过12个月没有通过领取待遇资格认证",
        facts="数据比对没有找到您最近12个月的就医、出行等记录；2026年10月9日电话没有接通，"
        "10月20日村协办员上门没有见到您。",
        article="社会保险经办条例（国务院令第765号）第二十六条",
        way_back="本人带身份证或者社会保障卡到窗口，或者用手机自助认证；走不动的，打电话由我们上门。"
        "认证通过以后的下一个发放日恢复，停发的月份一并补发。",
    )


def refused_pension() -> RefusalNotice:
    return RefusalNotice(
        person_name=WANG.name,
        id_number=WANG.id_number,
        heirs=(),
        case=310,
        applied="企业职工基本养老金",
        applied_on=date(2026, 11, 2),
        reason="累计缴费（含视同）179个月，不满180个月；2003年7月的缴费凭证没有提交。",
        article="中华人民共和国社会保险法第十六条",
        way_back="缺的材料补齐以后，可以重新申请；缴费月数不够的，可以继续缴费，缴满以后再申请。",
        verdict="不予核定",
    )
