"""What keeps a month of books open besides its batches (结账的前提): that it is over, that it was
paid, and that its money is known. The ledger and the payments know none of it."""

from datetime import date

from django.db.models import Q
from django.utils import timezone

from backend.city import gates
from backend.deployment import is_demo
from backend.kernel.months import Month
from insurance.benefits.models import Entitlement, Run, RunState
from insurance.collection.models import MatchKind, TaxFile, TaxFileKind
from payments.ledger.models import Book


def month_blockers(*, book_id: int, month: date) -> list[str]:
    """Why a month of a book can not be closed yet; none when nothing of it is to come."""
    period = Month.of(month)
    return [*_not_over(period), *_not_paid(book_id, period), *_not_collected(book_id, period)]


def _not_over(period: Month) -> list[str]:
    """A demonstration plays its month on the days of that month, whatever today is."""
    over = is_demo() or timezone.localdate() > period.last_day
    return [] if over else [f"{period} 还没有过完"]


def _not_paid(book_id: int, period: Month) -> list[str]:
    """A closed month takes no more pensions: those of a book that pays some are sealed before.

    Months are paid in order: one before the first that was paid here was the old system's.
    """
    day = period.first_day
    if Run.objects.filter(Q(period=day, state=RunState.SEALED) | Q(period__gt=day)).exists():
        return []
    paying = Entitlement.objects.filter(book=book_id, start_month__lte=day).exclude(
        paid_through__gte=day
    )
    return [f"{period} 的待遇尚未封存"] if paying.exists() else []


def _not_collected(book_id: int, period: Month) -> list[str]:
    """What another agency has to pay, and what is under way, is booked on the day it arrives."""
    agency = Book.objects.values_list("agency", flat=True).get(pk=book_id)
    waiting = [
        gates.contributing(period=period, agency_id=agency),
        gates.collecting(period=period),
    ]
    receipts = TaxFile.objects.filter(
        kind=TaxFileKind.RECEIPTS, accepted=True, period=period.first_day
    )
    unmatched = receipts.exclude(match__kind=MatchKind.RECEIPTS).count()
    return [
        *(gate.detail.rstrip("。") for gate in waiting if gate is not None),
        *([f"{unmatched} 份入库明细尚未核销"] if unmatched else []),
    ]
