"""Ask an employer for the lists that it owes (限期报送通知书): of whom, since when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
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
    Table,
)

TITLE = "失业人员名单限期报送通知书"
COLUMNS = (
    Column("姓名", 100),
    Column("公民身份号码", 140),
    Column("参保终止", 90),
    Column("报送截止", 90),
    Column("逾期天数", 48, Align.RIGHT),
)


@dataclass(frozen=True)
class Missing:
    """Of whom no certificate came."""

    name: str
    id_number: str
    ended_by: date
    due_on: date
    days: int


@dataclass(frozen=True)
class OverdueNotice:
    """What an employer is asked for."""

    employer: str
    credit_code: str
    missing: Sequence[Missing]
    article: str


def overdue_notice(
    *,
    notice: OverdueNotice,
    number: str,
    agency: str,
    on: date,
    clerk: str,
    marks: tuple[Mark, ...],
) -> Paper:
    """Write the notice; it decides nothing, so it names no remedy."""
    said = (
        f"下列人员已由贵单位终止失业保险参保，至{spoken_day(day=on)}没有收到终止或者解除劳动关系的证明和"
        "失业人员名单。请立即报送；已经就业或者不属于失业的，请书面说明。"
    )
    return Paper(
        title=TITLE,
        number=number,
        agency=agency,
        issued_on=on,
        addressee=notice.employer,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("统一社会信用代码", notice.credit_code),
                    Field("人数", str(len(notice.missing))),
                    Field("依据", notice.article, wide=True),
                )
            ),
            Table(COLUMNS, tuple(map(_row, notice.missing)), "未报送的人员"),
        ),
        marks=marks,
        signatures=(
            Signature("经办人", clerk, on),
            Signature("单位收件人（签名）", statement=("本通知书已收到。",)),
        ),
    )


def _row(one: Missing) -> tuple[tuple[Piece, ...], ...]:
    told = (one.name, one.id_number, str(one.ended_by), str(one.due_on), str(one.days))
    return tuple((Piece(text),) for text in told)
