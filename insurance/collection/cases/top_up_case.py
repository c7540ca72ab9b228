"""Top up months by decision (补差办理): proposed with the published document, reviewed, decided.

The decision orders the run: a job opens it, others compute it with those of the month that is being
collected.
"""

from dataclasses import dataclass
from datetime import date

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.collection.bills.top_up import open_top_up, order_top_up, require_billed
from insurance.collection.models import BillChange, BillRun, BillRunKind

BILLS = {"MONTHLY": BillRunKind.TOP_UP, "YEARLY": BillRunKind.YEAR_TOP_UP}


@dataclass(frozen=True)
class Asked:
    """Which bills of which months, paid with those of ``period``, by which document."""

    kind: BillRunKind
    period: Month
    first: Month
    last: Month
    document: str


def check(case: Case) -> int:
    """At its receipt a COLLECTION_TOP_UP case says what is to be topped up; writes nothing.

    Content: ``bills`` (MONTHLY: of employers and flexible workers; YEARLY: of residents),
    ``period`` with whose bills it is paid, ``from_month``, ``last_month``, ``document``.

    Raises:
        ContentInvalid, MonthInvalid, MonthsNotBilled, ProposalWaits.
    """
    asked = _asked(case)
    require_billed(kind=asked.kind, period=asked.period, first=asked.first, last=asked.last)
    content.require_only_proposal(case, bills=case.content["bills"])
    return 0


def decide(case: Case) -> int:
    """The act of a COLLECTION_TOP_UP case: the job that opens its run; decided again, the same.

    Raises:
        as ``check``; RunStillOpen: another run is being computed; NotConfigured, NotVerified.
    """
    asked = _asked(case)
    order_top_up(
        kind=asked.kind,
        period=asked.period,
        first=asked.first,
        last=asked.last,
        today=content.day_of(case),
        case_id=case.pk,
    )
    return 0


def open_decided(*, case_id: int, today: date) -> int:
    """Open the run that a case decided on ``today``, in the caller's transaction; rows written, 0
    when it is open. Its lines are written by jobs that it orders.

    Raises:
        as ``decide``.
    """
    if BillRun.objects.filter(kind__in=BILLS.values(), case_id=case_id).exists():
        return 0
    asked = _asked(Case.objects.get(pk=case_id))
    run = open_top_up(
        kind=asked.kind,
        period=asked.period,
        first=asked.first,
        last=asked.last,
        reason=asked.document,
        today=today,
        case_id=case_id,
    )
    return 1 + BillChange.objects.filter(run=run).count()


def _asked(case: Case) -> Asked:
    months = content.months(case)
    assert months.end is not None
    return Asked(
        kind=BILLS[content.choice(case, "bills", "应缴", tuple(BILLS))],
        period=Month.parse(case.content.get("period")),
        first=months.start,
        last=months.end.previous,
        document=content.text(case, "document", "公布文件的名称或文号"),
    )
