"""The sheet of an adjustment, for the person to sign (养老金调整核定表), with its steps. Pure."""

from dataclasses import dataclass

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.papers.paper import Field, Fields, Paper, Signature, Style, Table
from insurance.benefits.award_sheet import years_said
from insurance.issuing.issued import SIGNED_FOR, Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import require_explained, step_table
from insurance.policy.steps import Step


@dataclass(frozen=True)
class AdjustmentSheet:
    """What a run says of somebody's pension."""

    title: str
    person_name: str
    id_number: str
    insurance: str
    since: Month
    paid_months: int | None  # None: it does not go by them
    age: int | None  # at the end of the year before; None: it does not go by it
    amounts: tuple[tuple[str, Money], ...]  # by the names of their steps; the last is the whole
    left_out: str  # why nothing is added; empty: something is
    steps: tuple[Step, ...]


def adjustment_sheet(*, sheet: AdjustmentSheet, issued: Issued) -> Paper:
    """Write the sheet; also who takes no part is told why.

    Raises:
        AmountUnexplained: an amount is none of the steps' results.
        StepDoesNotHold: a step does not come out again.
    """
    if not sheet.left_out:
        require_explained(amounts=sheet.amounts, steps=sheet.steps)
    return issued.paper(
        title=sheet.title,
        body=(
            Fields(_situation(sheet), "一、基本情况"),
            Fields(_result(sheet), "二、调整结果"),
            *_steps(sheet),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            Signature("本人（签名）", statement=SIGNED_FOR, wide=True),
            *issued.signatures,
            Signature("经办机构（盖章）", wide=issued.approver is not None),
        ),
    )


def _situation(sheet: AdjustmentSheet) -> tuple[Field, ...]:
    by = (
        ("缴费年限", None if sheet.paid_months is None else years_said(months=sheet.paid_months)),
        ("上年末年龄", None if sheet.age is None else f"{sheet.age}周岁"),
    )
    return (
        Field("姓名", sheet.person_name, style=Style.STRONG),
        Field("公民身份号码", sheet.id_number),
        Field("险种", sheet.insurance, wide=True),
        Field("调整起始月", month_said(month=sheet.since)),
        *(Field(label, said) for label, said in by if said is not None),
    )


def _result(sheet: AdjustmentSheet) -> tuple[Field, ...]:
    if sheet.left_out:
        return (Field("不参加调整", sheet.left_out, wide=True, style=Style.STRONG),)
    whole_name, whole = sheet.amounts[-1]
    return (
        *(Field(name, f"{figure(amount=amount)} 元") for name, amount in sheet.amounts[:-1]),
        Field(whole_name, f"{figure(amount=whole)} 元", wide=True, style=Style.AMOUNT),
        Field("金额大写", f"人民币{capital_numerals(amount=whole)}", wide=True, style=Style.STRONG),
    )


def _steps(sheet: AdjustmentSheet) -> tuple[Table, ...]:
    return (step_table(steps=sheet.steps, heading="三、计算过程"),) if sheet.steps else ()
