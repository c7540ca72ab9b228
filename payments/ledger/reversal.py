"""Take a mistyped paper of the agency back (凭证冲销): proposed by one, decided by another.

Only what rests on a fund paper: what the payments and the collection post is undone by what they
do themselves. The paper may then be booked again as it is.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from payments.ledger import fund_papers
from payments.ledger.models import Entry
from payments.ledger.reverse import refuse_reversed, reverse

KIND = "VOUCHER_REVERSAL"


class NoSuchVoucher(Refusal):
    """There is no such voucher of a fund paper of the agency (没有这张基金收支单据的凭证)."""

    code = "reversal_no_such_voucher"


class DayInvalid(Refusal):
    """A red voucher is of a day from the voucher's to today (冲销日期不正确)."""

    code = "reversal_day_invalid"


class RestsOnIt(Refusal):
    """Something rests on the voucher already (凭证已被使用)."""

    code = "reversal_rests_on_it"


class Blocker(Protocol):
    """Says what rests on a voucher, in words; empty where nothing does."""

    def __call__(self, *, entry: Entry) -> str: ...


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt a VOUCHER_REVERSAL case can be decided as it asks; writes nothing.

    Content: ``entry`` (id of the voucher), ``day``, ``reason``.

    Raises:
        ContentInvalid, NoSuchVoucher, NotReversible, ReversedAlready, DayInvalid, RestsOnIt,
        ProposalWaits.
    """
    entry, _ = _wanted(case, blockers)
    content.require_only_proposal(case, entry=entry.pk)
    return 0


def decide(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of a VOUCHER_REVERSAL case: the red voucher, which records itself.

    Raises:
        as ``check``; MonthClosed: the month of ``day`` is closed.
    """
    entry, day = _wanted(case, blockers)
    reverse(
        entry_id=entry.pk,
        business_date=day,
        reason=content.text(case, "reason", "冲销原因", most=100),
        reversed_by=case.received_by,
    )
    return 0


def _wanted(case: Case, blockers: Sequence[Blocker]) -> tuple[Entry, date]:
    number = content.number(case, "entry", "凭证")
    content.text(case, "reason", "冲销原因", most=100)
    entry = Entry.objects.filter(
        pk=number, source=fund_papers.SOURCE, book__agency=case.agency
    ).first()
    if entry is None:
        raise NoSuchVoucher("没有这张基金收支单据的凭证；其他凭证由其业务更正。", case_id=case.pk)
    day = content.day(case, "day", "冲销日期")
    if not entry.business_date <= day <= content.day_of(case):
        raise DayInvalid(f"冲销日期应在 {entry.business_date} 至今天之间。", case_id=case.pk)
    refuse_reversed(entry=entry)
    reasons = [reason for blocker in blockers if (reason := blocker(entry=entry))]
    if reasons:
        raise RestsOnIt(f"这张凭证{'；'.join(reasons)}，不能冲销。", entry=entry.pk)
    return entry, day
