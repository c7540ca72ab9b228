"""How matches reach the ledger (征缴记账): by file, book, month of arrival and kind of income.

Each voucher names a rule of ``payments/ledger/data/posting_rules.toml``; here is only said which.
Set-off within a scheme moves no money and needs no voucher; a refund does when the treasury has
paid it (``refund_answers``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.kernel.months import Month
from insurance.collection.books import book_ids, book_of
from insurance.collection.models import Channel, LinePart, Match, MatchKind
from payments.ledger.models import Entry
from payments.ledger.months import open_day
from payments.ledger.post import post

RECEIPTS, SUSPENSE = "collection.receipts", "collection.suspense"
SOURCES = {MatchKind.RECEIPTS: RECEIPTS, MatchKind.SUSPENSE: SUSPENSE}
# The rule of a part by kind of match; under None that of all other parts.
RULES: Mapping[str, Mapping[LinePart | None, str]] = {
    MatchKind.RECEIPTS: {
        None: "collection.matched",
        LinePart.ON_BEHALF: "collection.on_behalf",
        LinePart.COLLECTIVE: "collection.collective",
        LinePart.SUBSIDY: "collection.subsidy",
        LinePart.LATE_FEE: "collection.late_fee",
    },
    MatchKind.SUSPENSE: {
        None: "collection.suspense.matched",
        LinePart.COLLECTIVE: "collection.suspense.collective",
        LinePart.SUBSIDY: "collection.suspense.subsidy",
        LinePart.LATE_FEE: "collection.suspense.late_fee",
    },
}
LEFT = {Channel.TAX: "collection.suspense", Channel.FISCAL: "collection.suspense.fiscal"}

PAID = """
SELECT scheme, date_trunc('month', arrived::timestamp)::date AS month, max(arrived), part,
    sum(fen)::bigint
FROM collection_matchtotal WHERE match_id = %s GROUP BY scheme, 2, part HAVING sum(fen) <> 0
"""
WAITING = """
SELECT r.scheme, date_trunc('month', r.arrived::timestamp)::date AS month, max(r.arrived),
    r.channel, sum(s.fen)::bigint
FROM collection_suspense s JOIN collection_receipt r ON r.id = s.receipt_id
WHERE s.match_id = %s GROUP BY r.scheme, 2, r.channel
"""


@dataclass(frozen=True)
class _Sum:
    """An amount of one rule, scheme and month of arrival, with its last day."""

    rule: str
    scheme: str
    month: date
    day: date
    fen: int


@transaction.atomic
def post_match(*, match: Match) -> list[Entry]:
    """Write the vouchers of a match; those that are there already are given as they are.

    What came in is booked in the month in which it did, or the first that is open. A month of
    arrival has one voucher of each rule and book.

    Raises:
        NoBook, SettingsUnverified, PostedOtherwise.
    """
    if match.kind not in RULES:
        return []
    sums = _sums(match)
    books = book_ids(on=match.matched_on) if sums else {}
    return [_posted(match, one, book_of(scheme=one.scheme, ids=books)) for one in sums]


def _sums(match: Match) -> list[_Sum]:
    rules = RULES[match.kind]
    found: dict[tuple[str, str, date], _Sum] = {}
    for scheme, month, day, part, fen in _rows(PAID, match.pk):
        _add(found, _Sum(rules.get(LinePart(part), rules[None]), scheme, month, day, fen))
    if match.kind == MatchKind.RECEIPTS:
        for scheme, month, day, channel, fen in _rows(WAITING, match.pk):
            _add(found, _Sum(LEFT[Channel(channel)], scheme, month, day, fen))
    return [found[key] for key in sorted(found)]


def _add(found: dict[tuple[str, str, date], _Sum], one: _Sum) -> None:
    key = one.scheme, one.rule, one.month
    before = found.get(key, _Sum(one.rule, one.scheme, one.month, one.day, 0))
    day = max(before.day, one.day)
    found[key] = _Sum(one.rule, one.scheme, one.month, day, before.fen + one.fen)


def _posted(match: Match, one: _Sum, book_id: int) -> Entry:
    received = match.kind == MatchKind.RECEIPTS
    day = one.day if received else match.matched_on
    entry = post(
        rule=one.rule,
        book_id=book_id,
        business_date=open_day(book_id=book_id, day=day),
        source=SOURCES[MatchKind(match.kind)],
        source_id=f"{match.pk}/{Month.of(one.month)}",
        items=[one.fen],
        summary=_summary(match, one.month),
    )
    if entry is None:
        raise AssertionError("a sum that is not zero leaves a voucher")
    return entry


def _summary(match: Match, month: date) -> str:
    if match.file is not None:
        return f"入库明细第 {match.file.serial} 号，{Month.of(month)}"
    return f"业务件 {match.case_id}"


def _rows(statement: str, match_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [match_id])
        return list(cursor.fetchall())
