"""The bases on the sheet of a transfer (信息表缴费基数): held against what was paid on here, and
against what went away before.
"""

from datetime import date
from functools import partial
from typing import Protocol

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.sent_away import (
    SentYear,
    bases_of,
    require_no_more,
    require_some_stayed,
    sent_years,
)
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.transfer_amounts import FIRST_YEAR, YEAR_MONTHS, YearSum


class BasesDiffer(Refusal):
    """The bases on the sheet are not those that were paid on here (信息表缴费基数与征缴不符)."""

    code = "transfer_bases_differ"


class KnownBase(Protocol):
    """What was paid on in a year: said by who knows of bills."""

    def __call__(
        self, *, person_id: int, scheme: str, since: Month, region: str, on: date
    ) -> tuple[int, int]:
        """From a month to the end of its year: months that count, the fen of all their bases."""


def bases_on_sheet(
    *, case: Case, scheme: str, month: Month, known_base: KnownBase
) -> tuple[YearSum, ...]:
    """Give the bases on a case's sheet, each year once, none that went away before.

    Raises:
        LeavingInvalid: they cannot be read.
        BasesSentAway: the pool sent them before.
        BasesDiffer: bills know others, and no reason is given.
    """
    bases = bases_of(case=case)
    right = all(FIRST_YEAR <= year <= month.year and fen > 0 for year, fen in bases.items())
    if not bases or not right:
        raise LeavingInvalid("请按信息表逐年写明缴费基数，每年一次。", case_id=case.pk)
    sums = tuple(YearSum(year, fen) for year, fen in sorted(bases.items()))
    sent = sent_years(person_id=case.party_id, scheme=scheme)
    for one in sums:
        _hold_against_bills(case, scheme, one, sent.get(one.year), known_base)
    return sums


def _hold_against_bills(
    case: Case, scheme: str, one: YearSum, sent: SentYear | None, known_base: KnownBase
) -> None:
    """A year has no less than was paid on here, and of twelve months here exactly that; exactly
    what stayed where a part went away: nothing came from elsewhere since."""
    ask = partial(
        known_base,
        person_id=case.party_id,
        scheme=scheme,
        region=case.agency.region,
        on=content.day_of(case),
    )
    months, fen = ask(since=Month(one.year, 1))
    if sent is not None:
        since = require_some_stayed(sent=sent)
        months, later = ask(since=since)
        fen = max(later, fen - sent.fen)  # the other way, one for a month before was paid late
        require_no_more(sent=sent, fen=one.fen, stayed_fen=fen)
    if fen <= one.fen and (months < YEAR_MONTHS or fen == one.fen):
        return
    if case.content.get("difference_reason") is None:
        raise BasesDiffer(
            f"{one.year} 年信息表缴费基数合计 {Money(one.fen)} 元，本系统已缴 {months} 个月、"
            f"基数合计 {Money(fen)} 元，请核对；确有出入的，写明原因和依据。",
            year=one.year,
        )
    content.text(case, "difference_reason", "与征缴不符的原因和依据")
