"""Tell a person that what was applied for is refused (不予核定告知书), why, what to do. Pure."""

from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy

BESIDES = "重新申请以后，下面各种途径的期限照算。"


@dataclass(frozen=True)
class RefusalNotice:
    """What was applied for, and why it is refused."""

    person_name: str  # the insured
    id_number: str
    heirs: tuple[str, ...]  # who applied after a death; none: the insured did
    case: int
    applied: str  # 企业职工基本养老金
    applied_on: date
    reason: str  # signed by who refused
    article: str  # document and article
    way_back: str  # what may be supplied, when to apply again
    verdict: str  # 不予核定


def refusal_notice(*, notice: RefusalNotice, issued: Issued) -> Paper:
    """Write the notice; whoever receives it signs for it."""
    return issued.paper(
        title="不予核定告知书",
        addressee="、".join(notice.heirs) or notice.person_name,
        body=(
            Paragraphs((_told(notice),)),
            Fields(
                (
                    *_whose(notice),
                    Field("业务件", str(notice.case)),
                    Field("申请日期", spoken_day(day=notice.applied_on)),
                    Field("申请事项", notice.applied, wide=True),
                    Field(f"{notice.verdict}的理由", notice.reason, wide=True, style=Style.STRONG),
                    Field("依据", notice.article, wide=True),
                    Field("怎样重新申请", f"{notice.way_back}{BESIDES}", wide=True),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",), wide=True),
        ),
    )


def _told(notice: RefusalNotice) -> str:
    about = f"为逝者{notice.person_name}" if notice.heirs else ""
    return f"您{about}申请的“{notice.applied}”，经审核，{notice.verdict}。理由和怎样办如下。"


def _whose(notice: RefusalNotice) -> tuple[Field, ...]:
    label = "逝者姓名" if notice.heirs else "姓名"
    return (
        Field(label, notice.person_name, style=Style.STRONG),
        Field("公民身份号码", notice.id_number),
    )
