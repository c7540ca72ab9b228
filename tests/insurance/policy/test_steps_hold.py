"""What is printed of a reckoning is enough to reckon it again (逐步复算): contributions, accounts.

Every step is computed again from its formula, inputs and rounding alone, and must give its result;
the last one must be the amount itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.money import Money, Rounding
from backend.kernel.months import DateRange, Month
from insurance.accounts.interest import Movement, Rate, YearFacts, year_interest
from insurance.collection.rules.assess import Insured, assess_employer, assess_person
from insurance.collection.rules.bounds import Several, base_for
from insurance.collection.rules.difference import find_differences
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
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.collection.rules.residents import (
    Resident,
    assess_medical,
    assess_pension,
    medical_terms,
    pension_terms,
)
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, EmployerRounding
from insurance.collection.rules.undeclared import (
    MonthTotal,
    assess_undeclared,
    undeclared_terms,
)
from insurance.policy import parameters
from insurance.policy.recompute import holds
from insurance.policy.steps import Step
from tests.insurance.collection.collection_builders import (
    ANQING,
    CEILING_FEN,
    EMPLOYER,
    LI,
    NOV,
    OTHER,
    SEVERAL,
    bounds,
    resolved,
    terms,
    wages,
)

PAY_BY = date(2026, 10, 25)
YEAR = 2025
SUMS = st.integers(-(10**9), 10**9)


def assert_all_hold(steps: Iterable[Step]) -> None:
    for step in steps:
        assert holds(step=step), step
        assert step.name
        assert step.sentence.endswith("。"), step


def assert_last_is(steps: Sequence[Step], fen: int) -> None:
    assert_all_hold(steps)
    assert steps[-1].result == str(Money(fen))


def results(steps: Iterable[Step]) -> dict[str, str]:
    return {step.name: step.result for step in steps}


@given(wages(), SEVERAL, st.integers(0, 2 * CEILING_FEN), st.booleans())
def test_a_base(wage_fen: int | None, several: Several, elsewhere_fen: int, interim: bool) -> None:
    base = base_for(
        wage_fen=wage_fen,
        bounds=replace(bounds(), interim=interim),
        several=several,
        elsewhere_fen=elsewhere_fen,
    )

    assert_last_is([base.step], base.fen)


@given(
    wages(),
    st.sampled_from(["110", "210", "310"]),
    st.sampled_from([EMPLOYED, FLEXIBLE]),
    st.sampled_from(["0.02", "0.08", "0.11", "0.9"]),
    st.sampled_from(Rounding),
)
def test_a_contribution(
    wage_fen: int | None, scheme: str, kind: str, account: str, rounding: Rounding
) -> None:
    of = terms("110" if kind == FLEXIBLE else scheme, kind=kind)
    if of.account:
        credit = replace(of.account, source=resolved(Decimal(account)), rounding=rounding)
        employer = of.employer and replace(of.employer, rounding=rounding)
        person = replace(of.person, rounding=rounding)
        of = replace(of, account=credit, person=person, employer=employer)

    bill = assess_person(insured=Insured(LI, EMPLOYER, wage_fen), terms=of)

    assert_all_hold(bill.steps)
    said = results(bill.steps)
    assert said["缴费基数"] == str(Money(bill.base.fen))
    for line in bill.lines:
        assert said[line.key.part.value] == str(Money(line.fen))
    if of.account:
        assert_last_is(bill.steps, sum(line.account_fen for line in bill.lines))


@given(
    st.lists(wages(), max_size=8),
    st.sampled_from(EmployerRounding),
    st.sampled_from(["110", "210", "310"]),
)
def test_an_employer_s_total(
    wages_fen: list[int | None], rounding: EmployerRounding, scheme: str
) -> None:
    people = [Insured(number, EMPLOYER, wage) for number, wage in enumerate(wages_fen)]
    of = replace(terms(scheme), employer_rounding=rounding)

    bill = assess_employer(payer_id=EMPLOYER, insured=people, terms=of)

    own = sum(line.fen for line in bill.lines if line.key.part is Part.PERSON)
    assert_last_is([bill.step], bill.fen - own)


def lines() -> st.SearchStrategy[Line]:
    keys = st.builds(
        LineKey,
        st.sampled_from([EMPLOYER, OTHER]),
        st.sampled_from([LI, None]),
        st.just("110"),
        st.just(NOV),
        st.sampled_from([Part.PERSON, Part.EMPLOYER, Part.ROUNDING, Part.ESTIMATE]),
    )
    return st.builds(Line, keys, SUMS, st.integers(-(10**6), 10**6))


@given(st.lists(lines(), max_size=8), st.lists(lines(), max_size=8))
def test_differences(now: list[Line], billed: list[Line]) -> None:
    found = find_differences(now=now, billed=billed, policy_version="v", reason="演示")

    for difference in found:
        assert_last_is([difference.step], difference.line.fen)


@given(st.integers(1, 10**13), st.sampled_from(["1.1", "1.25", "0.999"]), st.sampled_from(Rounding))
def test_an_estimate(last_fen: int, factor: str, rounding: Rounding) -> None:
    shipped = undeclared_terms(tree=parameters.load(), region=ANQING, month=NOV, demo=True)
    of = replace(shipped, factor=resolved(Decimal(factor)), rounding=rounding)

    estimate = assess_undeclared(
        payer_id=EMPLOYER,
        scheme="110",
        month=NOV,
        totals=[MonthTotal(NOV.previous, last_fen)],
        terms=of,
    )

    assert_last_is([estimate.step], estimate.line.fen)


@given(
    st.sampled_from([200_00, 500_00, 6_000_00]),
    st.integers(0, 6_000_00),
    st.booleans(),
    st.none() | st.integers(0, 700_00),
)
def test_a_resident_s_year_of_pension(
    chosen_fen: int, collective_fen: int, subsidised: bool, support_fen: int | None
) -> None:
    shipped = pension_terms(tree=parameters.load(), region=ANQING, year=2026, demo=True)
    of = replace(shipped, support_fen={"MADE": support_fen or 0})
    group = None if support_fen is None else "MADE"

    bill = assess_pension(
        resident=Resident(LI, EMPLOYER, chosen_fen, collective_fen, subsidised, group), terms=of
    )

    assert_last_is(bill.steps, sum(line.account_fen for line in bill.lines))


@given(st.integers(0, 1_000_00), st.booleans(), st.none() | st.integers(0, 1000))
def test_a_resident_s_year_of_medical_insurance(
    amount_fen: int, subsidised: bool, share_pm: int | None
) -> None:
    shipped = medical_terms(tree=parameters.load(), region=ANQING, year=2026, demo=True)
    of = replace(shipped, amount_fen=amount_fen, support_pm={"MADE": share_pm or 0})
    group = None if share_pm is None else "MADE"

    bill = assess_medical(
        resident=Resident(LI, EMPLOYER, subsidised=subsidised, group=group), terms=of
    )

    assert_last_is(bill.steps, sum(line.fen for line in bill.lines))


def day(after_pay_by: int) -> date:
    return PAY_BY + timedelta(days=after_pay_by)


def days(last: int = 400) -> st.SearchStrategy[date]:
    return st.integers(-5, last).map(day)


def debts() -> st.SearchStrategy[Debt]:
    """Paid in up to four parts, deferred up to three times, now and then by a volunteer."""

    def debt(kind: str, fen: int, paid: list[Paid], deferred: list[Deferred]) -> Debt:
        return Debt(kind, fen + sum(one.fen for one in paid), PAY_BY, paid, deferred)

    deferrals = st.builds(
        lambda start, length, fen: Deferred(DateRange(start, start + timedelta(days=length)), fen),
        days(90),
        st.integers(1, 60),
        st.integers(0, 2_000_00),
    )
    return st.builds(
        debt,
        st.sampled_from(["EMPLOYED"] * 9 + ["FLEXIBLE"]),
        st.integers(0, 10_000_00),
        st.lists(st.builds(Paid, days(90), st.integers(0, 3_000_00)), max_size=4),
        st.lists(deferrals, max_size=3),
    )


def daily(ppm: int, start: date, end: date | None = None) -> DailyRate:
    return DailyRate(DateRange(start, end), ppm, resolved(Decimal(ppm) / MILLION))


def late_fees() -> st.SearchStrategy[LateFeeTerms]:
    """One rate or two, some so high that the cap is reached."""
    start, change = date(2011, 7, 1), day(30)
    one = st.just((daily(500, start),))
    two = st.sampled_from([300, 2_000, 20_000]).map(
        lambda ppm: (daily(500, start, change), daily(ppm, change))
    )
    return st.builds(
        LateFeeTerms,
        one | two,
        st.sampled_from(LastDay),
        st.sampled_from(Cap),
        st.sampled_from(Rounding),
        st.just(()),
        st.just("v"),
    )


@given(debts(), days(), late_fees())
def test_a_late_fee(debt: Debt, until: date, of: LateFeeTerms) -> None:
    found = late_fee(debt=debt, until=until, terms=of)

    assert_last_is(found.steps, found.fen)
    counted = [step.result for step in found.steps if step.name == "加收天数"]
    assert counted == ([str(found.days)] if debt.kind == EMPLOYED else [])


def movements() -> st.SearchStrategy[list[Movement]]:
    """In and out, several in a month."""
    months = st.integers(1, 12).map(lambda number: Month(YEAR, number))
    return st.lists(st.builds(Movement, months, SUMS, st.booleans()), max_size=20)


@given(
    st.integers(0, 10**10),
    movements(),
    st.integers(0, 10**7),
    st.none() | st.integers(0, 10**9),
    st.integers(0, 200_000),
    st.sampled_from([YEAR, YEAR - 1]),
)
def test_a_year_of_interest(
    opening: int,
    moved: list[Movement],
    credited: int,
    balance: int | None,
    ratio: int,
    of_year: int,
) -> None:
    facts = YearFacts(YEAR, opening, tuple(moved), credited, balance)
    rate = Rate(
        ratio=Decimal(ratio) / MILLION,
        of_year=of_year,
        interim=of_year != YEAR,
        parameter="pension.account_interest_rate",
        document="演示",
        standing=Standing.DEMO,
        authority="演示",
        policy_version="v",
    )

    found = year_interest(facts=facts, rate=rate)

    assert_last_is(found.steps, found.closing_fen)
    said = results(found.steps)
    assert said["月积数"] == str(Money(found.product_fen))
    assert said["利息"] == str(Money(found.interest_fen))
    assert said["本次记入"] == str(Money(found.difference_fen))
