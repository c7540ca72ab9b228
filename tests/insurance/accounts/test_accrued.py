"""An account as it stands at the end of a month, with the interest so far (储存额)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.accounts.accrued import BearingYear, accrue
from insurance.accounts.accrued_balance import accrued_balance
from insurance.accounts.interest import Movement, Rate, YearFacts, year_interest
from insurance.accounts.models import EntryKind
from insurance.policy.recompute import holds
from tests import builders
from tests.insurance.accounts import account_builders as of

HALF, ONE = Decimal("0.015"), Decimal("0.0262")
movements = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 500_000)).map(
        lambda one: Movement(Month(2025, one[0]), one[1])
    ),
    max_size=12,
).map(tuple)


def rate(ratio: Decimal = HALF, year: int = 2025, *, interim: bool = False) -> Rate:
    return Rate(
        ratio=ratio,
        of_year=year - interim,
        interim=interim,
        parameter="pension.account_interest_rate",
        document="演示",
        authority="演示",
        standing=Standing.CITED,
        policy_version="v",
    )


def year(
    number: int, months: int = 12, *moved: tuple[int, int], interim: bool = False
) -> BearingYear:
    came = tuple(Movement(Month(number, month), fen) for month, fen in moved)
    return BearingYear(number, months, came, rate(year=number, interim=interim))


def test_seven_months_bear_seven_twelfths() -> None:
    found = accrue(opening_fen=120_000_00, years=[year(2026, 7, (3, 480_00), (7, 480_00))])

    # 120,000 × 7 + 480 × 5 + 480 × 1 are 842,880 yuan × months, at 1.5 % 1,053.60
    assert found.fen == 120_000_00 + 2 * 480_00 + 1_053_60


def test_interest_of_a_year_bears_interest_in_the_next() -> None:
    found = accrue(opening_fen=100_000_00, years=[year(2025), year(2026, 1)])

    assert found.fen == 100_000_00 + 1_500_00 + 126_88


def test_what_came_in_later_bears_none() -> None:
    found = accrue(opening_fen=0, years=[year(2026, 7)], later_fen=480_00)

    assert found.fen == 480_00
    assert found.steps[-1].inputs[-1] == ("以后到账", "480.00")


def test_a_rate_that_is_not_announced_makes_it_interim() -> None:
    assert accrue(opening_fen=1, years=[year(2025), year(2026, 1, interim=True)]).interim
    assert not accrue(opening_fen=1, years=[year(2025)]).interim


@given(opening=st.integers(0, 10**9), moved=movements)
def test_a_whole_year_is_what_the_yearly_run_computes(
    opening: int, moved: tuple[Movement, ...]
) -> None:
    found = accrue(opening_fen=opening, years=[BearingYear(2025, 12, moved, rate(ONE))])

    facts = YearFacts(year=2025, opening_fen=opening, movements=moved)
    assert found.fen == year_interest(facts=facts, rate=rate(ONE)).closing_fen
    assert all(holds(step=step) for step in found.steps)


@pytest.mark.django_db
def test_years_that_no_run_has_closed_bear_one_after_the_other() -> None:
    li = builders.li().pk
    of.entry(kind=EntryKind.OPENING, month="2024-12", arrival="2025-01", fen=100_000_00)

    found = accrued_balance(person_ids=[li], scheme="110", region="340800", month=Month(2026, 1))

    assert found.accrued.fen == 100_000_00 + 1_500_00 + 126_88
    assert found.standings == {Standing.CITED, Standing.UNVERIFIED}  # the rule for interim rates


@pytest.mark.django_db
def test_interest_entered_since_is_not_counted_twice() -> None:
    li = builders.li().pk
    of.entry(kind=EntryKind.OPENING, month="2024-12", arrival="2025-01", fen=100_000_00)
    of.entry(kind=EntryKind.INTEREST, month="2025-12", arrival="2026-01", fen=1_500_00)
    of.finished_run(year=2025)

    found = accrued_balance(person_ids=[li], scheme="110", region="340800", month=Month(2025, 6))

    assert found.accrued.fen == 100_000_00 + 750_00
    assert found.standings == {Standing.CITED}


@pytest.mark.django_db
def test_who_has_no_account_has_nothing() -> None:
    found = accrued_balance(
        person_ids=[builders.chen().pk], scheme="110", region="340800", month=Month(2026, 7)
    )

    assert found.accrued.fen == 0
