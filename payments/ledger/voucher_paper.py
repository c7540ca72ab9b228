"""Put a voucher on paper (打印记账凭证): its lines, its attachments, the four who stand for it."""

from datetime import date

from backend.deployment import is_demo
from backend.kernel.money import Money
from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Mark,
    Paper,
    Piece,
    Signature,
    Style,
    Table,
)
from backend.people.queries import sights
from payments.ledger.models import Entry, Posting
from payments.ledger.periods import is_year_end, named
from payments.ledger.voucher import Hand, hands_of

SYSTEM = "系统"
YEAR_END = 13  # stands for the month in a number


def voucher_paper(*, entry: Entry, on: date) -> Paper:
    """Lay a voucher out as a paper; ``on`` is the day it is printed."""
    month = YEAR_END if is_year_end(entry.month) else entry.month.month
    return Paper(
        title="记账凭证",
        number=f"JZPZ-{entry.book_id}-{entry.month.year}{month:02d}-{entry.voucher_no:04d}",
        agency=entry.book.agency.name,
        issued_on=on,
        body=(_head(entry), _lines(entry)),
        signatures=_signatures(entry),
        marks=(Mark.DEMO,) if is_demo() else (),
    )


def _head(entry: Entry) -> Fields:
    back = entry.reverses
    took_back = (
        (Field("冲销", f"{named(back.month)} 第 {back.voucher_no} 号凭证", wide=True),)
        if back
        else ()
    )
    return Fields(
        (
            Field("账套", entry.book.name, wide=True),
            Field("凭证号", f"{named(entry.month)} 第 {entry.voucher_no} 号"),
            Field("业务日期", entry.business_date.isoformat()),
            Field("附件", f"{entry.attachments} 张"),
            Field("红字", "是" if entry.red else "否"),
            Field("摘要", entry.summary, wide=True),
            Field("来源", f"{entry.source} {entry.source_id}", wide=True),
            *took_back,
        )
    )


def _lines(entry: Entry) -> Table:
    postings = Posting.objects.filter(entry=entry).select_related("account").order_by("pk")
    rows = [(f"{x.account.code} {x.account.name}", x.dr_fen, x.cr_fen) for x in postings]
    total = ("合计", sum(dr for _, dr, _ in rows), sum(cr for *_, cr in rows))
    columns = (
        Column("科目", 5),
        Column("借方（元）", 2, Align.RIGHT),
        Column("贷方（元）", 2, Align.RIGHT),
    )
    return Table(
        columns=columns,
        rows=(*(_row(*row, Style.BODY) for row in rows), _row(*total, Style.STRONG)),
    )


def _row(title: str, dr_fen: int, cr_fen: int, style: Style) -> tuple[tuple[Piece, ...], ...]:
    amounts = ((Piece(str(Money(fen)) if fen else "", style),) for fen in (dr_fen, cr_fen))
    return ((Piece(title, style),), *amounts)


def _signatures(entry: Entry) -> tuple[Signature, ...]:
    hands = hands_of(entry=entry)
    four = {"制单": hands.made, "复核": hands.checked, "记账": hands.posted, "主管": hands.headed}
    persons = {hand.person_id for hand in four.values() if hand.person_id is not None}
    names = {
        party: sight.name
        for party, sight in sights(party_ids=persons, on=entry.business_date).items()
    }
    return tuple(Signature(role, _name(hand, names), hand.on) for role, hand in four.items())


def _name(hand: Hand, names: dict[int, str]) -> str:
    if hand.on is None:
        return ""
    return SYSTEM if hand.person_id is None else names[hand.person_id]
