"""Put right what an old system handed over as owed (接管应缴更正): by decision, with its document.

It only falls: whoever had left, or was paid for, is not owed. Of a month that was estimated the
roster may come after all: then what is open of each person takes the place of the estimate, from
the same last day on. Both are lines of a run of their own, by difference; the tax bureau is told of
it with the next bills where it asks by ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import family_of
from insurance.collection.bills import bill_run, monthly_bills
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_run import REGION
from insurance.collection.cases.taken_over_weight import WHOLE
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.models import Bill, BillRun, BillRunKind, LinePart
from insurance.collection.rules.terms import EMPLOYED, MONTHLY
from insurance.enrolment.queries import known_now
from insurance.enrolment.rests import Blocker, refuse_rested_on
from insurance.policy import parameters as policy

KINDS = (BillRunKind.TAKEN_OVER, BillRunKind.AMENDED)
ROSTER_PARTS = {part.name: part for part in (LinePart.PERSON, LinePart.EMPLOYER)}
NO_ACCOUNT = "210"
ROWS_MAX = 30_000  # two parts of fifteen thousand persons; a body of JSON takes no more
ROSTER_FEN_MAX = 10**15 - 1  # as the total of a file

# Keys of a payer's month that were taken over, or took an estimate's place: what is owed by each.
OWED = """
SELECT f.id, f.payer_id, f.person_id, f.part, sum(l.fen)::bigint, sum(l.account_fen)::bigint
FROM collection_billline f JOIN collection_billline l ON l.key_id = f.id
WHERE f.payer_id = ANY (%(payers)s) AND f.scheme = %(scheme)s AND f.month = %(month)s
    AND f.key_id = f.id AND f.run_id IN (
        SELECT id FROM collection_billrun WHERE kind = ANY (%(kinds)s) AND state = 'DONE')
GROUP BY f.id ORDER BY f.id
"""
# Who the persons of a roster are, whether they were insured there, and have amounts there already.
ON_ROSTER = """
SELECT p.person, q.canonical_id, EXISTS (
    SELECT FROM people_canonical c JOIN enrolment_enrolment e
        ON e.person_id = c.party_id AND e.superseded_at IS NULL
    WHERE c.canonical_id = q.canonical_id AND e.scheme = %(scheme)s
        AND e.valid @> %(month)s::date AND e.payer_id = ANY (%(payers)s)), EXISTS (
    SELECT FROM people_canonical c JOIN collection_billline l ON l.person_id = c.party_id
    WHERE c.canonical_id = q.canonical_id AND l.payer_id = ANY (%(payers)s)
        AND l.scheme = %(scheme)s AND l.month = %(month)s)
FROM unnest(%(persons)s::bigint[]) p (person)
JOIN people_canonical q ON q.party_id = p.person
JOIN people_person r ON r.party_id = q.canonical_id
"""
# Persons of whom more was paid than is left.
PAID = """
SELECT DISTINCT f.person_id FROM unnest(%(keys)s::bigint[], %(fens)s::bigint[]) c (key_id, fen)
JOIN collection_billline f ON f.id = c.key_id
WHERE f.person_id IS NOT NULL
    AND (SELECT sum(a.fen) FROM collection_allocation a WHERE a.key_id = f.id)
        > c.fen + (SELECT sum(l.fen) FROM collection_billline l WHERE l.key_id = f.id)
"""
WRITE = f"""
WITH owed AS (
    SELECT o.key_id, o.payer_id, o.person_id, %(scheme)s AS scheme, %(month)s::date AS month,
        o.part, o.fen, o.account_fen
    FROM unnest(%(keys)s::bigint[], %(payers)s::bigint[], %(persons)s::bigint[],
        %(parts)s::smallint[], %(fens)s::bigint[], %(account_fens)s::bigint[])
        AS o (key_id, payer_id, person_id, part, fen, account_fen)),
{sql.WRITE}
"""


class NotTakenOver(Refusal):
    """This amount was not taken over, or is another payer's or month's (不是接管的应缴)."""

    code = "collection_not_taken_over"


class NotLower(Refusal):
    """What was taken over only falls (接管的应缴只能核减)."""

    code = "collection_taken_over_only_falls"


class AmountDiffers(Refusal):
    """What is signed is what falls (金额与核减的不符)."""

    code = "collection_taken_over_amount_differs"


class RosterNotSo(Refusal):
    """A roster takes the place of an estimate, of who was insured there (名册不能代替)."""

    code = "collection_taken_over_roster"


@dataclass(frozen=True)
class Key:
    """An amount that was taken over, as it is owed now."""

    number: int
    payer_id: int
    person_id: int | None
    part: LinePart
    fen: int
    account_fen: int


@dataclass(frozen=True)
class Change:
    """A line to be written: of a key that is there, or (None) of one that begins."""

    key_id: int | None
    payer_id: int
    person_id: int | None
    part: LinePart
    fen: int
    account_fen: int


@dataclass(frozen=True)
class Asked:
    """What a case asks: of which payer's month, which lines."""

    payers: list[int]
    scheme: str
    month: Month
    changes: tuple[Change, ...]

    @property
    def values(self) -> dict[str, Any]:
        """For statements."""
        return {"payers": self.payers, "scheme": self.scheme, "month": self.month.first_day}


def lowered(*, key: Key, fen: int) -> Change:
    """The difference that brings a key to ``fen``, its account part in the same proportion, half
    up. Pure.

    Raises:
        NotLower.
    """
    if not 0 <= fen < key.fen:
        raise NotLower(
            f"款项 {key.number} 应缴 {Money(key.fen)} 元，只能核减，不能改为 {Money(fen)} 元。"
        )
    account = (2 * key.account_fen * fen + key.fen) // (2 * key.fen)
    return Change(
        key.number, key.payer_id, key.person_id, key.part, fen - key.fen, account - key.account_fen
    )


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt a COLLECTION_TAKEN_OVER case can be decided as it asks; writes nothing.

    The party is the payer. Content: ``scheme``, ``month``, ``lines``: a table for each ``key`` with
    the ``amount`` that is rightly open of what was taken over ("0.00": none); ``amount``, by how
    much they fall together; ``whole``, by how much all of this payer falls, other cases counted
    in; ``reason``, ``document``. Of an estimate that falls to nothing
    ``roster``: a table for each ``person`` and ``part`` (PERSON, EMPLOYER) with the ``amount`` that
    is open and the ``account_part`` of it.

    Raises:
        ContentInvalid, MoneyInvalid, MonthInvalid, ProposalWaits, NotTakenOver, NotLower,
        AmountDiffers, WholeDiffers, RosterNotSo; MonthsRestedOn: it was paid, and a benefit rests
        on it.
    """
    asked = _asked(case)
    WHOLE.refuse_other(case)
    _refuse_rested_on(asked, blockers)
    month = case.content["month"]
    content.require_only_proposal(case, of_party=True, scheme=asked.scheme, month=month)
    return 0


@transaction.atomic
def decide(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of a COLLECTION_TAKEN_OVER case; rows written, none when it was done before. Bills
    record themselves.

    What was paid of it meanwhile is a credit then. Late fees and the memo register follow at the
    month's end, by difference.

    Raises:
        as ``check``; RunStillOpen: a run is being computed.
    """
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
    wait_for_others()
    if BillRun.objects.filter(kind=BillRunKind.AMENDED, case_id=case.pk).exists():
        return 0
    bill_run.require_nothing_open()
    asked = _asked(case)
    WHOLE.refuse_lighter(case)
    _refuse_rested_on(asked, blockers)
    run = _open_run(case, asked)
    written = bill_run.write(statement=WRITE, values={"run_id": run.pk, **_columns(asked)})
    monthly_bills.finish_run(run_id=run.pk)
    return written.lines + 1


def _asked(case: Case) -> Asked:
    content.text(case, "reason", "更正原因")
    content.text(case, "document", "依据（文书号）")
    scheme = content.choice(case, "scheme", "险种", MONTHLY[EMPLOYED])
    month = Month.parse(case.content.get("month"))
    asked = Asked(family_of(party_id=case.party_id), scheme, month, ())
    keys = _keys(asked)
    rows = content.rows(case, "lines", "款项", most=ROWS_MAX)
    numbers = [content.number(row, "key", "款项") for row in rows]
    if not rows or len(set(numbers)) < len(numbers):
        raise ContentInvalid("请逐笔写明款项，每笔一次。", case_id=case.pk)
    missing = [number for number in numbers if number not in keys]
    if missing:
        raise NotTakenOver(f"款项 {missing[0]} 不是该缴款人 {month} 险种 {scheme} 接管的应缴。")
    if len({keys[number].payer_id for number in numbers}) > 1:
        raise ContentInvalid("按几个合并前的单位核定的，请分别办理。", case_id=case.pk)
    falls = [
        lowered(key=keys[number], fen=Money.yuan(row.content.get("amount")).fen)
        for number, row in zip(numbers, rows, strict=True)
    ]
    _refuse_other_amount(case, falls)
    return Asked(asked.payers, scheme, month, (*falls, *_roster(case, asked, keys, falls)))


def _refuse_other_amount(case: Case, falls: Sequence[Change]) -> None:
    """What is signed is what falls."""
    fallen = -sum(one.fen for one in falls)
    if content.fen(case, "amount", "核减合计") != fallen:
        raise AmountDiffers(f"这些款项共核减 {Money(fallen)} 元，请按此填写核减合计。")


def _keys(asked: Asked) -> Mapping[int, Key]:
    with connection.cursor() as cursor:
        cursor.execute(OWED, {**asked.values, "kinds": [kind.value for kind in KINDS]})
        return {
            number: Key(number, payer, person, LinePart(part), fen, account_fen)
            for number, payer, person, part, fen, account_fen in cursor.fetchall()
        }


def _roster(
    case: Case, asked: Asked, keys: Mapping[int, Key], falls: Sequence[Change]
) -> list[Change]:
    """What the roster says is open of each person, in the place of the estimate."""
    rows = content.rows(case, "roster", "名册", most=ROWS_MAX)
    if not rows:
        return []
    gone = [
        keys[one.key_id]
        for one in falls
        if one.key_id is not None
        and one.part is LinePart.ESTIMATE
        and keys[one.key_id].fen + one.fen == 0
    ]
    if not gone:
        raise RosterNotSo("名册只能代替暂按上月额确定的应缴，并把它核减到零。")
    persons = _persons(asked, [content.number(row, "person", "参保人") for row in rows])
    changes = [_open_of(row, asked, persons, gone[0].payer_id) for row in rows]
    if len({(one.person_id, one.part) for one in changes}) < len(changes):
        raise ContentInvalid("名册中同一人同一款项只写一次。", case_id=case.pk)
    if sum(one.fen for one in changes) > ROSTER_FEN_MAX:
        raise ContentInvalid("名册的金额合计过大，请核对。", case_id=case.pk)
    return changes


def _persons(asked: Asked, numbers: Sequence[int]) -> Mapping[int, int]:
    """Who they are today, all insured there and without an amount of that month there."""
    with connection.cursor() as cursor:
        cursor.execute(ON_ROSTER, {**asked.values, "persons": sorted(set(numbers))})
        found = {given: (person, *stands) for given, person, *stands in cursor.fetchall()}
    for number in numbers:
        _, enrolled, keyed = found.get(number, (0, False, False))
        if not enrolled:
            raise RosterNotSo(
                f"参保人 {number} {asked.month} 没有在该单位参加险种 {asked.scheme}。"
            )
        if keyed:
            raise RosterNotSo(
                f"参保人 {number} {asked.month} 已有该单位险种 {asked.scheme} 的应缴。"
            )
    return {number: found[number][0] for number in numbers}


def _open_of(row: content.Row, asked: Asked, persons: Mapping[int, int], payer_id: int) -> Change:
    part = ROSTER_PARTS[content.choice(row, "part", "款项", tuple(ROSTER_PARTS))]
    fen = content.fen(row, "amount", "未缴金额")
    account = Money.yuan(row.content.get("account_part", "0.00")).fen
    if not 0 <= account <= (0 if asked.scheme == NO_ACCOUNT else fen):
        raise ContentInvalid("记入个人账户的不能多于未缴金额。")
    person = persons[content.number(row, "person", "参保人")]
    return Change(None, payer_id, person, part, fen, account)


def _refuse_rested_on(asked: Asked, blockers: Sequence[Blocker]) -> None:
    """What was paid of it and becomes a credit no benefit may rest on; what is open bears none."""
    falls = [one for one in asked.changes if one.key_id]
    values: dict[str, Any] = {
        "keys": [one.key_id for one in falls],
        "fens": [one.fen for one in falls],
    }
    with connection.cursor() as cursor:
        cursor.execute(PAID, values)
        persons = [person for (person,) in cursor.fetchall()]
    for person in persons:
        refuse_rested_on(
            blockers=blockers,
            person_id=person,
            scheme=asked.scheme,
            months=MonthRange(asked.month, asked.month.next),
        )


def _open_run(case: Case, asked: Asked) -> BillRun:
    """Its bills keep the last day and the way of collecting of what was taken over."""
    bill = Bill.objects.filter(
        run__kind=BillRunKind.TAKEN_OVER,
        payer_id=asked.changes[0].payer_id,
        scheme=asked.scheme,
        month=asked.month.first_day,
    ).latest("pk")
    period = Month.of(content.day_of(case))
    runs = BillRun.objects.filter(kind=BillRunKind.AMENDED, period=period.first_day)
    return BillRun.objects.create(
        kind=BillRunKind.AMENDED,
        period=period.first_day,
        ordinal=runs.count() + 1,
        known_at=known_now(),
        policy_version=policy.version(),
        reason=str(case.content["document"])[:200],
        case_id=case.pk,
        parameters={
            "region": REGION,
            "first_month": asked.month.first_day.isoformat(),
            "chunks": [],
            "pay_by": [
                {
                    "kind": bill.kind,
                    "scheme": bill.scheme,
                    "month": bill.month.isoformat(),
                    "day": bill.pay_by.isoformat(),
                }
            ],
            "modes": bill.run.parameters["modes"],
        },
    )


def _columns(asked: Asked) -> dict[str, Any]:
    changes = asked.changes
    return {
        "scheme": asked.scheme,
        "month": asked.month.first_day,
        "keys": [one.key_id for one in changes],
        "payers": [one.payer_id for one in changes],
        "persons": [one.person_id for one in changes],
        "parts": [one.part.value for one in changes],
        "fens": [one.fen for one in changes],
        "account_fens": [one.account_fen for one in changes],
    }
