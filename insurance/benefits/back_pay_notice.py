"""Tell a person what is paid later for past months (补发待遇告知书), why and how much. Pure."""

from dataclasses import dataclass
from datetime import date

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure, spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.benefits.due_reckoning import ALL_MORE
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import require_explained, step_table
from insurance.policy.steps import Step


@dataclass(frozen=True)
class BackPay:
    """What a run pays later, and the decision it rests on."""

    benefit: str  # 企业职工基本养老金
    person_name: str
    id_number: str
    period: Month  # whose run pays it
    fen: int
    decided: str  # 基本养老金年度调整
    case_id: int
    decided_on: date
    steps: tuple[Step, ...]


def back_pay_notice(*, paid: BackPay, issued: Issued) -> Paper:
    """Write the notice; whoever receives it signs for it.

    Raises:
        AmountUnexplained, StepDoesNotHold: the amount is not what the steps give.
    """
    amount = Money(paid.fen)
    require_explained(amounts=((ALL_MORE, amount),), steps=paid.steps)
    month = month_said(month=paid.period)
    said = (
        f"您的{paid.benefit}以前月份少发了，{month}发放时一并计发下列差额；"
        "另有原因暂缓的，原因消除以后发放。"
    )
    decided = f"{paid.decided}（业务件{paid.case_id}，{spoken_day(day=paid.decided_on)}办结）"
    return issued.paper(
        title="补发待遇告知书",
        addressee=paid.person_name,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("公民身份号码", paid.id_number),
                    Field("发放月份", month),
                    Field("依据的决定", decided, wide=True),
                    Field(f"{ALL_MORE}（元）", figure(amount=amount), style=Style.AMOUNT),
                    Field(
                        "金额大写",
                        f"人民币{capital_numerals(amount=amount)}",
                        wide=True,
                        style=Style.STRONG,
                    ),
                )
            ),
            step_table(steps=paid.steps, heading="金额怎样得来"),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
    )
