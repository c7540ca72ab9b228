"""The slips of a case's stages (受理回执、补正告知书、不予受理决定书、送达回证). Pure."""

from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
from backend.papers.paper import (
    Align,
    Block,
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
from insurance.policy.remedy import further_remedy, remedy

HOW_TO_SIGN = (
    "本人收到上列文书，签名并写明日期。代收的，代收人签名，写明与受送达人的关系。"
    "拒绝签收的，写明拒收事由和日期，由送达人、见证人签名，留在住所，或者拍照、录像。"
    "邮寄、公告送达的，由送达人写明邮件号或者公告载体和日期，附回执或者公告。"
)


@dataclass(frozen=True)
class Applicant:
    """Who applies for what (申请人), and who came for him."""

    person_name: str
    id_number: str
    case: int
    applied: str  # 失业保险金申领
    filed_on: date
    agent: str = ""  # 李建国（委托，代办登记 12）


@dataclass(frozen=True)
class Handed:
    """A thing that was handed in (材料)."""

    title: str
    form: str
    pages: int


@dataclass(frozen=True)
class Due:
    """Within how many working days it is decided, and what says so."""

    days: int
    due_on: date
    said_by: str


@dataclass(frozen=True)
class Receipt:
    """That a case was accepted."""

    applicant: Applicant
    accepted_on: date
    materials: tuple[Handed, ...]
    due: Due | None


@dataclass(frozen=True)
class CorrectionNotice:
    """What is missing, why, and until when to bring it."""

    applicant: Applicant
    missing: tuple[tuple[str, str], ...]  # what, why
    asked_on: date
    answer_by: date


@dataclass(frozen=True)
class Declined:
    """That a case is not accepted, and why."""

    applicant: Applicant
    reason: str  # signed
    correction: str  # what came of a correction; empty: none was asked for
    of_objection: bool


@dataclass(frozen=True)
class DeliveryRecord:
    """What is to be delivered to whom (送达回证); the rest is filled in by hand."""

    addressee: str  # 受送达人
    person_name: str  # of whom the paper speaks
    id_number: str
    paper_title: str
    paper_number: str
    paper_on: date
    case: int
    agent: str = ""


def receipt(*, said: Receipt, issued: Issued) -> Paper:
    """Write the receipt of acceptance (受理回执)."""
    return _form(
        "受理回执",
        issued,
        Fields(
            (
                *_whose(said.applicant),
                Field("受理日期", spoken_day(day=said.accepted_on)),
                *_until(said.due),
            )
        ),
        _handed(said.materials),
        receiver="本回执已收到。",
    )


def correction_notice(*, said: CorrectionNotice, issued: Issued) -> Paper:
    """Tell all that is missing, once (补正告知书)."""
    day, filed = spoken_day(day=said.answer_by), spoken_day(day=said.applicant.filed_on)
    told = (
        f"您{filed}提交的“{said.applicant.applied}”申请（业务件{said.applicant.case}），材料不齐全或者不符合要求。"
        f"需要补正的全部内容一次告知如下，请在{day}以前（含当日）补正，地点：{issued.office.place}。"
        "补正以后我们继续办理，补正的时间不计算在办理期限内；逾期没有补正的，可以不予受理，您可以备齐以后重新申请。"
    )
    rows = tuple(
        ((Piece(str(place)),), (Piece(what, Style.STRONG),), (Piece(why),))
        for place, (what, why) in enumerate(said.missing, start=1)
    )
    columns = (
        Column("序号", 8, Align.CENTRE),
        Column("需要补正的内容", 46),
        Column("为什么需要", 46),
    )
    return issued.paper(
        title="补正告知书",
        addressee=said.applicant.person_name,
        body=(
            Paragraphs((told,)),
            Fields(_whose(said.applicant)),
            Table(columns, rows, heading="需要补正的内容"),
        ),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
    )


def declined_notice(*, said: Declined, issued: Issued) -> Paper:
    """Tell that an application is not accepted, why, and what may be done (不予受理决定书)."""
    ways = further_remedy if said.of_objection else remedy
    filed = spoken_day(day=said.applicant.filed_on)
    told = f"您{filed}提交的“{said.applicant.applied}”申请，经审查，决定不予受理。"
    corrected = (Field("补正情况", said.correction, wide=True),) if said.correction else ()
    return issued.paper(
        title="不予受理决定书",
        addressee=said.applicant.person_name,
        body=(
            Paragraphs((told,)),
            Fields(
                (
                    *_whose(said.applicant),
                    *corrected,
                    Field("不予受理的理由", said.reason, wide=True, style=Style.STRONG),
                )
            ),
        ),
        remedy=ways(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到。",), wide=True),
        ),
    )


def delivery_record(*, said: DeliveryRecord, issued: Issued) -> Paper:
    """Write what whoever receives a paper signs (送达回证)."""
    agent = (Field("代办人", said.agent, wide=True),) if said.agent else ()
    return issued.paper(
        title="送达回证",
        body=(
            Fields(
                (
                    Field("受送达人", said.addressee, style=Style.STRONG, wide=True),
                    Field("当事人", said.person_name),
                    Field("证件号码", said.id_number),
                    *agent,
                    Field("送达文书", said.paper_title, wide=True),
                    Field("文书编号", said.paper_number, wide=True),
                    Field("文书日期", spoken_day(day=said.paper_on)),
                    Field("业务件", str(said.case)),
                    Field("送达方式", "□当面　□邮寄　□委托　□留置　□公告", wide=True),
                    Field("送达地点", "　", wide=True),
                    Field("代收人与受送达人的关系", "　", wide=True),
                    Field("邮件号、公告载体等", "　", wide=True),
                )
            ),
            Paragraphs((HOW_TO_SIGN,)),
        ),
        signatures=(
            Signature("送达人（签名）"),
            Signature("见证人（签名）"),
            Signature("受送达人或者代收人（签名）", statement=("上列文书已收到。",), wide=True),
        ),
    )


def _form(title: str, issued: Issued, *body: Block | None, receiver: str) -> Paper:
    return issued.paper(
        title=title,
        body=tuple(block for block in body if block is not None),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=(receiver,)),
        ),
    )


def _whose(applicant: Applicant) -> tuple[Field, ...]:
    agent = (Field("代办人", applicant.agent, wide=True),) if applicant.agent else ()
    return (
        Field("申请人", applicant.person_name, style=Style.STRONG),
        Field("证件号码", applicant.id_number),
        *agent,
        Field("申请事项", applicant.applied, wide=True),
        Field("业务件", str(applicant.case)),
        Field("收件日期", spoken_day(day=applicant.filed_on)),
    )


def _until(due: Due | None) -> tuple[Field, ...]:
    if due is None:
        return ()
    return (
        Field("办理期限", f"{due.days}个工作日"),
        Field("到期日期", spoken_day(day=due.due_on)),
        Field("依据", due.said_by, wide=True),
    )


def _handed(materials: tuple[Handed, ...]) -> Table | None:
    if not materials:
        return None
    columns = (
        Column("序号", 10, Align.CENTRE),
        Column("收取的材料", 54),
        Column("形式", 20, Align.CENTRE),
        Column("页数", 16, Align.CENTRE),
    )
    rows = tuple(
        ((Piece(str(place)),), (Piece(one.title),), (Piece(one.form),), (Piece(str(one.pages)),))
        for place, one in enumerate(materials, start=1)
    )
    return Table(columns, rows, heading="材料清单")
