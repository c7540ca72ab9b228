"""New bounds are published: months billed on last year's are billed again by difference."""

import itertools
from datetime import date

import pytest

from backend.kernel.months import Month
from insurance.collection.bills.bill_run import RunStillOpen
from insurance.collection.bills.monthly_bills import open_bills
from insurance.collection.bills.top_up import MonthsNotBilled, TopUpReasonMissing, open_top_up
from insurance.collection.models import Bill, BillRun, BillRunKind
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
JULY, AUGUST, SEPTEMBER = Month(2026, 7), Month(2026, 8), Month(2026, 9)
NOTICE = "皖人社秘〔2026〕113号"
CASES = itertools.count(1)


def top_up(
    first: Month = JULY,
    last: Month = AUGUST,
    *,
    period: Month = SEPTEMBER,
    reason: str = NOTICE,
    today: date = date(2026, 9, 5),
    case_id: int = 0,
) -> BillRun:
    return open_top_up(
        period=period,
        first=first,
        last=last,
        reason=reason,
        today=today,
        case_id=case_id or next(CASES),
    )


def three_months() -> None:
    """Bounds of 2026 were issued on 27 August: July and August were billed on those of 2025."""
    of.enrolment(valid=of.months("2026-01"))
    b.chen_is_flexible(fen=None)
    for month in (JULY, AUGUST, SEPTEMBER):
        b.bill(month)


def test_who_paid_on_the_old_floor_pays_the_difference() -> None:
    three_months()

    run = b.compute(top_up())

    own = [(x.key.month, x.fen) for x in b.lines(run=run) if x.key.person_id == builders.li().pk]
    assert {fen for month, fen in own if month == JULY} == {3_44, 6_88}  # 8 % and 16 % of 43 yuan
    assert {month for month, _ in own} == {JULY, AUGUST}
    assert (run.kind, run.reason, run.ordinal) == (BillRunKind.TOP_UP, NOTICE, 1)


def test_flexible_people_are_topped_up_with_a_bill_of_their_own() -> None:
    three_months()

    run = b.compute(top_up())

    chen = builders.chen().pk
    bills = Bill.objects.filter(run=run, payer_id=chen, scheme="110")
    assert {(bill.kind, bill.fen, bill.pay_by) for bill in bills} == {
        ("FLEXIBLE", 8_60, date(2026, 12, 31))
    }
    employers = Bill.objects.filter(run=run).exclude(payer_id=chen)
    assert {bill.pay_by for bill in employers} == {date(2026, 9, 25)}


def test_a_second_top_up_finds_nothing() -> None:
    three_months()
    b.compute(top_up())

    again = b.compute(top_up())

    assert again.ordinal == 2
    assert b.lines(run=again) == []
    assert (again.summary or {})["bills"] == 0


def test_what_was_never_topped_up_stays_as_it_was_billed() -> None:
    three_months()

    b.compute(top_up(first=AUGUST))

    li = builders.li().pk
    july = [x.fen for x in b.lines() if (x.key.person_id, x.key.month) == (li, JULY)]
    assert july == [344_88, 689_76]


def test_a_case_opens_one_top_up() -> None:
    three_months()
    run = b.compute(top_up(case_id=7))

    assert top_up(case_id=7).pk == run.pk
    assert BillRun.objects.filter(kind=BillRunKind.TOP_UP).count() == 1


def test_nobody_is_late_for_a_top_up_on_the_day_of_its_decision() -> None:
    three_months()

    run = b.compute(top_up(today=date(2026, 9, 26)))  # the day after the last of September

    employers = Bill.objects.filter(run=run, kind="EMPLOYED")
    assert {bill.pay_by for bill in employers} == {date(2026, 10, 25)}


@pytest.mark.parametrize("period", [AUGUST, Month(2026, 11)])
def test_a_top_up_is_paid_with_the_newest_bills_or_the_next(period: Month) -> None:
    three_months()

    with pytest.raises(MonthsNotBilled):
        top_up(period=period)
    assert top_up(period=SEPTEMBER.next).period == SEPTEMBER.next.first_day


def test_nothing_else_is_computed_at_the_same_time() -> None:
    three_months()
    top_up()

    with pytest.raises(RunStillOpen):
        top_up(first=AUGUST)
    with pytest.raises(RunStillOpen):
        open_bills(period=Month(2026, 10), today=date(2026, 10, 5))


@pytest.mark.parametrize(
    ("first", "last"),
    [(Month(2026, 6), AUGUST), (AUGUST, JULY), (JULY, Month(2026, 10))],
)
def test_only_months_that_were_billed_are_topped_up(first: Month, last: Month) -> None:
    three_months()

    with pytest.raises(MonthsNotBilled):
        top_up(first, last)


def test_before_the_first_bills_there_is_nothing_to_top_up() -> None:
    with pytest.raises(MonthsNotBilled):
        top_up()


def test_a_top_up_says_why() -> None:
    with pytest.raises(TopUpReasonMissing):
        top_up(reason=" ")
