"""The department's paper that lets somebody retire (退休审批表), with how its month came about.

Pure. The agency's sheet of the award is another paper, of another body.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.months import Month
from backend.papers.figures import spoken_day
from backend.papers.paper import Field, Fields, Paper, Signature, Style
from insurance.benefits.award_sheet import Holder, years_said
from insurance.issuing.issued import SIGNED_FOR, Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step


@dataclass(frozen=True)
class ApprovalSheet:
    """What the department let somebody do, and on which papers."""

    holder: Holder
    category: str  # 女职工（原五十周岁退休）
    first_work_month: Month
    contribution_months: int  # as told to the department
    route: str  # 法定退休, 弹性提前退休, …
    statutory_month: Month
    retirement_month: Month
    document: str  # 审批文号
    notice_on: date | None  # of who chose earlier or later
    public: tuple[date, date] | None  # of special work and illness
    finding: str  # 劳动能力鉴定结论; empty: none was needed
    steps: tuple[Step, ...]


def approval_sheet(*, sheet: ApprovalSheet, issued: Issued) -> Paper:
    """Write the sheet.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    holder = sheet.holder
    return issued.paper(
        title="企业职工退休审批表",
        body=(
            Fields(
                (
                    Field("姓名", holder.name, style=Style.STRONG),
                    Field("性别", holder.sex),
                    Field("公民身份号码", holder.id_number),
                    Field("认定出生年月", month_said(month=holder.birth_month)),
                    Field("参加工作", month_said(month=sheet.first_work_month)),
                    Field("缴费年限", years_said(months=sheet.contribution_months)),
                    Field("退休类别", sheet.category, wide=True),
                ),
                "一、基本情况",
            ),
            Fields(
                (
                    Field("退休途径", sheet.route),
                    Field("法定退休年月", month_said(month=sheet.statutory_month)),
                    *_grounds(sheet),
                    Field("审批文号", sheet.document, wide=True),
                    Field(
                        "准予退休",
                        month_said(month=sheet.retirement_month),
                        wide=True,
                        style=Style.AMOUNT,
                    ),
                ),
                "二、审批结果",
            ),
            step_table(steps=sheet.steps, heading="三、退休年月怎样算出来"),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            Signature("本人（签名）", statement=SIGNED_FOR, wide=True),
            *issued.signatures,
            Signature("行政部门（盖章）", wide=issued.approver is not None),
        ),
    )


def _grounds(sheet: ApprovalSheet) -> tuple[Field, ...]:
    """The papers that a route asks for besides."""
    told = () if sheet.notice_on is None else (_day("书面告知（约定）", sheet.notice_on),)
    shown = (
        ()
        if sheet.public is None
        else (Field("公示", "至".join(spoken_day(day=day) for day in sheet.public), wide=True),)
    )
    found = (Field("劳动能力鉴定", sheet.finding, wide=True),) if sheet.finding else ()
    return (*told, *shown, *found)


def _day(label: str, day: date) -> Field:
    return Field(label, spoken_day(day=day))
