"""Tell an employer what it gets back, or that it gets nothing; answer who objected (稳岗返还文书).

Pure.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.papers.figures import figure, spoken_day
from backend.papers.paper import Block, Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.compared import Compared, compared_table
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.step_table import require_explained, step_table
from insurance.policy.steps import Step
from insurance.unemployment.stability_refund import AMOUNT

RECEIVED = Signature("收件人（签名、盖章）", statement=("本文书已收到。",), wide=True)


@dataclass(frozen=True)
class EmployerOf:
    """An employer on the list of a year, and what the register knows of its year before."""

    name: str
    credit_code: str
    year: int
    facts: tuple[tuple[str, str], ...]

    def fields(self, *said: Field) -> Fields:
        """The employer, the facts, and what is said of them."""
        facts = (Field(label, value, wide=True) for label, value in self.facts)
        return Fields(
            (
                Field("单位名称", self.name, wide=True, style=Style.STRONG),
                Field("统一社会信用代码", self.credit_code, wide=True),
                *facts,
                *said,
            )
        )


@dataclass(frozen=True)
class RefundPaid:
    """What an employer on the list gets (返还)."""

    of: EmployerOf
    size: str
    fen: int
    published_on: date
    notice_until: date
    article: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class RefundCorrected:
    """What takes the place of what was decided of an employer (返还更正)."""

    of: EmployerOf
    amount: Money
    had: Money  # of it, before the correction
    reason: str  # why it gets nothing; empty: it gets something
    compared: Compared
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class NoRefund:
    """Why an employer on the list gets nothing (不予返还)."""

    of: EmployerOf
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


def refund_paid(*, notice: RefundPaid, issued: Issued) -> Paper:
    """Write the decision to pay, with how the amount comes about; whoever receives it signs.

    Raises:
        AmountUnexplained, StepDoesNotHold: the amount is not what the steps give.
    """
    amount = Money(notice.fen)
    require_explained(amounts=((AMOUNT, amount),), steps=notice.steps)
    published, until = (spoken_day(day=day) for day in (notice.published_on, notice.notice_until))
    said = (
        f"{notice.of.year}年失业保险稳岗返还名单从{published}公示到{until}，公示期已满。"
        "经审核，决定返还给你单位下列金额，支付到你单位登记的收款账户。"
    )
    whole = f"人民币{capital_numerals(amount=amount)}"
    return issued.paper(
        title="稳岗返还决定书",
        addressee=notice.of.name,
        body=(
            Paragraphs((said,)),
            notice.of.fields(
                Field("企业划型", notice.size, wide=True),
                Field(f"{AMOUNT}（元）", figure(amount=amount), wide=True, style=Style.AMOUNT),
                Field("金额大写", whole, wide=True, style=Style.STRONG),
                Field("依据", notice.article, wide=True),
            ),
            step_table(steps=notice.steps),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(*issued.signatures, RECEIVED),
    )


def refund_corrected(*, notice: RefundCorrected, issued: Issued) -> Paper:
    """Write what takes the place of a decision; whoever receives it signs for it.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    said = (
        f"{notice.of.year}年对你单位的失业保险稳岗返还，经查有误，更正如下。少返还的，在下一次发放时补发；"
        "多返还的，另行告知，听取你单位的意见以后再决定怎样退回。"
    )
    reason = (Field("不予返还的理由", notice.reason, wide=True),) if notice.reason else ()
    steps = (step_table(steps=notice.steps),) if notice.steps else ()
    return issued.paper(
        title=notice.compared.titled("稳岗返还决定书"),
        addressee=notice.of.name,
        body=(
            Paragraphs((said,)),
            notice.of.fields(
                Field(
                    f"{AMOUNT}（元）", figure(amount=notice.amount), wide=True, style=Style.AMOUNT
                ),
                *reason,
                Field("其中此前已付（元）", figure(amount=notice.had), wide=True),
            ),
            compared_table(compared=notice.compared, heading="与原决定比较"),
            *steps,
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(*issued.signatures, RECEIVED),
    )


def no_refund(*, notice: NoRefund, issued: Issued) -> Paper:
    """Write the decision to pay nothing; whoever receives it signs for it.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    body: list[Block] = [
        Paragraphs((f"{notice.of.year}年失业保险稳岗返还，经审核不予返还给你单位。理由如下。",)),
        notice.of.fields(
            Field("不予返还的理由", notice.reason, wide=True, style=Style.STRONG),
            Field("依据", notice.article, wide=True),
        ),
    ]
    if notice.steps:
        body.append(step_table(steps=notice.steps))
    return issued.paper(
        title="不予稳岗返还决定书",
        addressee=notice.of.name,
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
