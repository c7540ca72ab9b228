"""Tell a person that an amount of the old system was wrong (待遇更正决定书): what it was, what it
is, and from when on. Pure.
"""

from dataclasses import dataclass

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Paper,
    Paragraphs,
    Piece,
    Signature,
    Style,
    Table,
)
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step

NOW, BEFORE, MORE = "更正后", "原发放", "每月补差"
COLUMNS = (
    Column("项目", 150),
    Column("原发放（元/月）", 159, Align.RIGHT),
    Column("更正后（元/月）", 159, Align.RIGHT),
)


@dataclass(frozen=True)
class Amount:
    """A component that was wrong (更正的待遇项目)."""

    label: str  # 基础养老金
    before_fen: int
    fen: int


@dataclass(frozen=True)
class CorrectionNotice:
    """What of a benefit is corrected, and why."""

    insurance: str  # 养老保险, as in the title
    benefit: str  # 企业职工基本养老金
    person_name: str
    id_number: str
    from_month: Month
    document: str  # 文书号
    evidence: str
    because: str
    amounts: tuple[Amount, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """By how much each amount differs, and all of them together."""
        each = tuple(difference_step(amount=one, article=self.article) for one in self.amounts)
        return (*each, self._total(each))

    @property
    def article(self) -> str:
        """What it rests on."""
        return f"{self.document}；{self.evidence}"

    def _total(self, each: tuple[Step, ...]) -> Step:
        more = sum(one.fen - one.before_fen for one in self.amounts)
        said = "多发" if more >= 0 else "少发"
        since = month_said(month=self.from_month)
        return Step(
            formula=" + ".join(step.name for step in each),
            inputs=tuple((step.name, step.result) for step in each),
            result=str(Money(more)),
            version="",
            article=self.article,
            name=MORE,
            sentence=f"从{since}起，每月比原来{said} {Money(abs(more))} 元。",
            rounding="",
        )


def difference_step(*, amount: Amount, article: str) -> Step:
    """Give by how much an amount differs from what was paid."""
    label = amount.label
    now, before = f"{NOW}{label}", f"{BEFORE}{label}"
    return Step(
        formula=f"{now} − {before}",
        inputs=((now, str(Money(amount.fen))), (before, str(Money(amount.before_fen)))),
        result=str(Money(amount.fen - amount.before_fen)),
        version="",
        article=article,
        name=f"{label}差额",
        sentence=f"{label}由每月 {Money(amount.before_fen)} 元更正为 {Money(amount.fen)} 元。",
        rounding="",
    )


def correction_notice(*, notice: CorrectionNotice, issued: Issued) -> Paper:
    """Write the decision; whoever receives it signs for it.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    month = month_said(month=notice.from_month)
    said = (
        f"您的{notice.benefit}由原系统接管，经查有误，从{month}起更正如下。少发的，在下一次发放时补发；"
        "多发的，另行告知，听取您的意见以后再决定怎样退回。"
    )
    return issued.paper(
        title=f"{notice.insurance}待遇更正决定书",
        addressee=notice.person_name,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("公民身份号码", notice.id_number),
                    Field("文书号", notice.document),
                    Field("起始月份", month, style=Style.STRONG),
                    Field("更正依据", notice.because, wide=True),
                    Field("所凭材料", notice.evidence, wide=True),
                )
            ),
            Table(COLUMNS, tuple(_row(one) for one in notice.amounts), "更正的待遇项目"),
            step_table(steps=notice.steps),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到。",)),
        ),
    )


def _row(one: Amount) -> tuple[tuple[Piece, ...], ...]:
    return (
        (Piece(one.label, Style.STRONG),),
        (Piece(figure(amount=Money(one.before_fen))),),
        (Piece(figure(amount=Money(one.fen)), Style.STRONG),),
    )
