"""The sheet of a relation that moves with its account (关系转移信息表、制度衔接核定表). Pure."""

from dataclasses import dataclass

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.papers.figures import figure
from backend.papers.paper import (
    Align,
    Block,
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

YEARS = (
    Column("年度", 120),
    Column("缴费月数", 120, Align.RIGHT),
    Column("缴费基数合计（元）", 228, Align.RIGHT),
)


@dataclass(frozen=True)
class MovedSheet:
    """Whose relation goes where, what goes with it, and why so much."""

    title: str
    person_name: str
    id_number: str
    facts: tuple[tuple[str, str], ...]  # label and value, as the law names them
    amounts: tuple[tuple[str, int], ...]  # label and fen; the last is the whole
    years: tuple[tuple[int, int, int], ...]  # each year, its months, the fen of all its bases
    steps: tuple[Step, ...]
    compared: Compared | None = None  # with the one whose place it takes


def moved_sheet(*, sheet: MovedSheet, issued: Issued) -> Paper:
    """Write the sheet.

    Raises:
        StepDoesNotHold: a step does not come out again.
    """
    return issued.paper(
        title=sheet.compared.titled(sheet.title) if sheet.compared else sheet.title,
        body=tuple(_body(sheet)),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            Signature("本人（签名）", statement=SIGNED_FOR, wide=True),
            *issued.signatures,
            Signature("经办机构（盖章）", wide=issued.approver is not None),
        ),
    )


def _body(sheet: MovedSheet) -> list[Block]:
    who = (
        Field("姓名", sheet.person_name, style=Style.STRONG),
        Field("公民身份号码", sheet.id_number),
    )
    facts = tuple(Field(label, value, wide=True) for label, value in sheet.facts)
    whole = Money(sheet.amounts[-1][1])
    results = tuple(
        Field(label, f"{figure(amount=Money(fen))} 元", wide=True, style=Style.AMOUNT)
        for label, fen in sheet.amounts
    )
    in_words = Field(
        "金额大写", f"人民币{capital_numerals(amount=whole)}", wide=True, style=Style.STRONG
    )
    body: list[Block] = [
        Fields((*who, *facts), "一、基本情况"),
        Fields((*results, in_words), "二、核定结果"),
    ]
    places = iter("三四五")
    if sheet.years:
        years = tuple(_year(*one) for one in sheet.years)
        body.append(Table(YEARS, years, f"{next(places)}、各年缴费"))
    if sheet.compared:
        heading = f"{next(places)}、与原核定比较"
        body.append(compared_table(compared=sheet.compared, heading=heading))
    if sheet.steps:
        body.append(step_table(steps=sheet.steps, heading=f"{next(places)}、计算过程"))
    return body


def _year(year: int, months: int, fen: int) -> tuple[tuple[Piece, ...], ...]:
    return (Piece(f"{year}年"),), (Piece(str(months)),), (Piece(figure(amount=Money(fen))),)
