"""Let an employer pay later (缓缴), by a decided case: dated, without late fee meanwhile.

A later decision about the same month takes the place of what was decided before, from its first
day on; what lay before that day stays as it was.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people.models import Party, PartyKind
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import end_from
from insurance.collection.bills.bill_run import REGION
from insurance.collection.debts.open_amounts import open_by_month
from insurance.collection.models import Deferral
from insurance.collection.rules.terms import EMPLOYED, MONTHLY
from insurance.policy import parameters as policy

LONGEST = "collection.deferral_months_max"
GRANT, REVOKE = "GRANT", "REVOKE"
EMPLOYERS = (PartyKind.EMPLOYER, PartyKind.INSTITUTION)


class NotAnEmployer(Refusal):
    """Only employers defer: individuals pay of their own will (只有单位可以缓缴)."""

    code = "collection_deferral_not_an_employer"


class NothingToDefer(Refusal):
    """Nothing of the month is open (该月没有未缴金额)."""

    code = "collection_nothing_to_defer"


class DeferralTooLong(Refusal):
    """A deferral lasts no longer than the rules allow (缓缴期限过长)."""

    code = "collection_deferral_too_long"


class NotDeferred(Refusal):
    """Nothing is deferred that could be revoked (没有缓缴)."""

    code = "collection_not_deferred"


@dataclass(frozen=True)
class Asked:
    """What a case asks for: which months, and over which days they may stay unpaid."""

    employer: int
    scheme: str
    months: MonthRange
    change: str
    first_day: date
    last_day: date | None  # of a grant


def check(case: Case) -> int:
    """At its receipt a COLLECTION_DEFERRAL case can be decided as it asks; writes nothing.

    Content: ``change`` (GRANT or REVOKE), ``scheme``, ``from_month``, ``last_month``,
    ``from_date``, of a grant ``until_date`` (last day), ``document`` of the approval. All that is
    open is deferred.

    Raises:
        ContentInvalid, MonthInvalid, NotAnEmployer, DeferralTooLong, NothingToDefer, NotDeferred.
    """
    asked = _asked(case)
    if asked.change == GRANT:
        _amounts(asked)
    elif not _current(asked).exists():
        raise NotDeferred("这些月份没有缓缴。")
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_DEFERRAL case; rows written, none when it was done before.

    Raises:
        as ``check``.
    """
    if Deferral.objects.filter(case_id=case.pk).exists():
        return 0
    asked = _asked(case)
    if asked.change == GRANT:
        amounts = _amounts(asked)
        rows = end_from(current=_current(asked), from_date=asked.first_day, case_id=None)
        return rows + sum(_write(case, asked, of, fen) for of, fen in amounts.items())
    rows = end_from(current=_current(asked), from_date=asked.first_day, case_id=None)
    if not rows:
        raise NotDeferred("这些月份没有缓缴，或已经撤销。")
    return rows


def _asked(case: Case) -> Asked:
    content.text(case, "document", "批准文号")
    scheme = content.choice(case, "scheme", "险种", MONTHLY[EMPLOYED])
    change = content.choice(case, "change", "变动", (GRANT, REVOKE))
    employer = canonical_id(party_id=case.party_id)
    if not Party.objects.filter(pk=employer, kind__in=EMPLOYERS).exists():
        raise NotAnEmployer("只有用人单位可以缓缴。")
    first = content.day(case, "from_date", "缓缴起日")
    last = content.day(case, "until_date", "缓缴止日") if change == GRANT else None
    if last is not None:
        _check_length(case, first, last)
    return Asked(employer, scheme, content.months(case), change, first, last)


def _check_length(case: Case, first: date, last: date) -> None:
    if last < first:
        raise content.ContentInvalid("缓缴止日早于起日。", case_id=case.pk)
    most = policy.load().resolve(LONGEST, REGION, first, is_demo())
    after = Month.of(first).plus(most.whole)
    until = after.first_day.replace(day=min(first.day, after.last_day.day))
    if last >= until:
        raise DeferralTooLong(f"缓缴最长{most.whole}个月（{most.document}）。", until=str(until))


def _amounts(asked: Asked) -> dict[tuple[int, Month], int]:
    """What is open of each month, by entry of the employer; what was billed and is not paid.

    Raises:
        NothingToDefer.
    """
    found = open_by_month(payer_id=asked.employer, scheme=asked.scheme, months=asked.months)
    amounts = {of: fen for of, fen in found.items() if fen > 0}
    if not amounts:
        raise NothingToDefer("这些月份没有未缴的应缴金额，或者尚未核定。")
    return amounts


def _current(asked: Asked) -> QuerySet[Deferral]:
    end = asked.months.end
    assert end is not None
    return Deferral.objects.filter(
        payer__in=family_of(party_id=asked.employer),
        scheme=asked.scheme,
        month__gte=asked.months.start.first_day,
        month__lt=end.first_day,
        superseded_at__isnull=True,
        valid__endswith__gt=asked.first_day,
    )


def _write(case: Case, asked: Asked, of: tuple[int, Month], fen: int) -> int:
    assert asked.last_day is not None
    payer_id, month = of
    Deferral.objects.create(
        payer_id=payer_id,
        scheme=asked.scheme,
        month=month.first_day,
        fen=fen,
        valid=SqlRange(asked.first_day, asked.last_day, "[]"),
        case_id=case.pk,
    )
    return 1
