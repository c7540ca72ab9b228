"""Tell somebody what was decided, where no paper of its own does (业务决定告知书). Pure."""

from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step


@dataclass(frozen=True)
class Decision:
    """What was decided of whom, and why (决定)."""

    name: str
    number: str  # of the identity card, or of the employer
    case: int
    label: str  # 确定滞纳金
    received_on: date
    decided_on: date
    said: tuple[tuple[str, str], ...]  # what of it the case says, by its Chinese names
    reason: str  # signed; empty: there is none beside what is said
    steps: tuple[Step, ...] = ()  # how it was computed; none: nothing was


def decision_notice(*, decision: Decision, issued: Issued) -> Paper:
    """Write the notice; whoever receives it signs for it.

    Raises:
        StepDoesNotHold.
    """
    day = spoken_day(day=decision.decided_on)
    told = f"我们{day}对“{decision.label}”（业务件{decision.case}）作出决定，告知如下。"
    reason = (Field("理由", decision.reason, wide=True),) if decision.reason else ()
    return issued.paper(
        title="业务决定告知书",
        addressee=decision.name,
        body=(
            Paragraphs((told,)),
            Fields(
                (
                    Field("当事人", decision.name, style=Style.STRONG),
                    Field("证件号码", decision.number),
                    Field("受理日期", spoken_day(day=decision.received_on)),
                    Field("决定", f"批准{decision.label}", style=Style.STRONG),
                    *(Field(label, value, wide=True) for label, value in decision.said),
                    *reason,
                )
            ),
            *((step_table(steps=decision.steps, heading="计算过程"),) if decision.steps else ()),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",), wide=True),
        ),
    )
