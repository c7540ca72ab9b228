"""Work off a file of receipts (入库办理): match, credit accounts, post; all or nothing.

What was paid too much before is not set off here but before bills go out (``set_off``): what was
asked for is what is waited for.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue
from backend.kernel.months import Month
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.match_receipts import match_file, match_of
from insurance.collection.matching.post_receipts import post_match
from insurance.collection.models import Match

MATCH_JOB = "collection.match_file"


@dataclass(frozen=True)
class WorkedOff:
    """What became of a file (办理结果); ``rows`` is 0 when it was worked off before."""

    match: Match
    entries: int = 0
    vouchers: int = 0

    @property
    def rows(self) -> int:
        """Whether something was written now: entries of accounts, vouchers, the match."""
        return self.entries + self.vouchers


@transaction.atomic
def work_off(*, file_id: int, period: Month, today: date) -> WorkedOff:
    """Do all that follows from a file of receipts, in one transaction, once.

    Raises:
        see ``match_file``, ``credit_accounts``, ``post_match``.
    """
    known = match_of(file_id=file_id)
    if known is not None:
        return WorkedOff(known)
    match = match_file(file_id=file_id, period=period, today=today)
    faultpoint("collection.match.allocated")
    entries = credit_accounts(match=match)
    faultpoint("collection.match.credited")
    vouchers = post_match(match=match)
    faultpoint("collection.match.posted")
    return WorkedOff(match, entries, len(vouchers))


def match_key(*, file_id: int) -> str:
    """The job key of a file."""
    return f"collection.match/{file_id}"


def enqueue_match(*, file_id: int, period: Month, today: date) -> None:
    """Register the job that works off a file, once for ever."""
    enqueue(
        kind=MATCH_JOB,
        key=match_key(file_id=file_id),
        arguments={"file_id": file_id, "period": str(period), "today": today.isoformat()},
    )
