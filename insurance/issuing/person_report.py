"""What is held about a person, who looked, why and how long (个人信息报告). Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Mark,
    Paper,
    Paragraphs,
    Piece,
    Signature,
    Style,
    Table,
)

TITLE = "个人信息报告"
OPEN_END = "至今"
UNKNOWN = "—"
# Whoever prints the report is not to learn whom supervision looks into.
SUPERVISED = "稽核、审计人员的查看不印在本报告，本人凭社会保障卡在自助终端可以看到全部。"


@dataclass(frozen=True)
class Fact:
    """A name or number in time (姓名、证件的历史)."""

    label: str
    value: str
    since: date | None
    until: date | None
    recorded_on: date


@dataclass(frozen=True)
class Held:
    """Rows of one kind, what they tell, and since when they are held."""

    label: str
    told: tuple[str, ...]
    rows: int
    since: date | None


@dataclass(frozen=True)
class HeldFor:
    """What is held for one purpose (处理目的), by which text, for how long."""

    label: str
    purpose: str
    basis: str
    keep: str
    held: tuple[Held, ...]


@dataclass(frozen=True)
class Matter:
    """A case about the person (业务件): what came of it, and what was handed in with it."""

    number: str
    kind: str
    received_on: date
    state: str
    materials: tuple[str, ...]


@dataclass(frozen=True)
class Looked:
    """Somebody saw the person in full (查看记录)."""

    at: datetime
    who: str
    where: str
    what: str
    purpose: str


@dataclass(frozen=True)
class PersonReport:
    """Everything that the report tells."""

    name: str
    id_number: str
    particulars: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    accounts: tuple[Fact, ...]
    groups: tuple[HeldFor, ...]
    matters: tuple[Matter, ...]
    looks: tuple[Looked, ...]
    rights: str  # by which text a person may ask and have things put right
    purpose: str  # for what the report was asked for


def person_report(
    *, report: PersonReport, number: str, agency: str, on: date, clerk: str, marks: tuple[Mark, ...]
) -> Paper:
    """Write the report."""
    return Paper(
        title=TITLE,
        number=number,
        agency=agency,
        issued_on=on,
        addressee=report.name,
        body=(
            Paragraphs((_about(report),)),
            Fields(
                tuple(
                    Field(label, value)
                    for label, value in (
                        ("姓名", report.name),
                        ("证件号码", report.id_number),
                        *report.particulars,
                    )
                ),
                heading="一、本人信息",
            ),
            _history("姓名、证件的历史", report.facts),
            *((_history("收款账户（只列首尾）", report.accounts),) if report.accounts else ()),
            *(_held(place, group) for place, group in enumerate(report.groups)),
            *((_matters(report.matters),) if report.matters else ()),
            _looks(report.looks),
            Paragraphs(
                (
                    "各项记录的具体内容，可以在窗口查阅、打印。",
                    "认为信息不准确、不完整的，可以带证明材料到窗口要求更正、补充。",
                    "认为查看没有正当理由的，可以向本机构反映，我们用审计记录核实后答复。",
                    f"依据：{report.rights}。",
                ),
                heading="四、本人的权利",
            ),
        ),
        signatures=(
            Signature("经办人", clerk, on),
            Signature("领取人（签名）", statement=("本报告已收到。",), wide=True),
        ),
        marks=marks,
    )


def _about(report: PersonReport) -> str:
    return (
        f"应您的申请（用途：{report.purpose}），现将本系统持有的您的个人信息、处理目的、保存期限，"
        "以及谁为什么查看过您的信息，报告如下。"
    )


def _history(heading: str, facts: tuple[Fact, ...]) -> Table:
    return Table(
        columns=(
            Column("项目", 18),
            Column("内容", 34),
            Column("自", 16, Align.CENTRE),
            Column("至", 16, Align.CENTRE),
            Column("登记", 16, Align.CENTRE),
        ),
        rows=tuple(
            (
                (Piece(fact.label),),
                (Piece(fact.value),),
                (Piece(_day(fact.since)),),
                (Piece(OPEN_END if fact.until is None else _day(fact.until)),),
                (Piece(_day(fact.recorded_on)),),
            )
            for fact in facts
        ),
        heading=heading,
    )


def _held(place: int, group: HeldFor) -> Table:
    return Table(
        columns=(
            Column("记录", 22),
            Column("内容", 52),
            Column("条数", 10, Align.RIGHT),
            Column("自何时", 16, Align.CENTRE),
        ),
        rows=tuple(
            (
                (Piece(held.label),),
                (Piece("、".join(held.told) or "编号、状态、时间", Style.SMALL),),
                (Piece(f"{held.rows:,}"),),
                (Piece(_day(held.since)),),
            )
            for held in group.held
        ),
        heading=f"{'二、持有的个人信息：' if place == 0 else ''}{group.label}",
        note=f"目的：{group.purpose}。依据：{group.basis}。保存：{group.keep}。",
    )


def _matters(matters: tuple[Matter, ...]) -> Table:
    return Table(
        columns=(
            Column("业务件", 18),
            Column("办理什么", 24),
            Column("收件", 14, Align.CENTRE),
            Column("状态", 12),
            Column("交来的材料", 32),
        ),
        rows=tuple(
            (
                (Piece(matter.number, Style.SMALL),),
                (Piece(matter.kind),),
                (Piece(_day(matter.received_on)),),
                (Piece(matter.state),),
                (Piece("、".join(matter.materials) or UNKNOWN, Style.SMALL),),
            )
            for matter in matters
        ),
        heading="业务件和交来的材料",
        note="材料只列名称；材料的影像、申请的内容，可以在窗口查阅。已归档的另写档号和件号。",
    )


def _looks(looks: tuple[Looked, ...]) -> Table | Paragraphs:
    heading = "三、谁查看过"
    if not looks:
        return Paragraphs(("没有办理业务的人员查看过。", SUPERVISED), heading=heading)
    return Table(
        columns=(
            Column("时间", 16),
            Column("机构、大厅", 20),
            Column("账号", 14),
            Column("查看了什么", 32),
            Column("用途", 18),
        ),
        rows=tuple(
            (
                (Piece(f"{look.at:%Y-%m-%d %H:%M}"),),
                (Piece(look.where),),
                (Piece(look.who),),
                _what(look.what),
                (Piece(look.purpose),),
            )
            for look in looks
        ),
        heading=heading,
        note="出具本报告本身也登记为一次查看。没有指定本人的清单查询不在此列。" + SUPERVISED,
    )


def _what(what: str) -> tuple[Piece, ...]:
    """A paper's number on a line of its own: it is long."""
    kind, _, number = what.partition(" ")
    return (Piece(kind), Piece(number, Style.SMALL)) if number else (Piece(kind),)


def _day(day: date | None) -> str:
    return UNKNOWN if day is None else day.isoformat()
