"""Tell an employer that it gets no refund, and answer who objected (稳岗返还文书). Pure."""

from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
from backend.papers.paper import Block, Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step

RECEIVED = Signature("收件人（签名、盖章）", statement=("本文书已收到。",), wide=True)


@dataclass(frozen=True)
class NoRefund:
    """Why an employer on the list gets nothing (不予返还)."""

    name: str
    credit_code: str
    year: int
    facts: tuple[tuple[str, str], ...]  # what the register knows of the year before
    reason: str
    article: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ListAnswer:
    """What was objected to a published list, and what is answered (公示异议答复)."""

    addressee: str
    name: str  # the employer it is about
    credit_code: str
    year: int
    published_on: date
    received_on: date
    grounds: str
    upheld: bool
    outcome: str
    reason: str


def no_refund(*, notice: NoRefund, issued: Issued) -> Paper:
    """Write the decision; whoever receives it signs for it.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    facts = tuple(Field(label, value, wide=True) for label, value in notice.facts)
    body: list[Block] = [
        Paragraphs((f"{notice.year}年失业保险稳岗返还，经审核不予返还给你单位。理由如下。",)),
        Fields(
            (
                Field("单位名称", notice.name, wide=True, style=Style.STRONG),
                Field("统一社会信用代码", notice.credit_code, wide=True),
                *facts,
                Field("不予返还的理由", notice.reason, wide=True, style=Style.STRONG),
                Field("依据", notice.article, wide=True),
            )
        ),
    ]
    if notice.steps:
        body.append(step_table(steps=notice.steps))
    return issued.paper(
        title="不予稳岗返还决定书",
        addressee=notice.name,
        body=tuple(body),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(*issued.signatures, RECEIVED),
    )


def list_answer(*, answer: ListAnswer, issued: Issued) -> Paper:
    """Write the answer to an objection during the notice."""
    published, received = (spoken_day(day=day) for day in (answer.published_on, answer.received_on))
    said = (
        f"您{received}对我们{published}公示的{answer.year}年稳岗返还名单"
        "提出异议，经核实，答复如下。"
    )
    return issued.paper(
        title="公示异议答复书",
        addressee=answer.addressee,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("所涉单位", answer.name, wide=True),
                    Field("统一社会信用代码", answer.credit_code, wide=True),
                    Field("异议理由", answer.grounds, wide=True),
                    Field(
                        "答复",
                        f"异议{'成立' if answer.upheld else '不成立'}：{answer.outcome}",
                        wide=True,
                        style=Style.STRONG,
                    ),
                    *((Field("理由", answer.reason, wide=True),) if answer.reason else ()),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(*issued.signatures, RECEIVED),
    )
