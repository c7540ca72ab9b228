"""Give back what was matched beyond what is owed (退费), by a decided case; no benefit rests on it.

First the register is put right and the months are billed again: what was paid for them is then
more than what is owed, and that excess – nothing else – can go back. So a refund never leaves
anybody in arrears. Register and accounts follow the decision; the money is paid back by the
treasury (退库), to which a list goes, and is booked when it has been.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id, family_of
from insurance.accounts.entries import balance, lock
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource
from insurance.accounts.models import Scheme as AccountScheme
from insurance.collection.cases.refund_weight import WHOLE
from insurance.collection.matching.allocate import (
    close_match,
    open_match,
    record_match,
    take_back,
    wait_for_others,
)
from insurance.collection.matching.cleared import accounts_give_back
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.give_back import owe_match
from insurance.collection.models import Match, MatchKind
from insurance.enrolment.rests import Blocker, sentences

REASONS = ("WRONGLY_ENROLLED", "DOUBLED", "CREDIT_LEFT")
SCHEMES = ("110", "170", "210", "310", "390")

# Keys of one payer and person, as entries that live on as these: what of them is paid too much.
EXCESS = """
SELECT key_id, matched - greatest(owed, 0) AS fen FROM (
    SELECT f.id AS key_id, f.fen + coalesce(d.fen, 0) AS owed, coalesce(a.fen, 0) AS matched
    FROM collection_billline f
    LEFT JOIN LATERAL (SELECT sum(l.fen)::bigint AS fen FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true
    LEFT JOIN LATERAL (SELECT sum(p.fen)::bigint AS fen FROM collection_allocation p
        WHERE p.key_id = f.id) a ON true
    WHERE f.key_id = f.id AND f.payer_id = ANY (%(payers)s)
        AND (f.person_id = ANY (%(persons)s)
            OR f.person_id IS NULL AND cardinality(%(persons)s::bigint[]) = 0)
        AND f.scheme = %(scheme)s AND f.month >= %(first)s AND f.month < %(until)s) k
WHERE matched > greatest(owed, 0)
"""
TOTAL = f"SELECT coalesce(sum(fen), 0)::bigint FROM ({EXCESS}) e"
# Each entry of a person has an account of its own: that of the line is credited and debited.
TAKEN = """
SELECT l.person_id, -sum(a.account_fen)::bigint FROM collection_allocation a
JOIN collection_billline l ON l.id = a.key_id
WHERE a.match_id = %s AND a.account_fen <> 0 AND l.person_id IS NOT NULL
GROUP BY 1 ORDER BY 1
"""


class NothingPaidTooMuch(Refusal):
    """Nothing of these months was paid beyond what is owed (没有多缴的金额)."""

    code = "collection_refund_nothing"


class AmountDiffers(Refusal):
    """What is signed is what goes back (金额与多缴的不符)."""

    code = "collection_refund_amount_differs"


class BenefitRests(Refusal):
    """A benefit rests on these contributions (待遇以这些缴费为依据)."""

    code = "collection_refund_benefit_rests"


class ClearedAlready(Refusal):
    """The accounts give back these doubled months themselves (按重复参保清退)."""

    code = "collection_refund_cleared"


class AccountShort(Refusal):
    """The account does not hold what would be taken from it (个人账户余额不足)."""

    code = "collection_refund_account_short"


@dataclass(frozen=True)
class Asked:
    """What a case asks to be given back."""

    payers: list[int]
    persons: list[int]  # empty: of nobody
    person: int | None
    scheme: str
    months: MonthRange
    fen: int

    @property
    def values(self) -> dict[str, Any]:
        """For the statements above."""
        end = self.months.end
        assert end is not None
        return {
            "payers": self.payers,
            "persons": self.persons,
            "scheme": self.scheme,
            "first": self.months.start.first_day,
            "until": end.first_day,
        }


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt a COLLECTION_REFUND case can be decided as it asks; writes nothing.

    Content: ``payer``, ``person`` (null: of nobody), ``scheme``, ``from_month``, ``last_month``,
    ``amount`` (all that was paid too much), ``whole`` (all that goes back in the year, other cases
    counted in), ``reason`` (WRONGLY_ENROLLED, DOUBLED, CREDIT_LEFT), ``evidence``.

    Raises:
        ContentInvalid, MonthInvalid, BenefitRests, ClearedAlready, NothingPaidTooMuch,
        AmountDiffers, WholeDiffers.
    """
    asked = _asked(case)
    _refuse_rested_on(asked, blockers)
    _refuse_cleared(asked)
    _refuse_other_amount(asked)
    WHOLE.refuse_other(case)
    return 0


@transaction.atomic
def decide(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of a COLLECTION_REFUND case; match and entries record themselves.

    Raises:
        as ``check``; AccountShort.
    """
    wait_for_others()
    if Match.objects.filter(kind=MatchKind.REFUND, case_id=case.pk).exists():
        return 0
    asked = _asked(case)
    lock(person_ids=asked.persons)
    _refuse_rested_on(asked, blockers)
    _refuse_cleared(asked)
    _refuse_other_amount(asked)
    WHOLE.refuse_lighter(case)
    today: date = content.day_of(case)
    match = open_match(kind=MatchKind.REFUND, period=Month.of(today), today=today, case_id=case.pk)
    rows = take_back(match=match, select=EXCESS, parameters=asked.values)
    rows += close_match(match=match)
    _refuse_short(asked, match)
    rows += owe_match(match=match, person_id=asked.person)
    record_match(match=match, rows=rows + 1)
    credit_accounts(match=match)
    return 0


def _asked(case: Case) -> Asked:
    content.choice(case, "reason", "退费原因", REASONS)
    content.text(case, "evidence", "依据")
    person = content.optional_number(case, "person", "参保人")
    return Asked(
        payers=family_of(party_id=content.number(case, "payer", "缴款人")),
        persons=[] if person is None else family_of(party_id=person),
        person=None if person is None else canonical_id(party_id=person),
        scheme=content.choice(case, "scheme", "险种", SCHEMES),
        months=content.months(case),
        fen=content.fen(case, "amount", "退费金额"),
    )


def _refuse_rested_on(asked: Asked, blockers: Sequence[Blocker]) -> None:
    if asked.person is None:
        return
    reasons = sentences(
        blockers=blockers, person_id=asked.person, scheme=asked.scheme, months=asked.months
    )
    if reasons:
        raise BenefitRests("；".join(reasons), reasons=reasons)


def _refuse_cleared(asked: Asked) -> None:
    """What ``accounts.refunds`` pays out to the person does not go back a second time."""
    end = asked.months.end
    assert end is not None
    paid_out = AccountEntry.objects.filter(
        person__in=asked.persons,
        scheme=asked.scheme,
        kind=EntryKind.REFUND,
        source=EntrySource.CASE,
        for_month__gte=asked.months.start.first_day,
        for_month__lt=end.first_day,
    )
    cleared = accounts_give_back(persons=asked.persons, scheme=asked.scheme, months=asked.months)
    if cleared or paid_out.exists():
        raise ClearedAlready("这些月份按重复参保清退，个人账户部分由清退退还本人，不能再办退费。")


def _refuse_other_amount(asked: Asked) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TOTAL, asked.values)
        (fen,) = cursor.fetchone()
    if not fen:
        raise NothingPaidTooMuch(
            "这些月份没有多缴的金额：请先更正参保登记，待重新核定后再办理退费。"
        )
    if fen != asked.fen:
        raise AmountDiffers(f"这些月份多缴的为 {Money(fen)} 元，请按此填写退费金额。")


def _refuse_short(asked: Asked, match: Match) -> None:
    """Of each account goes what the match took back; it must be there."""
    if asked.person is None or asked.scheme not in AccountScheme.values:
        return
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [match.pk])
        taken = cursor.fetchall()
    for person_id, back in taken:
        held = balance(person_id=person_id, scheme=asked.scheme)
        if back > held:
            raise AccountShort(
                f"个人账户余额 {Money(held)} 元，不足以退出 {Money(back)} 元，请先核查账户。"
            )
