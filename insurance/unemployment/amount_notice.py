"""Tell who draws that another amount is paid (失业保险金标准调整告知书), with its steps. Pure."""

from dataclasses import dataclass

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step
from insurance.unemployment.amount import MONTHLY

BEFORE, MORE = "原月标准", "每月增减"


@dataclass(frozen=True)
class AmountNotice:
    """From when on how much is paid instead of how much."""

    person_name: str
    id_number: str
    from_month: Month
    before_fen: int
    fen: int
    document: str  # that published it
    steps: tuple[Step, ...]  # of the amount itself

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """And what that is more, or less."""
        more = self.fen - self.before_fen
        said = "增加" if more >= 0 else "减少"
        difference = Step(
            formula=f"{MONTHLY} − {BEFORE}",
            inputs=((MONTHLY, str(Money(self.fen))), (BEFORE, str(Money(self.before_fen)))),
            result=str(Money(more)),
            version=self.steps[-1].version,
            article=self.document,
            name=MORE,
            sentence=f"您的失业保险金每月{said} {Money(abs(more))} 元。",
            rounding="",
        )
        return (*self.steps, difference)


def amount_notice(*, notice: AmountNotice, issued: Issued) -> Paper:
    """Write the notice; whoever receives it signs for it.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    month = month_said(month=notice.from_month)
    said = (
        f"失业保险金的月标准调整，您的失业保险金从{month}起按新标准发放。以前月份少发的，在下一次发放时补发；"
        "领取期限不变。"
    )
    return issued.paper(
        title="失业保险金标准调整告知书",
        addressee=notice.person_name,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("公民身份号码", notice.id_number),
                    Field("起始月份", month),
                    Field(BEFORE, f"{figure(amount=Money(notice.before_fen))} 元"),
                    Field("新月标准", f"{figure(amount=Money(notice.fen))} 元", style=Style.STRONG),
                    Field("公布文件", notice.document, wide=True),
                )
            ),
            step_table(steps=notice.all_steps),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
    )
