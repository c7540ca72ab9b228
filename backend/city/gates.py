"""Where a month waits, and for whom (待办环节): read from what is there, kept nowhere."""

from dataclasses import dataclass

from backend.city import collection_steps as collection
from backend.city import month_steps as steps
from backend.city.fund_steps import under_way, unpaid_lists
from backend.kernel.months import Month
from insurance.benefits.conditions import ConditionMissing, MatchUnconfirmed
from insurance.benefits.models import Run, RunState
from payments.ledger.models import LedgerMonth
from payments.ledger.year_end import not_carried
from payments.models import Batch, BatchState
from payments.reconcile import open_decisions
from payments.signing import STEPS

SETTLED = (BatchState.EMPTY, BatchState.CLOSED)


@dataclass(frozen=True)
class Gate:
    """A step that only people, a bank, or the archive can take (待办): a sentence to act on."""

    step: str
    role: str
    detail: str


def gate_of(*, period: Month) -> Gate | None:
    """The gate at which the month stands when all is done that goes on by itself; None at its end.

    Raises:
        Refusal: the month can not be opened for another reason than a missing condition.
    """
    run = Run.objects.filter(period=period.first_day).first()
    if run is None or run.state != RunState.SEALED:
        return _sealing(period)
    return (
        _signing(period)
        or _sending(period)
        or _answering(period)
        or _deciding(period)
        or contributing(period=period)
        or collecting(period=period)
        or arriving(period=period)
        or _closing(period)
    )


def _sealing(period: Month) -> Gate | None:
    try:
        steps.require_conditions(period=period)
    except MatchUnconfirmed as waiting:
        return Gate("DEATHS", "经办、复核", waiting.detail)
    except ConditionMissing as missing:
        return Gate("SEAL", "财务、审批", missing.detail)
    return None


def _signing(period: Month) -> Gate | None:
    for step in STEPS.values():
        waiting = steps.batches_in(period=period, state=step.before)
        if waiting:
            return Gate(step.name, step.role.label, f"{step.label}批次 {_numbers(waiting)}。")
    return None


def _sending(period: Month) -> Gate | None:
    waiting = steps.batches_in(period=period, state=BatchState.SENDING)
    if not waiting:
        return None
    return Gate("SENDING", "系统", f"{_numbers(waiting)} 等待送盘；开着归档的，放款归档后送出。")


def _answering(period: Month) -> Gate | None:
    waiting = steps.batches_in(period=period, state=BatchState.SENT)
    return Gate("RETURN", "银行", f"等待回盘：{_numbers(waiting)}") if waiting else None


def _deciding(period: Month) -> Gate | None:
    batches = Batch.objects.filter(period=period.first_day).order_by("id")
    count = sum(open_decisions(batch=batch) for batch in batches)
    if count == 0 and not batches.exclude(state__in=SETTLED).exists():
        return None
    return Gate("DECIDE", "财务、复核", f"{count} 条对账差异须由财务提出、复核人决定后才能平账。")


def contributing(*, period: Month, agency_id: int | None = None) -> Gate | None:
    """What a fund pays into another is of the month whose books it stands in; of an agency: what it
    has to pay."""
    lists = unpaid_lists(period=period)
    count = sum(one.line_count for one in lists if agency_id in (None, one.book.agency_id))
    if not count:
        return None
    return Gate("CONTRIBUTIONS", "财务", f"失业保险基金代缴名册 {count} 笔须由财务付款、两人审批。")


def arriving(*, period: Month) -> Gate | None:
    """What is under way to another agency, which books the arrival; nobody's close waits for it."""
    waiting = under_way(period=period)
    if not waiting:
        return None
    names = "、".join(sorted({one.into.agency.name for one in waiting}))
    detail = f"失业保险基金代缴付款 {len(waiting)} 笔在途，须由{names}的财务登记到账、复核人决定。"
    return Gate("CONTRIBUTIONS", "收款机构财务、复核", detail)


def collecting(*, period: Month) -> Gate | None:
    """The books of a month are not closed before its money is known."""
    if not collection.awaits_tax(period=period):
        return None
    refused = collection.refused_receipts()
    if refused is not None:
        detail = f"第 {refused.serial} 号入库明细文件未能接收（{refused.detail}），等待重新送来。"
        return Gate("TAX", "税务机关", detail)
    return Gate("TAX", "税务机关", f"等待 {period} 的入库明细文件。")


def _closing(period: Month) -> Gate | None:
    still_open = LedgerMonth.objects.filter(month=period.first_day, closed_at__isnull=True)
    if still_open.exists():
        return Gate("CLOSE", "审批", f"{period} 各账套可以结账。")
    return _carrying(period) if period.next.year > period.year else None


def _carrying(period: Month) -> Gate | None:
    """After December a year is carried over, or the first month of the next one does not close."""
    waiting = not_carried(year=period.year)
    if not waiting:
        return None
    names = "、".join(book.name for book in waiting)
    return Gate(
        "YEAR", "财务、审批", f"{period.year} 年度结转：{names}，财务制单、另一人审批结账。"
    )


def _numbers(batches: list[Batch]) -> str:
    return "、".join(batch.no for batch in batches)
