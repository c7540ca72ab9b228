"""The sheet of what is granted once (一次性待遇核定表), to be signed by who is paid. Pure.

The amount with its steps, and whose share is how much; beside a correction, what was said before.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.papers.figures import figure, spoken_day
from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Paper,
    Piece,
    Signature,
    Style,
    Table,
)
from insurance.issuing.compared import Compared, compared_table
from insurance.issuing.issued import SIGNED_FOR, Issued
from insurance.policy.remedy import remedy
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step

COLUMNS = (
    Column("收款人", 150),
    Column("与参保人关系", 118),
    Column("份额", 100, Align.RIGHT),
    Column("金额（元）", 100, Align.RIGHT),
)


@dataclass(frozen=True)
class Payee:
    """Who gets how much (收款人)."""

    name: str
    relation: str
    weight: int
    amount: Money


@dataclass(frozen=True)
class ClaimSheet:
    """What the sheet shows (一次性待遇核定表)."""

    title: str
    person_name: str
    id_number: str
    insurance: str
    event: str  # 死亡日期, 出生日期, …
    event_date: date
    subject: str  # which certificate; empty: none
    of_the_dead: bool
    total: tuple[str, Money]  # by the name of its step
    payees: tuple[Payee, ...]
    steps: tuple[Step, ...]
    compared: Compared | None = None  # with the one whose place it takes


def claim_sheet(*, sheet: ClaimSheet, issued: Issued) -> Paper:
    """Write the sheet.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    title = sheet.compared.titled(sheet.title) if sheet.compared else sheet.title
    return issued.paper(
        title=title,
        body=(
            Fields(_situation(sheet), "一、基本情况"),
            Fields(_amount(sheet), "二、核定结果"),
            _shares(sheet),
            *_told_apart(sheet),
            step_table(
                steps=sheet.steps, heading="五、计算过程" if sheet.compared else "四、计算过程"
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            Signature(
                "继承人（签名）" if sheet.of_the_dead else "本人（签名）",
                statement=SIGNED_FOR,
                wide=True,
            ),
            *issued.signatures,
            Signature("经办机构（盖章）", wide=issued.approver is not None),
        ),
    )


def _situation(sheet: ClaimSheet) -> tuple[Field, ...]:
    whose = "逝者姓名" if sheet.of_the_dead else "姓名"
    subject = (Field("证书编号", sheet.subject, wide=True),) if sheet.subject else ()
    return (
        Field(whose, sheet.person_name, style=Style.STRONG),
        Field("公民身份号码", sheet.id_number),
        Field("险种", sheet.insurance, wide=True),
        Field(sheet.event, spoken_day(day=sheet.event_date), wide=True),
        *subject,
    )


def _amount(sheet: ClaimSheet) -> tuple[Field, ...]:
    name, total = sheet.total
    return (
        Field(name, f"{figure(amount=total)} 元", wide=True, style=Style.AMOUNT),
        Field("金额大写", f"人民币{capital_numerals(amount=total)}", wide=True, style=Style.STRONG),
    )


def _shares(sheet: ClaimSheet) -> Table:
    whole = sum(one.weight for one in sheet.payees)
    return Table(
        columns=COLUMNS,
        rows=tuple(
            (
                (Piece(one.name, Style.STRONG),),
                (Piece(one.relation),),
                (Piece(f"{one.weight}/{whole}"),),
                (Piece(figure(amount=one.amount)),),
            )
            for one in sheet.payees
        ),
        heading="三、发给",
    )


def _told_apart(sheet: ClaimSheet) -> tuple[Table, ...]:
    if sheet.compared is None:
        return ()
    return (compared_table(compared=sheet.compared, heading="四、与原核定比较"),)
