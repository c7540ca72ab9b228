"""The papers of a recovery (告知书、责令退回决定书、还款协议、抵扣决定书、申请书、通知书): what was
paid too much, what to do, what is kept, or that nothing is asked for any more. Pure.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.money import Money
from backend.papers.figures import figure, spoken_day
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
from insurance.benefits.recovery.reckoning import ORDER
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.step_table import StepDoesNotHold, require_explained, step_table
from insurance.policy.steps import Step

HEADING = "金额怎样得来"
INSTALMENTS = (
    Column("期次", 100),
    Column("应还日期", 184),
    Column("金额（元）", 184, Align.RIGHT),
)


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
    steps: tuple[Step, ...]  # how the amount came about
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
    amount: tuple[str, int]  # what is kept, or what is left where no more is, by its name
    most: str  # how much of a month at most; empty: kept once
    ended: bool
    steps: tuple[Step, ...]  # how the amounts came about


def set_off_decision(*, kept: Kept, issued: Issued) -> Paper:
    """Tell what is kept of what is due, or that it ends, and what may be done against it.

    Raises:
        AmountUnexplained, StepDoesNotHold: an amount is not what the steps give.
    """
    name, fen = kept.amount
    amounts = ((ORDER, Money(kept.ordered_fen)), (name, Money(fen)))
    require_explained(amounts=amounts, steps=kept.steps)
    most = (Field("每月最多", kept.most, wide=True),) if kept.most else ()
    return issued.paper(
        title="终止抵扣决定书" if kept.ended else "抵扣决定书",
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
                    Field(f"{ORDER}（元）", figure(amount=Money(kept.ordered_fen))),
                    Field(f"{name}（元）", figure(amount=Money(fen)), style=Style.AMOUNT),
                    *most,
                )
            ),
            step_table(steps=kept.steps, heading=HEADING),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到。",)),
        ),
    )


def recovery_notice(*, demand: Demand, issued: Issued) -> Paper:
    """Tell that something is to be asked back; until when a view may be stated. Decides nothing.

    Raises:
        StepDoesNotHold: the amount is not what its steps give.
    """
    day = spoken_day(day=demand.until)
    said = (
        f"经查，多发了下列待遇，拟责令退回。您可以在{day}以前向我们陈述事实、提出申辩，"
        f"口头、书面都可以（{issued.office.place}）。您说的，我们会核实以后再作决定；到期不说的，不影响作出决定。"
    )
    return issued.paper(
        title="追回多发待遇告知书",
        addressee=demand.addressee,
        body=(
            Paragraphs((said,)),
            Fields((*_what(demand), Field("陈述申辩期限", f"{day}以前"))),
            _reckoned(demand),
        ),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
    )


def recovery_order(*, demand: Demand, issued: Issued) -> Paper:
    """Order to give it back by a day, and say what may be done against it.

    Raises:
        StepDoesNotHold: the amount is not what its steps give.
    """
    day = spoken_day(day=demand.until)
    said = (
        f"我们已经告知您多发待遇的事实和陈述申辩的权利。现责令您在{day}以前退回下列金额。"
        "一次退回有困难的，可以和我们签还款协议，分期退回。"
    )
    view = demand.stated or "告知的期限内没有陈述申辩。"
    return issued.paper(
        title="责令退回多发待遇决定书",
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
            _reckoned(demand),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到（送达回证）。",)),
        ),
    )


@dataclass(frozen=True)
class Instalment:
    """What is paid by which day (分期)."""

    due_on: date
    fen: int


@dataclass(frozen=True)
class Agreement:
    """How what was ordered is paid (还款协议)."""

    addressee: str
    person_name: str
    id_number: str
    insurance: str
    order: str  # 责令退回决定书文号
    document: str  # 协议编号
    agreed_on: date
    fen: int
    instalments: tuple[Instalment, ...]


@dataclass(frozen=True)
class Application:
    """What a court is asked to enforce (强制执行申请)."""

    court: str
    addressee: str
    person_name: str
    id_number: str
    insurance: str
    order: str  # 责令退回决定书文号
    ordered_on: date
    served_on: date
    served_how: str  # 直接送达, 邮寄送达, …
    pay_by: date
    fen: int  # as ordered
    document: str  # 申请书文号


def recovery_agreement(*, agreement: Agreement, issued: Issued) -> Paper:
    """Write what both sides agree to; it decides nothing and takes no way of objection."""
    signed = spoken_day(day=agreement.agreed_on)
    said = (
        (
            f"乙方按责令退回决定书（{agreement.order}）应退回多发的待遇，现与甲方{issued.office.agency}"
            f"于{signed}约定，按下表分期退回，共 {figure(amount=Money(agreement.fen))} 元。"
        ),
        (
            "乙方可以提前退清。逾期不退的，甲方可以依法从乙方以后的同一险种待遇、个人账户余额中抵扣，"
            "或者申请人民法院强制执行。"
        ),
        "本协议不影响乙方对责令退回决定提出异议、申请行政复议、提起行政诉讼。",
    )
    return issued.paper(
        title="多发待遇还款协议",
        body=(
            Fields(
                (
                    Field("乙方", agreement.addressee, style=Style.STRONG),
                    Field("协议编号", agreement.document),
                    Field("待遇领取人", agreement.person_name),
                    Field("公民身份号码", agreement.id_number),
                    Field("险种", agreement.insurance, wide=True),
                )
            ),
            Paragraphs(said),
            Table(
                INSTALMENTS,
                tuple(
                    _instalment(place, one) for place, one in enumerate(agreement.instalments, 1)
                ),
                "分期退回",
            ),
        ),
        signatures=(
            Signature("乙方（签名）", statement=("以上约定我已看过，同意。",), wide=True),
            *issued.signatures,
            Signature("甲方（盖章）", wide=issued.approver is not None),
        ),
    )


def court_application(*, application: Application, issued: Issued) -> Paper:
    """Ask the court to enforce an order that nobody objected to in time."""
    ordered, served, until = (
        spoken_day(day=day)
        for day in (application.ordered_on, application.served_on, application.pay_by)
    )
    said = (
        (
            f"我们{ordered}作出责令退回决定书（{application.order}），{served}{application.served_how}，"
            f"责令被申请人在{until}以前退回下列金额。期限已满，被申请人没有全部退回。"
        ),
        "现申请依法强制执行。其中已经退回、抵扣的，以申请时所附的清单为准。",
    )
    return issued.paper(
        title="强制执行申请书",
        addressee=application.court,
        body=(
            Paragraphs(said),
            Fields(
                (
                    Field("申请人", issued.office.agency, wide=True),
                    Field("被申请人", application.addressee, style=Style.STRONG),
                    Field("申请书文号", application.document),
                    Field("待遇领取人", application.person_name),
                    Field("公民身份号码", application.id_number),
                    Field("险种", application.insurance),
                    Field(
                        "责令退回金额（元）",
                        figure(amount=Money(application.fen)),
                        style=Style.AMOUNT,
                    ),
                )
            ),
        ),
        signatures=(
            *issued.signatures,
            Signature("申请人（盖章）", wide=issued.approver is not None),
        ),
    )


def recovery_closed(*, closing: Closing, issued: Issued) -> Paper:
    """Tell that nothing is asked for by this recovery any more."""
    day = spoken_day(day=closing.notified_on)
    said = (
        f"我们{day}告知您拟追回多发的待遇（{closing.notice}）。这项追回现予撤销（终结），"
        "不再据以要求退回，也不再据以抵扣。已经退回、抵扣的，多于应退回的部分退还给您；"
        "以后另有应退回的，我们重新告知。"
    )
    return issued.paper(
        title="撤销追回通知书",
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


def _reckoned(demand: Demand) -> Table:
    """The steps, the last of which gives the amount."""
    last = demand.steps[-1]
    if last.result != str(Money(demand.fen)):
        raise StepDoesNotHold(
            "金额与计算过程不符，文书不能打印，请告诉系统管理员。", step=last.name
        )
    return step_table(steps=demand.steps, heading=HEADING)


def _instalment(place: int, one: Instalment) -> tuple[tuple[Piece, ...], ...]:
    return (
        (Piece(f"第{place}期"),),
        (Piece(f"{spoken_day(day=one.due_on)}以前"),),
        (Piece(figure(amount=Money(one.fen)), Style.STRONG),),
    )
