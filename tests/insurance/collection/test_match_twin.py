"""The statements of the matching and ``match.match`` agree to the fen (双算一致).

Two thousand payers: a file, then bills that rise and fall, credits, a second file. The judge knows
lines, receipts and allocations as they lie in the tables, and the pure functions only.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from random import Random

import pytest
from django.db import connection

from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.accounts.models import AccountEntry
from insurance.collection.matching.allocate import parts_of
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.match_receipts import match_file
from insurance.collection.matching.set_off import set_off_credits
from insurance.collection.models import (
    Allocation,
    Bill,
    BillLine,
    BillRun,
    LinePart,
    Match,
    Receipt,
    SentRun,
    Suspense,
    TaxFile,
)
from insurance.collection.rules.last_days import Due, by_last_day
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.collection.rules.match import (
    Criterion,
    Funds,
    Matching,
    Named,
    Order,
    Purse,
    Source,
    match,
    net,
    person_of_credit,
    purse_of_credit,
)
from tests.insurance.collection import match_city as city
from tests.insurance.collection.collection_builders import resolved

pytestmark = pytest.mark.django_db
PAYERS, SEED, TODAY = 2_000, 340_800, date(2026, 12, 5)
STATED = Order(Named.ONLY, (Criterion.MONTH, Criterion.PART), tuple(Part), resolved(1))

Days = defaultdict[int, list[tuple[date, int]]]
Allocations = dict[tuple[int, LineKey], list[int]]  # fen and account part, by funds and key


@dataclass(frozen=True)
class Stood:
    """What the judge sees before a match."""

    keys: dict[int, LineKey]
    lines: dict[LineKey, Line]  # the sum of a key's lines
    matched: Counter[LineKey]
    credited: Counter[LineKey]
    closes: dict[LineKey, tuple[Due, ...]]
    asked: dict[LineKey, date]
    merged: dict[int, int]

    def credited_of(self, key: LineKey, matched: int) -> int:
        """The account part of so much matched; beyond what is billed, all of it."""
        line = self.lines[key]
        if line.fen <= 0:
            return 0
        return (2 * line.account_fen * min(matched, line.fen) + line.fen) // (2 * line.fen)


def part_of(number: int) -> Part:
    return Part[LinePart(number).name]


def stood(*, without: int | None = None) -> Stood:
    keys: dict[int, LineKey] = {}
    sums: dict[LineKey, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in BillLine.objects.order_by("pk"):
        key = LineKey(
            row.payer_id, row.person_id, row.scheme, Month.of(row.month), part_of(row.part)
        )
        keys[row.key_id] = key
        sums[key] = (sums[key][0] + row.fen, sums[key][1] + row.account_fen)
    matched: Counter[LineKey] = Counter()
    credited: Counter[LineKey] = Counter()
    for one in Allocation.objects.exclude(match=without):
        matched[keys[one.key_id]] += one.fen
        credited[keys[one.key_id]] += one.account_fen
    lines = {key: Line(key, *amounts) for key, amounts in sums.items()}
    merged = dict(Alias.objects.values_list("party_id", "survivor_id"))
    return Stood(keys, lines, matched, credited, closing(keys), asked(lines), merged)


def closing(keys: dict[int, LineKey]) -> dict[LineKey, tuple[Due, ...]]:
    """By when who pays of his own will may pay what is open."""
    bills = Bill.objects.exclude(kind="EMPLOYED")
    days = {(one.run_id, one.payer_id, one.scheme, one.month): one.pay_by for one in bills}
    arrived = dict(Receipt.objects.values_list("pk", "arrived"))
    billed: Days = defaultdict(list)
    paid: Days = defaultdict(list)
    for row in BillLine.objects.all():
        day = days.get((row.run_id, row.payer_id, row.scheme, row.month))
        if day is not None:
            billed[row.key_id].append((day, row.fen))
    for one in Allocation.objects.select_related("match"):
        by_receipt = one.match.kind == "RECEIPTS"
        on = arrived[one.funds_id] if by_receipt else one.match.matched_on
        paid[one.key_id].append((on, one.fen))
    return {
        keys[key_id]: by_last_day(billed=rows, paid=paid[key_id]) for key_id, rows in billed.items()
    }


def asked(keys: dict[LineKey, Line]) -> dict[LineKey, date]:
    """Until when payers may pay what they were asked for, where all of it was sent."""
    sent = set(SentRun.objects.values_list("pk", flat=True))
    last: dict[tuple[int, str, Month], date] = {}
    for bill in Bill.objects.all():
        of = bill.payer_id, bill.scheme, Month.of(bill.month)
        day = bill.pay_by if bill.run_id in sent else date.max
        last[of] = max(last.get(of, day), day)
    return {
        key: last[of]
        for key in keys
        if last.get(of := (key.payer_id, key.scheme, key.month), date.max) < date.max
    }


def funds_of(receipt: Receipt) -> Funds:
    named = receipt.person_number != ""
    part = LinePart.LATE_FEE if receipt.late_fee else receipt.part
    return Funds(
        number=receipt.pk,
        payer_id=receipt.payer_id,
        scheme=receipt.scheme,
        fen=receipt.fen,
        arrived=receipt.arrived,
        month=Month.of(receipt.month) if receipt.month else None,
        person_id=(receipt.person_id or 0) if named else None,
        part=None if part is None else part_of(part),
        purse=purse_of(receipt),
    )


def purse_of(receipt: Receipt) -> Purse:
    if receipt.channel == "FISCAL":
        return Purse.FISCAL
    return Purse.LATE_FEE if receipt.late_fee else Purse.TAX


def judged(before: Stood, funds: list[Funds], order: Order) -> Matching:
    owed, _ = net(
        lines=before.lines.values(),
        matched=before.matched,
        closes=before.closes,
        asked=before.asked,
    )
    return match(owed=owed, funds=funds, order=order, merged=before.merged)


def expected_allocations(before: Stood, found: Matching) -> Allocations:
    """Fen and account part by funds and key, as the payments of a key follow each other."""
    matched, credited = before.matched.copy(), before.credited.copy()
    expected = {}
    for one in found.allocations:
        matched[one.key] += one.fen
        account = before.credited_of(one.key, matched[one.key]) - credited[one.key]
        credited[one.key] += account
        expected[one.funds.number, one.key] = [one.fen, account]
    return expected


def written(made: Match, before: Stood) -> Allocations:
    return {
        (one.funds_id, before.keys[one.key_id]): [one.fen, one.account_fen]
        for one in Allocation.objects.filter(match=made)
    }


def differing(found: Allocations, wanted: Allocations) -> list[object]:
    """The first few funds and keys on which both do not agree."""
    everything = found.keys() | wanted.keys()
    wrong = [k for k in everything if found.get(k) != wanted.get(k)]
    return [(k, found.get(k), wanted.get(k)) for k in wrong[:5]]


def hold_file_against_the_judge(file: TaxFile, order: Order = STATED) -> Match:
    before = stood()
    found = judged(before, [funds_of(r) for r in Receipt.objects.filter(file=file)], order)

    made = match_file(file_id=file.pk, period=city.NOV, today=TODAY)

    assert differing(written(made, before), expected_allocations(before, found)) == []
    left = {
        (row.receipt_id, row.fen, row.reason, row.opened_on)
        for row in Suspense.objects.filter(match=made)
    }
    assert left == {(o.funds.number, o.fen, o.reason.name, o.funds.arrived) for o in found.left}
    return made


def hold_credits_against_the_judge() -> Match:
    before = stood()
    numbers = {key: number for number, key in before.keys.items()}
    _, excess = net(lines=before.lines.values(), matched=before.matched)
    funds = [
        Funds(
            number=numbers[one.key],
            payer_id=one.key.payer_id,
            scheme=one.key.scheme,
            fen=one.fen,
            arrived=TODAY,
            person_id=person_of_credit(one.key),
            source=Source.CREDIT,
            purse=purse_of_credit(one.key.part),
        )
        for one in excess
    ]
    found = judged(before, funds, STATED)
    expected = expected_allocations(before, found)
    given: Counter[int] = Counter()
    for one in found.allocations:
        given[one.funds.number] += one.fen
    for number, fen in given.items():
        key = before.keys[number]
        rest = before.credited_of(key, before.matched[key] - fen)
        expected[number, key] = [-fen, rest - before.credited[key]]
    paid = {one.key for one in found.allocations}  # what pays a key puts its account part right
    for key, line in before.lines.items():
        if key in paid:
            continue
        change = before.credited_of(key, before.matched[key]) - before.credited[key]
        if change and 0 < before.matched[key] <= line.fen and reduced(numbers[key]):
            expected.setdefault((numbers[key], key), [0, change])

    made = set_off_credits(period=city.NOV, today=TODAY)

    assert made is not None
    assert differing(written(made, before), expected) == []
    return made


def reduced(key_id: int) -> bool:
    return BillLine.objects.filter(key_id=key_id, fen__lte=0).exists()


def entries_agree(made: Match) -> None:
    credit_accounts(match=made)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(account_fen), 0) FROM collection_allocation WHERE match_id = %s",
            [made.pk],
        )
        (allocated,) = cursor.fetchone()
    entries = AccountEntry.objects.filter(source="ALLOCATION", source_id=made.pk)
    assert sum(entries.values_list("fen", flat=True)) == allocated


def bills_change(debts: list[city.Owing], run: BillRun, random: Random) -> None:
    """A fifth of the keys rise or fall; some fall to nothing, some only in their account part.

    What they rise by has a last day of its own.
    """
    changes = []
    for key in random.sample(debts, len(debts) // 5):
        if key.part is LinePart.ROUNDING:
            continue
        fen = random.choice((-key.fen, -1, -(key.fen // 2), 1, key.fen, 0))
        total = key.fen + fen
        account = min(total, key.account_fen * total // key.fen + random.choice((0, 0, 1)))
        account = account if key.account_fen else 0
        if fen or account != key.account_fen:
            changes.append((key, fen, account - key.account_fen))
    city.write_differences(run=run, changes=changes)
    city.write_last_days(run=run, debts=[key for key, _, _ in changes], random=random)


def test_two_thousand_payers_agree_with_the_pure_functions() -> None:
    random = Random(SEED)
    city.write_parties(payers=PAYERS)
    city.merge_a_fifth(payers=PAYERS)
    payers = range(city.FIRST_PAYER, city.FIRST_PAYER + PAYERS)
    debts = {payer: city.debts_of(payer_id=payer, random=random) for payer in payers}
    run = city.open_run()
    sent = city.open_run()
    everything = [one for owed in debts.values() for one in owed]
    for bills, odd in ((run, 1), (sent, 0)):
        half = [one for one in everything if one.payer_id % 2 == odd]
        city.write_lines(run=bills, lines=half)
        city.write_last_days(run=bills, debts=half, random=random)
    city.send(run=sent)

    def draw() -> list[city.Came]:
        found = [
            came
            for payer, owed in debts.items()
            for came in city.receipts_of(debts=owed, payer_id=payer, random=random)
        ]
        random.shuffle(found)
        return found

    first = hold_file_against_the_judge(city.write_file(receipts=draw()))
    entries_agree(first)
    bills_change(everything, city.open_run(), random)
    entries_agree(hold_credits_against_the_judge())
    assert set_off_credits(period=city.NOV, today=TODAY) is None
    second = hold_file_against_the_judge(city.write_file(receipts=draw()))
    entries_agree(second)

    reasons = Counter(Suspense.objects.values_list("reason", flat=True))
    assert len(reasons) == 5
    assert min(reasons.values()) > 30
    assert Receipt.objects.count() > PAYERS
    assert parts_of(purse=Purse.FISCAL) == [5, 7]
