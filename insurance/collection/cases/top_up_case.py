"""Top up months by decision (补差办理): proposed with the published document, reviewed, decided.

The decision opens the run; its jobs are done with those of the month that is being collected.
"""

from dataclasses import dataclass

from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.collection.bills.top_up import open_top_up, require_billed
from insurance.collection.cases import case_content as content
from insurance.collection.models import BillRunKind

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
    """The act of a COLLECTION_TOP_UP case: its run, which records itself; decided again, the same.

    Raises:
        as ``check``; RunStillOpen: another run is being computed; NotConfigured, NotVerified.
    """
    asked = _asked(case)
    open_top_up(
        kind=asked.kind,
        period=asked.period,
        first=asked.first,
        last=asked.last,
        reason=asked.document,
        today=content.day_of(case),
        case_id=case.pk,
    )
    return 0


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
