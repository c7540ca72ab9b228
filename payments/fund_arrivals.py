"""Book what arrives upon a 用款申请 (拨款到账): from the bank's line, or as the paper says.

What a term deposit brings back is tied to how it was made; any other paper is booked as it is.
"""

from django.db.models import Sum

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from payments.budgets import hold_budget
from payments.deposits import TIED, require_made
from payments.funding_models import FundArrival, FundRequest
from payments.hold_statements import LineState, states
from payments.ledger import fund_papers
from payments.ledger.fund_papers import entry_of
from payments.ledger.models import Posting
from payments.statement_models import LineMatch, MatchKind, StatementLine

PAPER = "FUNDING_ARRIVED"
EXPENDITURE = "1004"  # 支出户存款


class NoRequest(Refusal):
    """Money comes to 支出户 upon an approved request (拨款没有对应的用款申请)."""

    code = "fund_arrival_without_request"


class BeyondRequest(Refusal):
    """More arrives than was asked for (到账超过用款申请)."""

    code = "fund_arrival_beyond_request"


class LineOfOther(Refusal):
    """The bank's line is not that arrival (对账单明细不符)."""

    code = "fund_arrival_other_line"


def check(case: Case) -> int:
    """At its receipt a FUND_PAPER case can be booked as it asks; writes nothing.

    Content: as ``fund_papers.check``; of FUNDING_ARRIVED also ``request``, and ``line`` where it
    is booked from a line of a bank statement; as ``require_made``.

    Raises:
        as ``fund_papers.check``; NoRequest, BeyondRequest, LineOfOther; as ``require_made``.
    """
    fund_papers.check(case)
    if case.content.get("paper") == PAPER:
        _tied(case)
    elif case.content.get("paper") in TIED:
        require_made(case)
    return 0


def decide(case: Case) -> int:
    """The act of a FUND_PAPER case: its voucher, and upon which request it came; rows written.

    Raises:
        as ``check``; RuleUnknown, MonthClosed, MoneyNotHeld.
    """
    if case.content.get("paper") in TIED:
        hold_budget(book_id=content.number(case, "book", "账套"))  # no two at once
        require_made(case)
    if case.content.get("paper") != PAPER:
        return fund_papers.decide(case)
    request, line = _tied(case)
    fund_papers.decide(case)
    entry = entry_of(case_id=case.pk)
    if entry is None:
        raise LookupError(f"case {case.pk} left no voucher")
    _, new = FundArrival.objects.get_or_create(
        entry=entry, defaults={"request": request, "line": line, "case_id": case.pk}
    )
    if new and line is not None:
        posting = Posting.objects.get(entry=entry, account__code=EXPENDITURE)
        LineMatch.objects.create(line=line, posting=posting, kind=MatchKind.BOOKED)
    return int(new) + int(new and line is not None)


def arrived_fen(*, request: FundRequest) -> int:
    """Give what arrived upon a request and was not taken back."""
    live = Posting.objects.filter(
        entry__fundarrival__request=request,
        entry__entry__isnull=True,
        account__code=EXPENDITURE,
    )
    return live.aggregate(fen=Sum("dr_fen"))["fen"] or 0


def _tied(case: Case) -> tuple[FundRequest, StatementLine | None]:
    number = case.content.get("request")
    book = content.number(case, "book", "账套")
    hold_budget(book_id=book)
    rows = FundRequest.objects.filter(book=book)
    request = rows.filter(pk=number if type(number) is int else 0).first()
    if request is None:
        raise NoRequest("请写明这笔拨款对应的本账套用款申请（request）。", case_id=case.pk)
    fen = content.fen(case, "amount", "到账金额")
    if entry_of(case_id=case.pk) is None:
        rest = request.fen - arrived_fen(request=request)
        if fen > rest:
            raise BeyondRequest(
                f"用款申请 {request.document} 还有 {Money(rest)} 元未到账，"
                f"不能登记 {Money(fen)} 元。",
                request=request.pk,
            )
    return request, _line(case, book, fen)


def _line(case: Case, book: int, fen: int) -> StatementLine | None:
    number = content.optional_number(case, "line", "对账单明细")
    if number is None or entry_of(case_id=case.pk) is not None:
        return None
    line = StatementLine.objects.filter(
        pk=number, statement__account__book=book, statement__account__code=EXPENDITURE
    ).first()
    day = content.day(case, "day", "到账日期")
    if line is None or (line.fen, line.day) != (fen, day):
        raise LineOfOther("对账单没有这一笔，或者金额、日期与单据不符。", case_id=case.pk)
    if states(book_id=book, code=EXPENDITURE)[line.pk] is not LineState.BANK_RECEIVED:
        raise LineOfOther("对账单的这一笔已经核对过，不能再登记。", case_id=case.pk)
    return line
