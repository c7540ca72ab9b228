"""The written answer to an objection (异议答复书): upheld or corrected, and why. Pure."""

from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.issued import Issued
from insurance.policy.remedy import further_remedy


@dataclass(frozen=True)
class Answer:
    """What was objected to, and what is answered."""

    addressee: str  # who objected
    person_name: str
    id_number: str
    objection: int
    received_on: date
    decided: int
    decided_label: str  # 职工养老待遇核定
    decided_on: date
    against: str
    grounds: str
    findings: str  # 核实情况, signed by the first of the two
    answer: str  # signed by the second
    correction: int | None  # None: upheld


def objection_answer(*, answer: Answer, issued: Issued) -> Paper:
    """Write the answer; what is left to the person are review and the court."""
    found = (
        Field("核实情况", answer.findings, wide=True),
        Field("答复", _outcome(answer), wide=True, style=Style.STRONG),
        Field("理由", answer.answer, wide=True),
    )
    return issued.paper(
        title="异议答复书",
        addressee=answer.addressee,
        body=(
            Paragraphs((_about(answer),)),
            Fields(
                (
                    Field("当事人", answer.person_name),
                    Field("公民身份号码", answer.id_number),
                    Field("异议编号", str(answer.objection), wide=True),
                    Field("异议事项", answer.against, wide=True),
                    Field("异议理由", answer.grounds, wide=True),
                    *(field for field in found if field.value),
                )
            ),
        ),
        remedy=further_remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本答复书已收到。",), wide=True),
        ),
    )


def _outcome(answer: Answer) -> str:
    if answer.correction is None:
        return "维持原决定。"
    return f"异议成立，已经更正，见业务件{answer.correction}的新决定。"


def _about(answer: Answer) -> str:
    received, decided = spoken_day(day=answer.received_on), spoken_day(day=answer.decided_on)
    return (
        f"您{received}对我们{decided}作出的“{answer.decided_label}”（业务件{answer.decided}）提出异议。"
        "我们由没有办理过原决定的两名人员核实，答复如下。"
    )
