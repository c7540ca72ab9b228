"""The bases on the sheet of a transfer (信息表缴费基数): held against what was paid on here, and
against what went away before.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Protocol

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.brought import EARLIEST_YEAR
from insurance.accounts.sent_away import (
    SentYear,
    bases_of,
    brought_years,
    months_of,
    require_no_more,
    require_some_stayed,
    sent_years,
    stays_since,
)
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.transfer_amounts import FIRST_YEAR, YEAR_MONTHS, YearSum


class BasesDiffer(Refusal):
    """Months or bases on the sheet are not those paid on here (信息表月数、基数与征缴不符)."""

    code = "transfer_bases_differ"


class KnownBase(Protocol):
    """What was paid on in a year: said by who knows of bills."""

    def __call__(
        self,
        *,
        person_id: int,
        scheme: str,
        since: Month,
        region: str,
        on: date,
        unpaid_at: datetime | None = None,
        unbilled: bool = False,
    ) -> tuple[int, int]:
        """From a month to the end of its year: months that count, the fen of all their bases.

        ``unpaid_at``: of those alone that were not paid by then; ``unbilled``: with the months of
        an old system, on the highest base that they can have had.
        """


Ask = Callable[..., tuple[int, int]]


def bases_on_sheet(
    *, case: Case, scheme: str, month: Month, known_base: KnownBase, with_money: bool
) -> tuple[YearSum, ...]:
    """Give the bases on a case's sheet, each year once, none that went away before; the pool sends
    its part ``with_money`` of those since 1998, the record tells all.

    Raises:
        LeavingInvalid: they cannot be read.
        BasesSentAway: the pool sent them before.
        BasesDiffer: bills know other months or bases, and no reason is given.
    """
    bases = bases_of(case=case)
    first = FIRST_YEAR if with_money else EARLIEST_YEAR
    right = all(
        first <= year <= month.year
        and fen > 0
        and 1 <= months_of(case=case, year=year) <= YEAR_MONTHS
        for year, fen in bases.items()
    )
    if not bases or not right:
        raise LeavingInvalid(
            "请按信息表逐年写明缴费月数（1 至 12）和缴费基数合计，每年一次。", case_id=case.pk
        )
    sums = tuple(YearSum(year, fen) for year, fen in sorted(bases.items()))
    sent = sent_years(person_id=case.party_id, scheme=scheme)
    for one in sums:
        _hold_against_bills(case, scheme, one, sent.get(one.year), known_base)
    return sums


def _hold_against_bills(
    case: Case, scheme: str, one: YearSum, sent: SentYear | None, known_base: KnownBase
) -> None:
    """A year has the months and bases that were paid here and brought here, or more of both where
    these are not twelve months; exactly what stayed where a part went away: nothing came from
    elsewhere since."""
    ask = partial(
        known_base,
        person_id=case.party_id,
        scheme=scheme,
        region=case.agency.region,
        on=content.day_of(case),
    )
    months, fen = _known(case, scheme, one.year, ask) if sent is None else _stayed(one, sent, ask)
    stated = months_of(case=case, year=one.year)
    more = sent is None and fen < one.fen and months < stated
    if more or (months, fen) == (stated, one.fen):
        return
    if case.content.get("difference_reason") is None:
        raise BasesDiffer(
            f"{one.year} 年信息表 {stated} 个月、缴费基数合计 {Money(one.fen)} 元，"
            f"本系统已缴 {months} 个月、"
            f"基数合计 {Money(fen)} 元，请核对；确有出入的，写明原因和依据。",
            year=one.year,
        )
    content.text(case, "difference_reason", "与征缴不符的原因和依据")


def _known(case: Case, scheme: str, year: int, ask: Ask) -> tuple[int, int]:
    """Months of a year, and the fen of their bases, that were paid here and are here still, with
    those that came with the relation."""
    since = stays_since(person_id=case.party_id, scheme=scheme, year=year)
    months, fen = ask(since=since) if since else (0, 0)
    brought = brought_years(person_id=case.party_id, scheme=scheme).get(year)
    return (months + brought.months, fen + brought.fen) if brought else (months, fen)


def _stayed(one: YearSum, sent: SentYear, ask: Ask) -> tuple[int, int]:
    """What stayed here of a year of which a part went away.

    Raises:
        BasesSentAway: less than the sheet says, whatever may not be known here.
    """
    of_year, whole = ask(since=Month(one.year, 1))
    since = require_some_stayed(sent=sent)
    months, fen = ask(since=since)
    if whole - sent.fen > fen:  # one for a month before was paid late
        months, fen = of_year - sent.months, whole - sent.fen
    if one.fen > fen:
        require_no_more(sent=sent, fen=one.fen, stayed_fen=max(fen, _at_most(sent, since, ask)))
    return months, fen


def _at_most(sent: SentYear, since: Month, ask: Ask) -> int:
    """The most that can have stayed of a year of which this house did not bill all (接管年度), or
    of which a part had been brought.

    What went may have held months of which no bill tells here: what was paid here since it went
    stayed all the same, and so did months that the old system billed since.
    """
    year = Month(sent.year, 1)
    months, _ = ask(since=year)
    with_unbilled, _ = ask(since=year, unbilled=True)
    if with_unbilled == months and not sent.brought_fen:
        return 0
    _, late = ask(since=year, unpaid_at=sent.last.recorded_at)
    _, later = ask(since=since)
    _, most = ask(since=since, unbilled=True)
    return max(late, later) + most - later
