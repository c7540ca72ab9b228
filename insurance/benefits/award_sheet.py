"""The sheet of an award, for the person to sign (待遇核定表), every amount with its steps. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.papers.paper import Field, Fields, Paper, Signature, Style, Table
from insurance.issuing.compared import Compared, compared_table
from insurance.issuing.issued import SIGNED_FOR, Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import require_explained, step_table
from insurance.policy.steps import Step

NO_ACCOUNT = "尚未登记，请尽快到窗口登记"


@dataclass(frozen=True)
class Holder:
    """Whose award it is (待遇人)."""

    name: str
    id_number: str
    sex: str
    birth_month: Month


@dataclass(frozen=True)
class Payment:
    """From when, and where to (发放)."""

    first_month: Month
    bank: str  # empty: no account is known yet
    account_tail: str  # the last four digits


@dataclass(frozen=True)
class PensionSheet:
    """What the sheet of an employee's pension shows (企业职工基本养老保险待遇核定表)."""

    holder: Holder
    employer: str
    route: str  # 法定, 提前, 延迟, 特殊工种, 病残
    first_working_month: Month
    retirement_month: Month
    total_months: int
    deemed_months: int
    average_index: Decimal
    account_balance: Money
    amounts: tuple[tuple[str, Money], ...]  # by the names of their steps; the last is the total
    payment: Payment
    steps: tuple[Step, ...]
    compared: Compared | None = None  # with the one whose place it takes
    medical_years: str = ""  # how the months insured stand to those that 310 needs


@dataclass(frozen=True)
class ResidentSheet:
    """What the sheet of a resident's pension shows (城乡居民基本养老保险待遇核定表)."""

    holder: Holder
    district: str
    paid_years: int
    account_balance: Money
    amounts: tuple[tuple[str, Money], ...]  # by the names of their steps; the last is the total
    payment: Payment
    steps: tuple[Step, ...]
    compared: Compared | None = None  # with the one whose place it takes


@dataclass(frozen=True)
class UnemploymentSheet:
    """What the sheet of unemployment benefit shows (失业保险金核定表)."""

    holder: Holder
    employer: str
    ended_because: str
    registration_month: Month
    paid_months: int
    unused_months: int
    months: int
    last_month: Month
    monthly: tuple[str, Money]  # by the name of its step
    payment: Payment
    steps: tuple[Step, ...]
    compared: Compared | None = None  # with the one whose place it takes


def pension_sheet(*, sheet: PensionSheet, issued: Issued) -> Paper:
    """Write the sheet of a pension.

    Raises:
        AmountUnexplained: an amount is none of the steps' results.
        StepDoesNotHold: a step does not come out again.
    """
    situation = (
        Field("认定出生年月", month_said(month=sheet.holder.birth_month)),
        Field("工作单位", sheet.employer, wide=True),
        Field("退休方式", sheet.route),
        Field("退休年月", month_said(month=sheet.retirement_month)),
        Field("参加工作", month_said(month=sheet.first_working_month)),
        Field("缴费年限", years_said(months=sheet.total_months)),
        Field("视同年限", years_said(months=sheet.deemed_months)),
        Field("平均缴费指数", str(sheet.average_index)),
        Field("个人账户余额", f"{figure(amount=sheet.account_balance)} 元", wide=True),
        *((Field("医保年限", sheet.medical_years, wide=True),) if sheet.medical_years else ()),
    )
    return _sheet(
        title="企业职工基本养老保险待遇核定表",
        holder=sheet.holder,
        situation=situation,
        amounts=sheet.amounts,
        payment=sheet.payment,
        steps=sheet.steps,
        compared=sheet.compared,
        issued=issued,
    )


def resident_sheet(*, sheet: ResidentSheet, issued: Issued) -> Paper:
    """Write the sheet of a resident's pension.

    Raises:
        AmountUnexplained, StepDoesNotHold: as ``pension_sheet``.
    """
    situation = (
        Field("出生年月", month_said(month=sheet.holder.birth_month)),
        Field("参保地", sheet.district),
        Field("缴费年数", f"{sheet.paid_years}年"),
        Field("个人账户余额", f"{figure(amount=sheet.account_balance)} 元"),
    )
    return _sheet(
        title="城乡居民基本养老保险待遇核定表",
        holder=sheet.holder,
        situation=situation,
        amounts=sheet.amounts,
        payment=sheet.payment,
        steps=sheet.steps,
        compared=sheet.compared,
        issued=issued,
    )


def unemployment_sheet(*, sheet: UnemploymentSheet, issued: Issued) -> Paper:
    """Write the sheet of unemployment benefit.

    Raises:
        AmountUnexplained, StepDoesNotHold: as ``pension_sheet``.
    """
    first, last = sheet.payment.first_month, sheet.last_month
    situation = (
        Field("出生年月", month_said(month=sheet.holder.birth_month)),
        Field("原工作单位", sheet.employer, wide=True),
        Field("失业原因", sheet.ended_because, wide=True),
        Field("失业登记", month_said(month=sheet.registration_month)),
        Field("缴费月数", f"{sheet.paid_months}个月"),
        Field("未领完月数", f"{sheet.unused_months}个月"),
        Field("核定月数", f"{sheet.months}个月", style=Style.STRONG),
        Field("领取期限", f"{month_said(month=first)}至{month_said(month=last)}", wide=True),
    )
    return _sheet(
        title="失业保险金核定表",
        holder=sheet.holder,
        situation=situation,
        amounts=(sheet.monthly,),
        payment=sheet.payment,
        steps=sheet.steps,
        compared=sheet.compared,
        issued=issued,
    )


def _sheet(
    *,
    title: str,
    holder: Holder,
    situation: tuple[Field, ...],
    amounts: Sequence[tuple[str, Money]],
    payment: Payment,
    steps: Sequence[Step],
    compared: Compared | None,
    issued: Issued,
) -> Paper:
    require_explained(amounts=amounts, steps=steps)
    person = (
        Field("姓名", holder.name, style=Style.STRONG),
        Field("性别", holder.sex),
        Field("公民身份号码", holder.id_number),
    )
    return issued.paper(
        title=compared.titled(title) if compared else title,
        body=(
            Fields((*person, *situation), "一、基本情况"),
            Fields((*_amounts(amounts), *_payment(payment)), "二、核定结果"),
            *_told_apart(compared),
            step_table(steps=steps, heading="四、计算过程" if compared else "三、计算过程"),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            Signature("本人（签名）", statement=SIGNED_FOR, wide=True),
            *issued.signatures,
            Signature("经办机构（盖章）", wide=issued.approver is not None),
        ),
    )


def _told_apart(compared: Compared | None) -> tuple[Table, ...]:
    if compared is None:
        return ()
    return (compared_table(compared=compared, heading="三、与原核定比较"),)


def _amounts(amounts: Sequence[tuple[str, Money]]) -> tuple[Field, ...]:
    """The parts two to a row; what is paid stands alone, in figures and in words."""
    total_name, total = amounts[-1]
    return (
        *(Field(name, f"{figure(amount=amount)} 元") for name, amount in amounts[:-1]),
        Field(total_name, f"{figure(amount=total)} 元", wide=True, style=Style.AMOUNT),
        Field("金额大写", f"人民币{capital_numerals(amount=total)}", wide=True, style=Style.STRONG),
    )


def _payment(payment: Payment) -> tuple[Field, ...]:
    account = f"{payment.bank}，尾号{payment.account_tail}" if payment.bank else NO_ACCOUNT
    return (
        Field("开始领取", month_said(month=payment.first_month)),
        Field("发放账户", account, wide=True),
    )


def years_said(*, months: int) -> str:
    """Give months as years and months."""
    years, rest = divmod(months, 12)
    return f"{years}年{rest}个月" if rest else f"{years}年"
