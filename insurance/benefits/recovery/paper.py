"""The papers of a recovery (告知书、责令退回决定书、抵扣决定书、撤销追回通知书): what was paid
too much, what to do, what is kept, or that nothing is asked for any more. Pure.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.money import Money
from backend.papers.figures import figure, spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature, Style
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy


@dataclass(frozen=True)
class Demand:
    """What is asked back, from whom, why, and by which day."""

    addressee: str
    person_name: str
    id_number: str
    insurance: str
    fen: int
    facts: str
    document: str  # 文书号
    until: date  # to state one's view; to pay
    stated: str = ""  # what the party said to the notice


@dataclass(frozen=True)
class Closing:
    """That a recovery is asked for no more, and why."""

    addressee: str
    person_name: str
    id_number: str
    insurance: str
    notified_on: date
    notice: str  # 告知书文号
    fen: int  # as notified
    document: str  # 文书号
    reason: str


@dataclass(frozen=True)
class Kept:
    """What is kept of what is due, or that no more is kept (抵扣)."""

    addressee: str
    person_name: str
    id_number: str
    insurance: str
    order: str  # 责令退回决定书文号
    ordered_fen: int
    document: str  # 文书号
    said: str  # what is kept of what, from when on
    kept: tuple[str, int]  # by its name
    most: str  # how much of a month at most; empty: kept once
    ended: bool


def set_off_decision(*, kept: Kept, issued: Issued) -> Paper:
    """Tell what is kept of what is due, or that it ends, and what may be done against it."""
    name, fen = kept.kept
    most = (Field("每月最多", kept.most, wide=True),) if kept.most else ()
    return Paper(
        title="终止抵扣决定书" if kept.ended else "抵扣决定书",
        number=issued.number,
        agency=issued.office.agency,
        issued_on=issued.on,
        addressee=kept.addressee,
        body=(
            Paragraphs((kept.said,)),
            Fields(
                (
                    Field("待遇领取人", kept.person_name),
                    Field("公民身份号码", kept.id_number),
                    Field("险种", kept.insurance),
                    Field("文书号", kept.document),
                    Field("责令退回决定书", kept.order),
                    Field("责令退回金额（元）", figure(amount=Money(kept.ordered_fen))),
                    Field(f"{name}（元）", figure(amount=Money(fen)), style=Style.AMOUNT),
                    *most,
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到。",)),
        ),
        marks=issued.marks,
    )


def recovery_notice(*, demand: Demand, issued: Issued) -> Paper:
    """Tell that something is to be asked back; until when a view may be stated. Decides nothing."""
    day = spoken_day(day=demand.until)
    said = (
        f"经查，多发了下列待遇，拟责令退回。您可以在{day}以前向我们陈述事实、提出申辩，"
        f"口头、书面都可以（{issued.office.place}）。您说的，我们会核实以后再作决定；到期不说的，不影响作出决定。"
    )
    return Paper(
        title="追回多发待遇告知书",
        number=issued.number,
        agency=issued.office.agency,
        issued_on=issued.on,
        addressee=demand.addressee,
        body=(
            Paragraphs((said,)),
            Fields((*_what(demand), Field("陈述申辩期限", f"{day}以前"))),
        ),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
        marks=issued.marks,
    )


def recovery_order(*, demand: Demand, issued: Issued) -> Paper:
    """Order to give it back by a day, and say what may be done against it."""
    day = spoken_day(day=demand.until)
    said = (
        f"我们已经告知您多发待遇的事实和陈述申辩的权利。现责令您在{day}以前退回下列金额。"
        "一次退回有困难的，可以和我们签还款协议，分期退回。"
    )
    view = demand.stated or "告知的期限内没有陈述申辩。"
    return Paper(
        title="责令退回多发待遇决定书",
        number=issued.number,
        agency=issued.office.agency,
        issued_on=issued.on,
        addressee=demand.addressee,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    *_what(demand),
                    Field("退回期限", f"{day}以前"),
                    Field("陈述申辩", view, wide=True),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到（送达回证）。",)),
        ),
        marks=issued.marks,
    )


def recovery_closed(*, closing: Closing, issued: Issued) -> Paper:
    """Tell that nothing is asked for by this recovery any more."""
    day = spoken_day(day=closing.notified_on)
    said = (
        f"我们{day}告知您拟追回多发的待遇（{closing.notice}）。这项追回现予撤销（终结），"
        "不再据以要求退回，也不再据以抵扣。已经退回、抵扣的，多于应退回的部分退还给您；"
        "以后另有应退回的，我们重新告知。"
    )
    return Paper(
        title="撤销追回通知书",
        number=issued.number,
        agency=issued.office.agency,
        issued_on=issued.on,
        addressee=closing.addressee,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("待遇领取人", closing.person_name),
                    Field("公民身份号码", closing.id_number),
                    Field("险种", closing.insurance),
                    Field("文书号", closing.document),
                    Field(
                        "原告知金额（元）",
                        figure(amount=Money(closing.fen)),
                        style=Style.AMOUNT,
                    ),
                    Field("撤销或终结的原因", closing.reason, wide=True),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本通知书已收到。",)),
        ),
        marks=issued.marks,
    )


def _what(demand: Demand) -> tuple[Field, ...]:
    return (
        Field("待遇领取人", demand.person_name),
        Field("公民身份号码", demand.id_number),
        Field("险种", demand.insurance),
        Field("文书号", demand.document),
        Field("金额（元）", figure(amount=Money(demand.fen)), style=Style.AMOUNT),
        Field("查明的事实", demand.facts, wide=True),
    )
