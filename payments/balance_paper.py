"""Put a 银行存款余额调节表 on paper (打印余额调节表): as it was laid down, with who signed it."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from backend.cases.models import Approval
from backend.deployment import is_demo
from backend.kernel.money import Money
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
from backend.people.queries import sights
from payments.balance_signing import CHECK, MAKE, signatures
from payments.balance_table import BANK, BOOK, Laid, Open, read_back
from payments.banks.profile import bank_name
from payments.statement_models import BalanceTable

KINDS = (
    ("加：银行已收、企业未收", BANK, True),
    ("减：银行已付、企业未付", BANK, False),
    ("加：企业已收、银行未收", BOOK, True),
    ("减：企业已付、银行未付", BOOK, False),
)
NOTHING = "没有未达账项。"


def balance_paper(*, table: BalanceTable, on: date) -> Paper:
    """Lay the signed table out as a paper; ``on`` is the day it is printed."""
    laid, signed = read_back(table.content), signatures(table)
    names = sights(
        party_ids={a.person_id for a in signed.values()}
        | ({table.rest_owner} if table.rest_owner else set()),
        on=on,
    )
    told = {party: sight.name for party, sight in names.items()}
    return Paper(
        title="银行存款余额调节表",
        number=f"YHTJ-{table.book_id}-{table.month:%Y%m}-{table.code}-{table.pk}",
        agency=table.book.agency.name,
        issued_on=on,
        body=(
            Fields(
                (
                    Field("账套", table.book.name, wide=True),
                    Field("科目", f"{laid.code} {laid.name}"),
                    Field("月份", str(laid.month)),
                    Field("内容摘要", table.digest, wide=True),
                )
            ),
            _balances(laid),
            _held(laid),
            *([_open(laid.open)] if laid.open else [Paragraphs((NOTHING,))]),
            Paragraphs((_rest(table, told),)),
        ),
        signatures=(
            _signature("编制", signed.get(MAKE), told),
            _signature("复核", signed.get(CHECK), told),
        ),
        marks=(Mark.DEMO,) if is_demo() else (),
    )


def _balances(laid: Laid) -> Table:
    """Both sides, each with what the other knows."""
    kinds = [(label, laid.sum_of(side, came=came)) for label, side, came in KINDS]
    rows = [
        ("企业银行存款日记账余额", laid.book_fen, Style.STRONG),
        *((label, fen, Style.BODY) for label, fen in kinds[:2]),
        ("调节后余额", laid.book_adjusted_fen, Style.STRONG),
        ("银行对账单余额", laid.bank_fen, Style.STRONG),
        *((label, fen, Style.BODY) for label, fen in kinds[2:]),
        ("调节后余额", laid.bank_adjusted_fen, Style.STRONG),
    ]
    return Table(
        columns=(Column("项目", 5), Column("金额（元）", 3, Align.RIGHT)),
        rows=tuple(((Piece(text, s),), (Piece(str(Money(fen)), s),)) for text, fen, s in rows),
    )


def _held(laid: Laid) -> Table:
    columns = (Column("开户银行", 4), Column("账号", 4), Column("月末余额（元）", 3, Align.RIGHT))
    return Table(
        columns=columns,
        rows=tuple(
            (
                (Piece(bank_name(one.bank), Style.BODY),),
                (Piece(one.account_no, Style.BODY),),
                (Piece(str(Money(one.fen)), Style.BODY),),
            )
            for one in laid.held
        ),
        heading="一、银行账户",
    )


def _open(items: Sequence[Open]) -> Table:
    labels = {(side, came): label[2:] for label, side, came in KINDS}
    columns = (
        *(Column("类别", 4), Column("日期", 3), Column("内容", 4), Column("出处", 4)),
        Column("金额（元）", 3, Align.RIGHT),
    )
    return Table(
        columns=columns,
        rows=tuple(
            tuple(
                (Piece(text, Style.BODY),)
                for text in (
                    labels[one.side, one.fen > 0],
                    one.day.isoformat(),
                    one.text,
                    one.where,
                    str(Money(abs(one.fen))),
                )
            )
            for one in items
        ),
        heading="二、未达账项",
    )


def _rest(table: BalanceTable, names: dict[int, str]) -> str:
    if not table.rest_fen:
        return "调节后双方余额相等。"
    owner = names[table.rest_owner] if table.rest_owner else ""
    return f"调节后双方余额仍差 {Money(table.rest_fen)} 元：{table.rest_reason}。责任人：{owner}。"


def _signature(role: str, approval: Approval | None, names: dict[int, str]) -> Signature:
    if approval is None:
        return Signature(role, "")
    return Signature(role, names[approval.person_id], timezone.localdate(approval.signed_at))
