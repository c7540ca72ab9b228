"""Tell a person that a stop is withdrawn (恢复待遇告知书) and the benefit goes on. Pure."""

from dataclasses import dataclass
from datetime import date

from backend.kernel.months import Month
from backend.papers.figures import spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said


@dataclass(frozen=True)
class Resumption:
    """Which stop was wrong, and why."""

    insurance: str  # 养老保险, as in the title
    benefit: str  # 企业职工基本养老金
    person_name: str
    id_number: str
    from_month: Month
    stop_case: int
    stopped_on: date
    finding: str


def resumption_notice(*, resumption: Resumption, issued: Issued) -> Paper:
    """Write the notice; whoever receives it signs for it."""
    month = month_said(month=resumption.from_month)
    day = spoken_day(day=resumption.stopped_on)
    said = (
        f"我们{day}决定从{month}起停止发放您的{resumption.benefit}（业务件{resumption.stop_case}）。"
        f"经查，停发不符合实际，现予撤销，从{month}起恢复；停发期间应当发放的，在下一次发放时补发，"
        "另有原因暂停、停止的月份除外。"
    )
    return issued.paper(
        title=f"恢复{resumption.insurance}待遇告知书",
        addressee=resumption.person_name,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("公民身份号码", resumption.id_number),
                    Field("起始月份", month),
                    Field("查明的事实", resumption.finding, wide=True),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
    )
