"""Whose hands a voucher went through (凭证的制单、复核、记账、主管): read from what they signed."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from django.utils import timezone

from backend.cases.models import Approval, Case, CaseState
from backend.kernel.dated import DatedFile, load_dated_toml
from payments.ledger.models import Entry, LedgerMonth
from payments.ledger.reversal import KIND as REVERSAL
from payments.ledger.rules import FOLDER


@dataclass(frozen=True)
class Hand:
    """Somebody, or the system (None), and the day; no day: not done yet."""

    person_id: int | None
    on: date | None


NOBODY = Hand(None, None)


@dataclass(frozen=True)
class Hands:
    """The four of a voucher."""

    made: Hand  # 制单
    checked: Hand  # 复核
    posted: Hand  # 记账: the system, by rule
    headed: Hand  # 主管


def hands_of(*, entry: Entry) -> Hands:
    """Give the four of a voucher. What follows from signatures elsewhere was checked by nobody
    here; who heads it is, without a step of its own, whoever closed its month."""
    posted_on = timezone.localdate(entry.posted_at)
    checked, headed = _signed(entry, posted_on)
    return Hands(
        made=Hand(entry.posted_by, posted_on),
        checked=checked or NOBODY,
        posted=Hand(None, posted_on),
        headed=headed or _closer(entry),
    )


def _signed(entry: Entry, on: date) -> tuple[Hand | None, Hand | None]:
    """Who signed what the voucher rests on: checked it, heads it."""
    rules = _file().in_force("source", on)
    rule = next((one for one in rules if one.text("code") == entry.source), None)
    subject_id = _subject_id(entry, rule.text("subject_id")) if rule else None
    if rule is None or subject_id is None:
        return None, None
    signed = Approval.objects.filter(subject_kind=rule.text("subject"), subject_id=subject_id)
    hands = {one.step: Hand(one.person_id, timezone.localdate(one.signed_at)) for one in signed}
    return hands.get(rule.text("checked")), hands.get(rule.text("headed"))


def _subject_id(entry: Entry, place: str) -> int | None:
    if place == "period":
        return LedgerMonth.objects.get(book=entry.book_id, month=entry.month).pk
    if place == "reversal":
        case = Case.objects.filter(
            kind=REVERSAL, state=CaseState.APPROVED, content__entry=entry.reverses_id
        ).first()
        return case.pk if case else None
    number = entry.source_id.split("/", 1)[0]
    return int(number) if number.isdecimal() else None


def _closer(entry: Entry) -> Hand:
    month = LedgerMonth.objects.get(book=entry.book_id, month=entry.month)
    if month.closed_at is None:
        return NOBODY
    return Hand(month.closed_by, timezone.localdate(month.closed_at))


@cache
def _file() -> DatedFile:
    return load_dated_toml(FOLDER / "voucher_hands.toml")
