"""Settle the interest of an account whose owner leaves (清户计息): up to the month before.

The rate known on the day is final for what left: ``FixedRate`` keeps it for the years concerned,
also for those that were closed by an interim rate and never trued up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Min

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.facts import entries_of, first_open_month, year_facts
from insurance.accounts.interest import YEAR_MONTHS, Rate, until_leaving, year_interest
from insurance.accounts.leaving_steps import SettledYear
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    FixedRate,
    InterestRun,
    Part,
)
from insurance.accounts.rates import rate_of_year


class LeavingInvalid(Refusal):
    """The case does not say which account, when, or to whom (支付内容不完整)."""

    code = "account_leaving_invalid"


@dataclass(frozen=True)
class Leaving:
    """One account that a case empties in a month (清户)."""

    case: Case
    person_id: int
    scheme: str
    month: Month

    def write(self, *, kind: EntryKind, for_month: Month, arrival: Month, fen: int) -> AccountEntry:
        """Enter an amount that rests on the case."""
        return AccountEntry.objects.create(
            person_id=self.person_id,
            scheme=self.scheme,
            kind=kind,
            part=Part.WHOLE,
            for_month=for_month.first_day,
            arrival_month=arrival.first_day,
            fen=fen,
            source=EntrySource.CASE,
            source_id=self.case.pk,
        )


@dataclass(frozen=True)
class SettledInterest:
    """The interest entered as an account is emptied: rows written, and how it came about."""

    rows: int
    years: tuple[SettledYear, ...]


def refuse_month(*, case: Case, scheme: str, month: Month) -> None:
    """What leaves does so in a month that has begun, and whose year is open.

    Raises:
        LeavingInvalid.
    """
    if month > Month.of(content.day_of(case)):
        raise LeavingInvalid(f"{month} 尚未到来，不能按该月支付。", case_id=case.pk)
    first = first_open_month(scheme=scheme)
    if first is not None and month < first:
        raise LeavingInvalid(f"{month.year} 年已经计息，请按 {first} 以后办理。", case_id=case.pk)


def day_named(*, case: Case, name: str) -> date:
    """Give a day that the case names: not to come.

    Raises:
        LeavingInvalid.
    """
    try:
        day = date.fromisoformat(str(case.content.get(name)))
    except ValueError:
        raise LeavingInvalid("请写明办理日期。", case_id=case.pk) from None
    if day > content.day_of(case):
        raise LeavingInvalid("办理日期不能晚于今天。", case_id=case.pk)
    return day


def settle_interest(*, leaving: Leaving) -> SettledInterest:
    """Write interest of the year, and of those before it that no run has closed yet.

    Raises:
        LeavingInvalid: something came in after the month; NotConfigured, NotVerified: the rate.
    """
    entries = entries_of(person_id=leaving.person_id, scheme=leaving.scheme)
    if not entries:
        return SettledInterest(rows=0, years=())
    month = leaving.month
    if max(row.arrival_month for row in entries) > month.first_day:
        raise LeavingInvalid(f"{month} 之后还有记账，不能按该月支付。", case_id=leaving.case.pk)
    rows, years = _fix_interim_years(leaving), []
    for year in range(_first_open_year(leaving), month.year + 1):
        rate, known = _rate(leaving, year)
        settled = _settled(leaving, year, entries, rate)
        years.append(settled)
        if settled.found.difference_fen:
            entries.append(_enter(leaving, settled))
            rows += 1
        if not known:
            rows += _fix(leaving, year, rate.ratio, rate.of_year)
    return SettledInterest(rows, tuple(years))


def _settled(
    leaving: Leaving, year: int, entries: Sequence[AccountEntry], rate: Rate
) -> SettledYear:
    """The interest of a whole year, or of the one in which the account is emptied."""
    facts, month = year_facts(entries=entries, year=year), leaving.month
    if year < month.year:
        return SettledYear(facts, YEAR_MONTHS, year_interest(facts=facts, rate=rate), rate)
    left = until_leaving(facts=facts, month=month)
    return SettledYear(facts, month.month - 1, year_interest(facts=left, rate=rate), rate)


def _enter(leaving: Leaving, settled: SettledYear) -> AccountEntry:
    year, month, fen = settled.year, leaving.month, settled.found.difference_fen
    last = year == month.year
    return leaving.write(
        kind=EntryKind.INTEREST if fen > 0 else EntryKind.TRUE_UP,
        for_month=month if last else Month(year, 12),
        arrival=month if last else Month(year + 1, 1),
        fen=fen,
    )


def _first_open_year(leaving: Leaving) -> int:
    first = first_open_month(scheme=leaving.scheme)
    if first is not None:
        return first.year
    rows = AccountEntry.objects.filter(person=leaving.person_id, scheme=leaving.scheme)
    month: date = rows.aggregate(month=Min("arrival_month"))["month"]
    return month.year


def _fix_interim_years(leaving: Leaving) -> int:
    """What was closed by an interim rate stays by it, in every such year; rows written."""
    return sum(
        _fix(leaving, run.year, run.ratio, run.ratio_of_year)
        for run in _last_runs(leaving.scheme)
        if run.interim and _fixed(leaving, run.year) is None
    )


def _last_runs(scheme: str) -> Iterator[InterestRun]:
    """The run that counts of each year: the final one, else the interim one."""
    runs = InterestRun.objects.filter(scheme=scheme).order_by("year", "-interim")
    yield from {run.year: run for run in runs}.values()


def _rate(leaving: Leaving, year: int) -> tuple[Rate, bool]:
    """The rate of a year, and whether an earlier leaving fixed it."""
    fixed = _fixed(leaving, year)
    rate = rate_of_year(
        scheme=leaving.scheme,
        region=leaving.case.agency.region,
        year=year if fixed is None else fixed.ratio_of_year,
        demo=is_demo(),
    )
    return rate, fixed is not None


def _fixed(leaving: Leaving, year: int) -> FixedRate | None:
    fixed = FixedRate.objects.filter(person=leaving.person_id, scheme=leaving.scheme, year=year)
    return fixed.first()


def _fix(leaving: Leaving, year: int, ratio: Decimal, of_year: int) -> int:
    FixedRate.objects.create(
        person_id=leaving.person_id,
        scheme=leaving.scheme,
        year=year,
        ratio=ratio,
        ratio_of_year=of_year,
        case_id=leaving.case.pk,
    )
    return 1
