"""A resident's award: by hand, first month, least years, extra years only where they are known."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.city.make.places import DISTRICTS, District
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.money import Money, Rounding
from backend.kernel.parameters import NotConfigured, ParameterTree
from insurance.pension.qualified import Qualified, qualified
from insurance.pension.residents import (
    AGE_KEY,
    EXTRA_KEY,
    FIRST_MONTH_KEY,
    ResidentAward,
    ResidentFacts,
    ResidentTerms,
    ResidentTooYoung,
    award_resident,
    resident_terms,
)
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import all_hold, month

TONGCHENG = "340881"
BORN, FIRST = "1966-10", "2026-11"
years, balances = st.integers(15, 60), st.integers(0, 10**8)


@cache
def terms(on: str = FIRST) -> ResidentTerms:
    return resident_terms(
        tree=parameters.load(), region=TONGCHENG, month=month(on), paid_years=15, demo=True
    )


def with_extra(yuan: str) -> ResidentTerms:
    """As if the district added so much for each year; no figure of a real place."""
    return replace(terms(), extra=replace(terms().basic, value=Decimal(yuan)))


def award(
    paid_years: int = 15, account: int = 0, of: ResidentTerms | None = None, born: str = BORN
) -> ResidentAward:
    facts = ResidentFacts(month(born), paid_years, account)
    return award_resident(facts=facts, terms=of or terms())


def test_the_account_is_paid_out_by_139_months_beside_the_basic_amount() -> None:
    found = award(account=1_390_000)

    assert (found.basic_fen, found.account_fen, found.total_fen) == (21_500, 10_000, 31_500)
    assert all_hold(found.steps)


@pytest.mark.parametrize(("account", "fen"), [(69, 0), (70, 1), (208, 1), (209, 2)])
def test_the_account_part_is_rounded_half_up_to_the_fen(account: int, fen: int) -> None:
    assert award(account=account).account_fen == fen


def test_nothing_is_drawn_before_the_month_of_the_age() -> None:
    assert award(born="1966-11").total_fen == 21_500

    with pytest.raises(Refusal, match=r"2026年12月才年满（国发〔2014〕8号") as refused:
        award(born="1966-12")

    assert refused.value.code == "resident_pension_too_young"


def first_month(*, told: date | None = None, after: int | None = None) -> Qualified:
    tree, on = parameters.load(), date(2026, 11, 5)
    shipped = tree.resolve(FIRST_MONTH_KEY, TONGCHENG, on, demo=True)
    return qualified(
        birth_month=month("1966-08"),
        told=told,
        age=tree.resolve(AGE_KEY, TONGCHENG, on),
        after=shipped if after is None else replace(shipped, value=after),
        version=tree.version,
    )


@pytest.mark.parametrize(
    ("told", "after", "first"),
    [
        (None, None, "2026-09"),
        (None, 0, "2026-08"),
        (date(2026, 8, 1), None, "2026-09"),
        (date(2026, 10, 31), None, "2026-11"),
        (date(2026, 11, 1), None, "2026-12"),
        (date(2026, 12, 31), 2, "2027-02"),
    ],
)
def test_the_first_month_follows_from_the_day_he_qualified(
    told: date | None, after: int | None, first: str
) -> None:
    found = first_month(told=told, after=after)

    assert (str(found.reached), str(found.first.month)) == ("2026-08", first)
    assert all_hold(found.steps)


def test_nobody_qualifies_before_the_month_of_the_age() -> None:
    with pytest.raises(ResidentTooYoung, match="最早从2026年9月起领取"):
        first_month(told=date(2026, 7, 31))


def test_no_place_pays_less_than_the_nation_s_least_basic_amount() -> None:
    least = replace(terms(), basic=replace(terms().basic, value=Decimal(143)))
    less = replace(terms(), basic=replace(terms().basic, value=Decimal("142.99")))

    assert award(of=least).basic_fen == 14_300
    with pytest.raises(Refusal, match=r"142\.99 元.*低于全国最低标准 143\.00 元") as refused:
        award(of=less)

    assert refused.value.code == "resident_pension_basic_below_minimum"


def test_a_year_short_is_refused() -> None:
    with pytest.raises(Refusal, match="还差 1 年") as refused:
        award(paid_years=14)

    assert refused.value.code == "resident_pension_years_missing"


def test_who_was_near_the_age_at_the_beginning_needs_the_years_that_were_decided() -> None:
    near = ResidentFacts(month("1955-10"), 4, 50_000, least_years=4)

    assert award_resident(facts=near, terms=terms()).account_fen == 360
    with pytest.raises(Refusal):
        award_resident(facts=replace(near, paid_years=3), terms=terms())


def test_the_amount_of_anqing_is_invented_and_counts_in_a_demonstration_only() -> None:
    assert terms().basic.standing is Standing.DEMO
    with pytest.raises(NotConfigured):
        resident_terms(tree=parameters.load(), region=TONGCHENG, month=month(FIRST), paid_years=15)


@pytest.mark.parametrize("district", DISTRICTS, ids=lambda district: district.name)
def test_every_district_of_the_demonstration_has_the_amount_that_is_in_payment(
    district: District,
) -> None:
    found = resident_terms(
        tree=parameters.load(),
        region=district.code,
        month=month(FIRST),
        paid_years=15,
        demo=True,
    )

    assert found.basic.money.fen == district.basic_fen
    assert found.basic.region == district.code


def test_before_the_invented_amount_begins_nothing_is_configured() -> None:
    with pytest.raises(NotConfigured):
        terms("2024-06")

    assert terms("2024-07").basic.money.fen == 21_500


@pytest.mark.parametrize(("paid", "adds"), [(15, False), (16, True)])
def test_the_years_decide_whether_the_place_adds_something(paid: int, adds: bool) -> None:
    found = resident_terms(
        tree=parameters.load(),
        region=TONGCHENG,
        month=month(FIRST),
        paid_years=paid,
        demo=True,
    )

    assert (found.extra is not None) is adds


def test_what_a_place_adds_that_is_not_known_is_not_zero() -> None:
    tree = parameters.load()
    unknown = replace(tree.parameters[EXTRA_KEY], rows={})

    with pytest.raises(NotConfigured, match="超过最低年限"):
        resident_terms(
            tree=ParameterTree({**tree.parameters, EXTRA_KEY: unknown}, "unknown"),
            region=TONGCHENG,
            month=month(FIRST),
            paid_years=16,
            demo=True,
        )


@pytest.mark.parametrize(("paid", "fen"), [(15, 0), (16, 200), (20, 1_000)])
def test_each_year_above_the_least_adds_its_amount(paid: int, fen: int) -> None:
    found = award(paid_years=paid, of=with_extra("2"))

    assert found.extra_fen == fen
    assert all_hold(found.steps)


@pytest.mark.parametrize("wrong", [{"paid_years": -1}, {"account": -1}])
def test_what_is_below_zero_is_our_mistake(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="below zero"):
        award(**wrong)  # type: ignore[arg-type]


@given(years, balances)
def test_the_parts_are_exact_and_rounded_once(paid: int, balance: int) -> None:
    found = award(paid, balance, with_extra("2.50"))

    exact = Fraction(balance, 100) / 139
    assert found.account_fen == Money.rounded(exact, Rounding.HALF_UP_FEN).fen
    assert found.total_fen == found.basic_fen + found.account_fen + found.extra_fen
    assert all_hold(found.steps)


@given(years, balances, st.integers(1, 20), st.integers(0, 10**6))
def test_more_years_or_a_higher_balance_never_pay_less(
    paid: int, balance: int, more: int, higher: int
) -> None:
    less = award(paid, balance, with_extra("2"))

    assert award(paid + more, balance + higher, with_extra("2")).total_fen >= less.total_fen
