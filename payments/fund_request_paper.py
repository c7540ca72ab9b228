"""Put a 用款申请 on paper (打印用款申请): by item beside the budget, and the batches it is for."""

from datetime import date

from django.utils import timezone

from backend.cases.decide import DECIDE, REVIEW
from backend.cases.kinds import CASE
from backend.cases.models import Approval, Case
from backend.deployment import is_demo
from backend.kernel.money import Money
from backend.kernel.months import Month
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
from payments.banks.profile import bank_name
from payments.budgets import used
from payments.fund_requests import by_item
from payments.funding_models import FundRequest
from payments.models import Batch

Cells = tuple[str, ...]
LABELS = {REVIEW: "复核", DECIDE: "审批"}


def request_paper(*, request: FundRequest, on: date) -> Paper:
    """Lay an approved request out as a paper; ``on`` is the day it is printed."""
    case = Case.objects.get(pk=request.case_id)
    batches = list(Batch.objects.filter(fundrequestbatch__request=request).order_by("id"))
    return Paper(
        title="用款申请",
        number=f"YKSQ-{request.book_id}-{request.month:%Y%m}-{request.pk}",
        agency=request.book.agency.name,
        issued_on=on,
        body=(
            Fields(
                (
                    Field("账套", request.book.name, wide=True),
                    Field("申请单号", request.document),
                    Field("用款月份", str(Month.of(request.month))),
                    Field("申请金额", f"{Money(request.fen)} 元"),
                    Field("收款账户", "支出户"),
                )
            ),
            _items(request, batches),
            *([_batches(batches)] if batches else []),
        ),
        signatures=_signatures(case, on),
        marks=(Mark.DEMO,) if is_demo() else (),
    )


def _items(request: FundRequest, batches: list[Batch]) -> Table:
    """Budget, what was asked for before, this request, what is left, and what the batches need."""
    asked = dict(request.lines.values_list("code", "fen"))
    before = used(
        book_id=request.book_id,
        year=request.month.year,
        before=request.pk,
        at=request.recorded_at,
    )
    needed = by_item(
        book=request.book,
        month=Month.of(request.month),
        batch_ids=[batch.pk for batch in batches],
    )
    rows = [
        (
            one.name,
            one.budget_fen,
            one.asked_fen,
            asked.get(one.code, 0),
            one.rest_fen - asked.get(one.code, 0),
            needed.get(one.code, 0),
        )
        for one in before
    ]
    total = tuple(sum(row[n] for row in rows) for n in range(1, 6))  # type: ignore[misc]
    cells: list[Cells] = [(row[0], *(str(Money(fen)) for fen in row[1:])) for row in rows]
    last: Cells = ("合计", *(str(Money(fen)) for fen in total))
    heads = ("本年预算", "此前已申请", "本次申请", "预算余额", "预计发放批次")
    return Table(
        columns=(Column("项目", 5), *(Column(head, 3, Align.RIGHT) for head in heads)),
        rows=(*(_row(one, Style.BODY) for one in cells), _row(last, Style.STRONG)),
        heading="一、用款项目（元）",
    )


def _batches(batches: list[Batch]) -> Table:
    cells: list[Cells] = [
        (
            one.no,
            bank_name(one.bank),
            one.pay_date.isoformat(),
            str(one.line_count),
            str(Money(one.fen)),
        )
        for one in batches
    ]
    return Table(
        columns=(
            *(Column("批次", 6), Column("银行", 3), Column("发放日", 3)),
            *(Column("笔数", 2, Align.RIGHT), Column("金额（元）", 3, Align.RIGHT)),
        ),
        rows=tuple(_row(one, Style.BODY) for one in cells),
        heading="二、预计发放批次",
    )


def _row(cells: Cells, style: Style) -> tuple[tuple[Piece, ...], ...]:
    return tuple((Piece(text, style),) for text in cells)


def _signatures(case: Case, on: date) -> tuple[Signature, ...]:
    """Who drafted, checked and approved it, each on his day."""
    signed = Approval.objects.filter(
        subject_kind=CASE, subject_id=case.pk, step__in=LABELS, digest=case.digest
    )
    hands = [("编制", case.received_by, case.received_at)]
    hands += [(LABELS[one.step], one.person_id, one.signed_at) for one in signed.order_by("id")]
    told = sights(party_ids={person for _, person, _ in hands if person is not None}, on=on)
    return tuple(
        Signature(role, told[person].name, timezone.localdate(at))
        for role, person, at in hands
        if person is not None
    )
