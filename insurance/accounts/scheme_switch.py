"""An account goes over from one pension scheme to the other (制度衔接的账户转移).

All of it with its interest to date leaves the one and comes into the other in the same month. The
money is another fund's: it follows by a remittance of the agency (转移资金支付).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from backend.people.queries import canonical_id, family_of
from insurance.accounts.facts import first_open_month
from insurance.accounts.leaving import Emptied, Instead, NothingThere, empty, keep_steps
from insurance.accounts.leaving_steps import balance_steps
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    LeftAccount,
    Outgoing,
    Part,
    Scheme,
    SchemeSwitch,
)
from insurance.accounts.transfer_amounts import ACCOUNT
from insurance.policy.steps import Step

OWN_FUND = "本机构{}基金"


@dataclass(frozen=True)
class Switched:
    """What went over, and how many rows that took."""

    fen: int
    rows: int


def switch_account(
    *,
    case: Case,
    from_scheme: Scheme,
    to_scheme: Scheme,
    month: Month,
    counted_months: int,
    steps: Sequence[Step],
    sources: Sequence[Resolved],
    instead: Instead | None = None,
) -> Switched:
    """Move all accounts of a case's person; an empty one goes over too, for its months may count.

    ``steps`` and ``sources`` are of the months; they are kept with those of the account. What is
    decided ``instead`` of a switch moves what it left; its months count in the place of those.

    Raises:
        LeavingInvalid: the month; InterestRunning; NotConfigured, NotVerified: the rate.
    """
    person = canonical_id(party_id=case.party_id)
    try:
        emptied = empty(case=case, scheme=from_scheme, month=month, kind=EntryKind.TRANSFER_OUT)
    except NothingThere:
        emptied = Emptied(fen=0, rows=0)
    fen, rows = emptied.fen, emptied.rows + 1
    account = balance_steps(accounts=emptied.years, fen=fen, name=ACCOUNT)
    keep_steps(
        case=case,
        scheme=from_scheme,
        month=month,
        emptied=emptied,
        further=(*account, *steps),
        sources=sources,
        instead=instead,
    )
    if fen:
        rows += _arrive(case, person, from_scheme, to_scheme, month, fen)
    SchemeSwitch.objects.create(
        person_id=person,
        from_scheme=from_scheme,
        to_scheme=to_scheme,
        month=month.first_day,
        fen=fen,
        counted_months=counted_months,
        case_id=case.pk,
    )
    return Switched(fen=fen, rows=rows + 1)


def counted_months(*, person_id: int, scheme: str) -> int:
    """Give how many months of the other scheme count in this one, by the switches of a person."""
    corrected = LeftAccount.objects.filter(correction__isnull=False)
    rows = SchemeSwitch.objects.filter(
        person__in=family_of(party_id=person_id), to_scheme=scheme
    ).exclude(case_id__in=corrected.values("case_id"))
    return rows.aggregate(months=Sum("counted_months"))["months"] or 0


def _arrive(
    case: Case, person: int, from_scheme: Scheme, to_scheme: Scheme, month: Month, fen: int
) -> int:
    first = first_open_month(scheme=to_scheme)
    AccountEntry.objects.create(
        person_id=person,
        scheme=to_scheme,
        kind=EntryKind.TRANSFER_IN,
        part=Part.WHOLE,
        for_month=month.first_day,
        arrival_month=max(month, first or month).first_day,
        fen=fen,
        source=EntrySource.CASE,
        source_id=case.pk,
    )
    Outgoing.objects.create(
        person_id=person,
        scheme=from_scheme,
        kind=EntryKind.TRANSFER_OUT,
        to_agency=OWN_FUND.format(to_scheme.label),
        month=month.first_day,
        fen=fen,
        case_id=case.pk,
    )
    return 2
