"""The late fee: its first and last day, deferral, parts, rates, cap, and a count day by day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Rounding
from backend.kernel.months import DateRange
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.collection.rules.late_fee import (
    MILLION,
    Cap,
    DailyRate,
    Debt,
    Deferred,
    LastDay,
    LateFee,
    LateFeeTerms,
    Paid,
    late_fee,
    late_fee_terms,
)
from insurance.policy import parameters
from insurance.policy.recompute import recompute
from tests.insurance.collection.collection_builders import ANQING, resolved

PAY_BY = date(2026, 10, 25)
PRINCIPAL = 1_000_000  # 10,000.00: five yuan a day
NEW_RATE_ON = date(2026, 11, 5)


def day(after_pay_by: int) -> date:
    return PAY_BY + timedelta(days=after_pay_by)


def rate(ppm: int, start: date, end: date | None = None) -> DailyRate:
    return DailyRate(DateRange(start, end), ppm, resolved(ppm))


def terms(
    *rates: DailyRate, last_day: LastDay = LastDay.PAYMENT_DAY, cap: Cap = Cap.PRINCIPAL
) -> LateFeeTerms:
    in_force = rates or (rate(500, date(2011, 7, 1)),)
    return LateFeeTerms(in_force, last_day, cap, Rounding.HALF_UP_FEN, (), "v")


def fee(until: date, of: LateFeeTerms | None = None, **changes: object) -> LateFee:
    debt = Debt("EMPLOYED", PRINCIPAL, PAY_BY)
    return late_fee(debt=replace(debt, **changes), until=until, terms=of or terms())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("until", "with_payment_day", "day_before"),
    [(day(0), 0, 0), (day(1), 500, 0), (day(2), 1_000, 500), (day(30), 15_000, 14_500)],
)
def test_the_fee_runs_from_the_day_after_the_last_day_to_pay(
    until: date, with_payment_day: int, day_before: int
) -> None:
    found = [fee(until, terms(last_day=last_day)).fen for last_day in LastDay]

    assert found == [with_payment_day, day_before]


@pytest.mark.parametrize("kind", ["FLEXIBLE", "RESIDENT"])
def test_who_pays_voluntarily_owes_no_late_fee(kind: str) -> None:
    found = fee(day(400), kind=kind)

    assert (found.fen, found.steps[0].sentence) == (0, "个人自愿缴费，不加收滞纳金。")


def test_deferred_principal_bears_none_until_the_deferral_ends() -> None:
    deferred = (Deferred(DateRange(date(2026, 10, 1), day(11)), PRINCIPAL),)

    last_deferred, first_after = (fee(day(n), deferred=deferred).fen for n in (10, 11))

    assert (last_deferred, first_after) == (0, 500)


def test_only_what_is_not_deferred_bears_a_fee() -> None:
    deferred = (Deferred(DateRange(date(2026, 10, 1)), 600_000),)

    assert fee(day(10), deferred=deferred).fen == 10 * 200


def test_a_payment_counts_against_what_is_not_deferred() -> None:
    deferred = (Deferred(DateRange(date(2026, 10, 1)), 600_000),)

    assert fee(day(10), deferred=deferred, paid=(Paid(day(5), 400_000),)).fen == 5 * 200


def test_payment_in_parts_stops_the_fee_on_what_is_paid() -> None:
    paid = (Paid(PAY_BY, 200_000), Paid(day(10), 300_000), Paid(day(20), 500_000))

    assert fee(day(100), paid=paid).fen == 10 * 400 + 10 * 250


def test_a_new_rate_counts_from_its_first_day() -> None:
    both = terms(rate(500, date(2011, 7, 1), NEW_RATE_ON), rate(300, NEW_RATE_ON))

    assert fee(NEW_RATE_ON - timedelta(days=1), both).fen == 10 * 500
    assert fee(NEW_RATE_ON, both).fen == 10 * 500 + 300


def test_the_fee_is_rounded_once_over_all_stretches() -> None:
    """1.00 yuan bears 0.05 fen a day: nothing after 9 days, a fen from the tenth on."""
    paid = (Paid(day(5), 0),)

    assert [fee(day(n), fen=100, paid=paid).fen for n in (9, 10)] == [0, 1]


@pytest.mark.parametrize(("until", "capped"), [(2_000, False), (2_001, True)])
def test_the_fee_ends_at_the_principal_where_the_rule_says_so(until: int, capped: bool) -> None:
    found = fee(day(until))

    assert (found.fen, found.capped) == (PRINCIPAL, capped)
    assert fee(day(until), terms(cap=Cap.NONE)).fen == until * 500


def test_the_cap_is_what_was_in_default_not_what_was_paid_in_time() -> None:
    assert fee(day(5_000), paid=(Paid(PAY_BY, 900_000),)).fen == 100_000


def test_each_stretch_says_from_when_to_when_on_what() -> None:
    found = fee(day(20), paid=(Paid(day(10), 300_000),))

    assert found.steps[0].inputs[:2] == (("起日", "2026-10-26"), ("止日", "2026-11-04"))
    assert [step.result for step in found.steps] == ["50", "35", "20", "85.00"]


def test_the_days_of_a_fee_are_counted_again_from_what_is_printed() -> None:
    found = fee(day(20), paid=(Paid(day(10), 300_000),))

    (days,) = (step for step in found.steps if step.name == "加收天数")
    assert (days.result, recompute(step=days)) == (str(found.days), "20")


def test_who_pays_in_time_is_told_so() -> None:
    found = fee(PAY_BY)

    assert [(step.result, step.sentence[:3]) for step in found.steps] == [
        ("0", "未逾期"),
        ("0.00", "未逾期"),
    ]


def days() -> st.SearchStrategy[date]:
    return st.integers(-10, 90).map(day)


def deferrals() -> st.SearchStrategy[Deferred]:
    return st.builds(
        lambda start, length, fen: Deferred(DateRange(start, start + timedelta(days=length)), fen),
        days(),
        st.integers(1, 40),
        st.integers(0, PRINCIPAL),
    )


def debts() -> st.SearchStrategy[Debt]:
    paid = st.lists(st.builds(Paid, days(), st.integers(0, PRINCIPAL // 4)), max_size=4)
    return st.builds(
        lambda paid, deferred: Debt("EMPLOYED", PRINCIPAL, PAY_BY, paid, deferred),
        paid,
        st.lists(deferrals(), max_size=3),
    )


TWO_RATES = (rate(500, date(2011, 7, 1), NEW_RATE_ON), rate(300, NEW_RATE_ON))


@given(debts(), days(), st.sampled_from(LastDay))
def test_stretches_say_what_a_count_day_by_day_says(
    debt: Debt, until: date, last_day: LastDay
) -> None:
    found = late_fee(debt=debt, until=until, terms=terms(*TWO_RATES, last_day=last_day))

    total = 0
    today = PAY_BY + timedelta(days=1)
    while today < until or (today == until and last_day is LastDay.PAYMENT_DAY):
        counts = last_day is LastDay.PAYMENT_DAY
        paid = sum(p.fen for p in debt.paid if (p.on < today if counts else p.on <= today))
        deferred = sum(d.fen for d in debt.deferred if d.days.contains(today))
        total += max(0, debt.fen - paid - deferred) * (500 if today < NEW_RATE_ON else 300)
        today += timedelta(days=1)
    assert found.millionths == total
    assert found.fen == min(PRINCIPAL, (total + MILLION // 2) // MILLION)


@given(debts(), days())
def test_the_fee_never_falls_with_time_and_grows_by_the_rest_at_most(
    debt: Debt, until: date
) -> None:
    today, tomorrow = (
        late_fee(debt=debt, until=until + timedelta(days=n), terms=terms()) for n in (0, 1)
    )

    assert 0 <= tomorrow.millionths - today.millionths <= PRINCIPAL * 500


@given(days(), st.integers(0, PRINCIPAL), st.integers(0, PRINCIPAL), days())
def test_a_payment_may_be_split_on_its_day(on: date, one: int, other: int, until: date) -> None:
    one, other = one // 2, other // 2

    whole = fee(until, paid=(Paid(on, one + other),))
    split = fee(until, paid=(Paid(on, one), Paid(on, other)))

    assert whole.fen == split.fen


def test_more_than_the_debt_can_not_be_paid() -> None:
    with pytest.raises(ValueError, match="more than once"):
        fee(day(1), paid=(Paid(PAY_BY, PRINCIPAL), Paid(day(1), 1)))


def test_the_figures_that_ship_need_to_be_verified() -> None:
    def shipped(since: date, *, demo: bool) -> LateFeeTerms:
        return late_fee_terms(
            tree=parameters.load(), region=ANQING, since=since, until=day(9), demo=demo
        )

    assert [r.ppm for r in shipped(PAY_BY, demo=True).rates] == [500]
    with pytest.raises(NotVerified, match="滞纳金"):
        shipped(PAY_BY, demo=False)
    with pytest.raises(NotConfigured, match="2011-06-30"):
        shipped(date(2011, 6, 30), demo=True)
