"""The statements of late fees, arrears and standing agree with the pure functions (双算一致)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random

import pytest

from backend.access.models import Agency
from backend.kernel.money import Money, Rounding
from backend.kernel.months import DateRange, Month
from insurance.collection.debts import late_fees
from insurance.collection.debts.arrears import register_arrears
from insurance.collection.debts.late_fees import FeeOf, charge_late_fees, settle_late_fee
from insurance.collection.debts.standing import standing
from insurance.collection.matching.match_receipts import match_file
from insurance.collection.matching.set_off import set_off_credits
from insurance.collection.models import (
    Bill,
    BillLine,
    BillRun,
    BillRunKind,
    Deferral,
    LinePart,
    MatchTotal,
    Receipt,
)
from insurance.collection.rules.late_fee import (
    MILLION,
    Cap,
    DailyRate,
    Debt,
    Deferred,
    LastDay,
    LateFeeTerms,
    Paid,
    late_fee,
)
from insurance.collection.rules.remainder import split_remainder
from payments.ledger.models import MemoEntry
from tests import builders
from tests.insurance.collection import debt_city, match_city
from tests.insurance.collection.collection_builders import resolved
from tests.insurance.collection.debt_city import NEW_RATE_ON, TODAY, arrears_of

pytestmark = pytest.mark.django_db
DEBTS, SEED = 600, 340_800
LATER = date(2027, 1, 10)
Of = tuple[int, str, date]  # payer, scheme, month


@dataclass
class Owed:
    """What the judge sees of a debt."""

    bills: list[tuple[date, int]] = field(default_factory=list)  # last day to pay, fen
    paid: list[tuple[date, int]] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)

    def stretches(self) -> list[tuple[date, int, int]]:
        """(last day, from, upto): the earliest are paid first, what falls takes from the latest."""
        sums: Counter[date] = Counter()
        for pay_by, fen in self.bills:
            sums[pay_by] += fen
        days = sorted(sums)
        found, base = [], 0
        for n, pay_by in enumerate(days):
            cumulated = [sum(sums[d] for d in days[: m + 1]) for m in range(n, len(days))]
            upto = max(0, min(cumulated))
            found.append((pay_by, base, upto))
            base = upto
        return found


def seen(*, fees: bool = False) -> dict[Of, Owed]:
    """Debts of contributions, or of late fees."""
    found: dict[Of, Owed] = defaultdict(Owed)
    for bill in Bill.objects.select_related("run"):
        if (bill.run.kind == BillRunKind.LATE_FEE) is fees:
            found[bill.payer_id, bill.scheme, bill.month].bills.append((bill.pay_by, bill.fen))
    for total in MatchTotal.objects.all():
        if (total.part == LinePart.LATE_FEE) is fees:
            of = total.payer_id, total.scheme, total.month
            found[of].paid.append((total.arrived, total.fen))
    if fees:
        return found
    for row in Deferral.objects.filter(superseded_at__isnull=True):
        days = DateRange(row.valid.lower, row.valid.upper)
        found[row.payer_id, row.scheme, row.month].deferred.append(Deferred(days, row.fen))
    return found


def cut(paid: list[tuple[date, int]], upto: int) -> list[Paid]:
    """The payments of the first so much of a debt, as each day left it."""
    found, before, so_far = [], 0, 0
    for on, fen in sorted(paid):
        so_far += fen
        now = max(0, min(upto, so_far))
        if now > before:
            found.append(Paid(on, now - before))
            before = now
    return found


def judged_fee(owed: Owed, until: date, terms: LateFeeTerms) -> int:
    """Each stretch by itself: the fee of all up to its end less that of all before it."""
    fen = 0
    for pay_by, base, upto in owed.stretches():

        def millionths(principal: int, pay_by: date = pay_by) -> int:
            paid = cut(owed.paid, principal)
            debt = Debt("EMPLOYED", principal, pay_by, paid, owed.deferred)
            return late_fee(debt=debt, until=until, terms=terms).millionths

        exact = Money(millionths(upto) - millionths(base)).divide(MILLION, terms.rounding).fen
        in_time = sum(p.fen for p in cut(owed.paid, upto) if p.on <= pay_by)
        fen += min(exact, upto - max(base, in_time)) if terms.cap is Cap.PRINCIPAL else exact
    return fen


def written() -> Counter[Of]:
    found: Counter[Of] = Counter()
    for line in BillLine.objects.filter(part=LinePart.LATE_FEE):
        found[line.payer_id, line.scheme, line.month] += line.fen
    return +found


def made(*, last_day: LastDay, cap: Cap, ppms: tuple[int, int] = (500, 777)) -> LateFeeTerms:
    rates = (
        DailyRate(DateRange(date(2011, 7, 1), NEW_RATE_ON), ppms[0], resolved(1)),
        DailyRate(DateRange(NEW_RATE_ON, date(2028, 1, 1)), ppms[1], resolved(1)),
    )
    return LateFeeTerms(rates, last_day, cap, Rounding.HALF_UP_FEN, (), "v")


@pytest.fixture(autouse=True)
def _agencies() -> None:
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


@pytest.mark.parametrize(
    "terms",
    [
        made(last_day=LastDay.PAYMENT_DAY, cap=Cap.PRINCIPAL),
        made(last_day=LastDay.DAY_BEFORE, cap=Cap.NONE),
        made(last_day=LastDay.PAYMENT_DAY, cap=Cap.PRINCIPAL, ppms=(90_000, 10)),
    ],
    ids=["as-it-ships", "day-before", "capped"],
)
def test_fees_arrears_and_standing_of_many_debts_agree_with_the_pure_functions(
    monkeypatch: pytest.MonkeyPatch, terms: LateFeeTerms
) -> None:
    monkeypatch.setattr(late_fees, "late_fee_terms", lambda **_: terms)
    random = Random(SEED)
    debts = debt_city.draw(count=DEBTS, random=random)
    debt_city.defer(debts, random=random)
    first = match_city.write_file(receipts=debt_city.payments(debts, random=random))
    match_file(file_id=first.pk, period=Month(2026, 11), today=TODAY)

    charge_late_fees(period=Month(2026, 11), today=TODAY)
    agree(TODAY, terms)
    assert charge_late_fees(period=Month(2026, 11), today=LATER) == 0  # no file came since

    shifts = settle(random)
    debt_city.change_bills(debts, random=random)
    debt_city.defer(debts[: DEBTS // 2], random=random)
    set_off_credits(period=Month(2026, 12), today=TODAY)
    again = match_city.write_file(receipts=debt_city.payments(debts, random=random))
    match_file(file_id=again.pk, period=Month(2026, 12), today=LATER)
    charge_late_fees(period=Month(2026, 12), today=LATER)
    agree(LATER, terms, shifts)
    assert BillLine.objects.filter(part=LinePart.LATE_FEE, fen__lt=0).count() > 20


def settle(random: Random) -> dict[Of, int]:
    """Some fees are settled a little above or below what is known; by how much."""
    shifts = {}
    for number, (of, fen) in enumerate(sorted(written().items())[::9], 1):
        shifts[of] = max(-fen, random.choice((-300, -1, 1, 2)))
        settle_late_fee(
            of=FeeOf(of[0], of[1], Month.of(of[2])),
            fen=fen + shifts[of],
            reason="演示",
            case_id=number,
            today=TODAY,
        )
    return shifts


def agree(today: date, terms: LateFeeTerms, shifts: Mapping[Of, int] | None = None) -> None:
    """Fees written, arrears registered and the standing are what the judge says."""
    debts = seen()
    told = Receipt.objects.filter(file__accepted=True).latest("arrived").arrived
    assert told < today
    settled = shifts or {}
    fees = {
        of: max(0, judged_fee(owed, told, terms) + settled.get(of, 0)) for of, owed in debts.items()
    }
    found = written()
    assert [(of, fen, found[of]) for of, fen in fees.items() if fen != found[of]][:3] == []
    assert sum(fen > 0 for fen in fees.values()) > DEBTS // 4

    register_arrears(period=Month.of(today), today=today)
    assert register_arrears(period=Month.of(today), today=today) == 0
    registered: Counter[int] = Counter()
    for entry in MemoEntry.objects.filter(kind="ARREARS"):
        registered[entry.party_id] += entry.fen
    expected: Counter[int] = Counter()
    for of, owed in (*debts.items(), *seen(fees=True).items()):
        expected[of[0]] += judged_arrears(owed, today)
    assert +registered == +expected
    whole = [standing(period=month, today=today) for month in debt_city.PAY_BYS]
    assert all(one.adds_up for one in whole)
    assert sum(one.arrears_fen for one in whole) == sum(expected.values())
    payer = max(expected, key=lambda one: expected[one])
    open_fees = sum(
        sum(fen for _, fen in owed.bills) - sum(fen for _, fen in owed.paid)
        for of, owed in seen(fees=True).items()
        if of[0] == payer
    )
    principal = sum(judged_arrears(owed, today) for of, owed in debts.items() if of[0] == payer)
    assert arrears_of(payer_id=payer, today=today) == principal + open_fees


def judged_arrears(owed: Owed, today: date) -> int:
    """What is open, less what is not due yet and what is deferred."""
    stretches = owed.stretches()
    billed, matched = stretches[-1][2], sum(fen for _, fen in owed.paid)
    if matched > billed:
        return 0
    due = max((upto for pay_by, _, upto in stretches if pay_by < today), default=0)
    rest = split_remainder(
        kind="EMPLOYED",
        billed_fen=billed,
        matched_fen=matched,
        pay_by=stretches[0][0],
        today=max(today, stretches[0][0]),
        deferred=owed.deferred,
    )
    overdue = rest.arrears_fen + rest.not_yet_due_fen
    return overdue - min(overdue, billed - due)


def file_of(*, arrived: date) -> None:
    """A file tells of money that arrived on a day, whose ever it was."""
    match_city.write_file(receipts=[match_city.Came(None, "110", 1, arrived)])


def test_what_is_known_is_charged_once() -> None:
    debt_city.draw(count=3, random=Random(1))
    file_of(arrived=date(2026, 11, 20))

    rows = charge_late_fees(period=Month(2026, 11), today=TODAY)

    assert rows > 1
    assert charge_late_fees(period=Month(2026, 11), today=LATER) == 0
    run = BillRun.objects.get(kind=BillRunKind.LATE_FEE)
    assert run.summary is not None
    assert (run.state, run.summary["lines"]) == ("DONE", BillLine.objects.filter(part=8).count())
    assert set(Bill.objects.filter(run=run).values_list("pay_by", flat=True)) == {
        date(2026, 12, 25)
    }


def test_a_month_is_charged_again_by_difference_when_more_is_known() -> None:
    debt_city.draw(count=3, random=Random(1))
    file_of(arrived=date(2026, 11, 20))
    charge_late_fees(period=Month(2026, 11), today=TODAY)
    before = written()

    file_of(arrived=date(2026, 11, 21))
    charge_late_fees(period=Month(2026, 11), today=TODAY)

    runs = BillRun.objects.filter(kind=BillRunKind.LATE_FEE).order_by("ordinal")
    assert list(runs.values_list("period", "ordinal")) == [
        (date(2026, 11, 1), 1),
        (date(2026, 11, 1), 2),
    ]
    assert all(fen > before[of] for of, fen in written().items())


def test_where_no_file_came_nobody_is_known_to_be_late() -> None:
    debt_city.draw(count=3, random=Random(1))

    assert charge_late_fees(period=Month(2026, 11), today=TODAY) == 0


def test_nobody_is_charged_beyond_the_day_of_which_files_tell() -> None:
    debt_city.draw(count=3, random=Random(1))
    file_of(arrived=min(debt_city.PAY_BYS.values()))

    assert charge_late_fees(period=Month(2026, 11), today=TODAY) == 0
