"""Load the facts of one account (账户事实) for the pure reckoning."""

from collections.abc import Collection, Sequence

from django.db.models import Max, Q

from backend.kernel.months import Month
from insurance.accounts.interest import Movement, YearFacts
from insurance.accounts.models import AccountEntry, EntryKind, InterestRun

INTERESTS = (EntryKind.INTEREST, EntryKind.TRUE_UP)


def first_open_month(*, scheme: str) -> Month | None:
    """Give the January from which entries may still arrive; None while no year was closed."""
    last = InterestRun.objects.filter(scheme=scheme).aggregate(year=Max("year"))["year"]
    return None if last is None else Month(last + 1, 1)


def leaving_month(*, person_ids: Collection[int], scheme: str, month: Month) -> Month:
    """Give the month in which something may leave: not in a closed year, and not before what came
    in last, or a year would close below zero."""
    rows = AccountEntry.objects.filter(person__in=person_ids, scheme=scheme)
    last = rows.aggregate(month=Max("arrival_month"))["month"]
    known = (first_open_month(scheme=scheme), Month.of(last) if last else None)
    return max([month, *(bound for bound in known if bound is not None)])


def entries_of(*, person_id: int, scheme: str) -> list[AccountEntry]:
    """Give all entries of an account in the order in which they count."""
    rows = AccountEntry.objects.filter(Q(person=person_id), Q(scheme=scheme))
    return sorted(rows, key=lambda row: (year_of(row), row.arrival_month, row.pk))


def year_of(row: AccountEntry) -> int:
    """The year in which an entry counts: interest in the one that it is for."""
    return row.for_month.year if row.kind in INTERESTS else row.arrival_month.year


def year_facts(*, entries: Sequence[AccountEntry], year: int) -> YearFacts:
    """Sort an account's entries into the facts of a year, as ``interest_sql`` does."""
    of_year = [row for row in entries if year_of(row) == year]
    within = [row for row in of_year if row.arrival_month.year == year]
    return YearFacts(
        year=year,
        opening_fen=sum(row.fen for row in entries if year_of(row) < year),
        movements=tuple(
            Movement(Month.of(row.arrival_month), row.fen, is_interest=row.kind in INTERESTS)
            for row in within
        ),
        credited_fen=sum(row.fen for row in of_year if row.arrival_month.year > year),
        balance_fen=sum(row.fen for row in entries),
    )
