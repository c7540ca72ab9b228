"""Steps of a month between funds (基金之间的月度步骤): what one pays into another for persons."""

from django.db.models import Q

from backend.cases.content import WAITING
from backend.cases.models import Case
from backend.city.collection_steps import business_day
from backend.city.month_steps import Tell
from backend.kernel.months import Month
from insurance.benefits.models import Run, RunState
from insurance.collection.models import FundList, FundPayment
from insurance.unemployment.contribution_booking import earlier_under_way
from insurance.unemployment.contribution_list import list_contributions
from payments.ledger.models import LedgerMonth


def list_by_fund(*, period: Month, tell: Tell) -> list[FundList]:
    """List what the unemployment fund pays for who draws, from the seal of the month until its
    books close; what has no figures holds up no month."""
    day = period.first_day
    if not Run.objects.filter(period=day, state=RunState.SEALED).exists():
        return []
    if LedgerMonth.objects.filter(month=day, closed_at__isnull=False).exists():
        return []
    made = list_contributions(period=period, today=business_day(period=period), tell=tell)
    for one in made:
        tell(f"▶ 失业保险基金代缴名册：{one.line_count} 笔")
    return made


def unpaid_lists(*, period: Month) -> list[FundList]:
    """Give the lists of a month that finance has not paid."""
    lists = FundList.objects.filter(period=period.first_day, fundpayment__isnull=True)
    return list(lists.select_related("book").order_by("pk"))


def under_way(*, period: Month) -> list[FundPayment]:
    """Give what was paid by the lists up to a month and has not arrived, the oldest first; what
    came to nothing is nobody's to book."""
    payments = FundPayment.objects.filter(
        ~Q(fen=0), list__period__lte=period.first_day, receipt__isnull=True
    ).select_related("list", "into__agency")
    return list(payments.order_by("list__period", "pk"))


def unproposed_lists(*, period: Month) -> list[FundList]:
    """Give those of them about which no case waits."""
    proposed = _proposed("FUND_CONTRIBUTIONS", "list")
    return [one for one in unpaid_lists(period=period) if one.pk not in proposed]


def next_arrivals(*, period: Month) -> list[FundPayment]:
    """Give what is under way and waits for nothing before it."""
    return [one for one in under_way(period=period) if earlier_under_way(payment=one) is None]


def unproposed_arrivals(*, period: Month) -> list[FundPayment]:
    """Give those of them about which no case waits."""
    proposed = _proposed("FUND_CONTRIBUTIONS_RECEIVED", "payment")
    return [one for one in next_arrivals(period=period) if one.pk not in proposed]


def _proposed(kind: str, name: str) -> set[int]:
    waiting = Case.objects.filter(kind=kind, state__in=WAITING)
    return set(waiting.values_list(f"content__{name}", flat=True))
