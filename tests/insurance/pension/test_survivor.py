"""After a death: official answers, every boundary of the months, who drew, what bounds it."""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.pension.survivor import (
    FIVE_YEARS,
    Deceased,
    DrawnInService,
    Status,
    SurvivorBenefits,
    survivor_benefits,
)
from insurance.pension.survivor_terms import (
    Income,
    SurvivorTerms,
    income_before,
    survivor_terms,
)
from insurance.policy import parameters
from insurance.policy.recompute import first_wrong, recompute
from tests.insurance.pension.pension_facts import ANQING, all_hold, month, rows

EXAMPLES = rows("survivor.toml", "example")
MONTH = Income(300_000, 1)  # 3000 a month: a twelfth is a whole fen
PAID = st.one_of(
    st.integers(1, 720),
    st.integers(1, 720),
    st.integers(1, 720),
    st.integers(1, 720),
    st.sampled_from([59, 60, 61, 119, 120, 121, 179, 180, 181, 359, 360, 361]),
)
DRAWN = st.integers(0, 480)
HALF_FEN = [Income(281_850, 1), Income(300_001, 1), Income(3_600_006, 12), Income(1, 12)]
ANY_INCOME = st.builds(Income, st.integers(1, 10**7), st.sampled_from([1, 12]))
INCOMES = st.one_of(ANY_INCOME, ANY_INCOME, ANY_INCOME, ANY_INCOME, st.sampled_from(HALF_FEN))


@cache
def terms(under_five_years: bool, died: str = "2026-11") -> SurvivorTerms:
    return survivor_terms(
        tree=parameters.load(),
        region=ANQING,
        death_month=month(died),
        under_five_years=under_five_years,
        demo=True,
    )


def benefits(
    deceased: Deceased, income: Income = MONTH, funeral_elsewhere: str = ""
) -> SurvivorBenefits:
    return survivor_benefits(
        deceased=deceased,
        income=income,
        terms=terms(deceased.paid_months < FIVE_YEARS),
        funeral_elsewhere=funeral_elsewhere,
    )


def in_service(paid: int, own_fen: int | None = None) -> Deceased:
    return Deceased(Status.IN_SERVICE, paid, 0, own_fen)


def retired(paid: int, drawn: int) -> Deceased:
    return Deceased(Status.RETIRED, paid, drawn)


def income(example: dict[str, Any]) -> Income:
    if "annual" in example:
        return Income(Money.yuan(example["annual"]).fen, 12)
    return Income(Money.yuan(example["monthly"]).fen, 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_official_answers(example: dict[str, Any]) -> None:
    deceased = Deceased(Status[example["status"]], example["paid"], example["drawn"])

    found = benefits(deceased, income(example))

    assert found.months == Decimal(example["months"])
    assert str(Money(found.grant_fen)) == example["lump_sum"]
    assert str(Money(found.funeral_fen)) == example.get("funeral", str(Money(found.funeral_fen)))
    assert str(Money(found.total_fen)) == example.get("total", str(Money(found.total_fen)))


def test_a_year_s_income_is_not_rounded_to_a_month_first() -> None:
    """3922.17 × 11 would be 43143.87."""
    assert benefits(in_service(204), Income(4_706_600, 12)).grant_fen == 4_314_383


@pytest.mark.parametrize(
    ("paid", "months"),
    [
        (1, "3"),
        (59, "3"),
        (60, "6"),
        (119, "6"),
        (120, "9"),
        (180, "9"),
        (181, "9.0833"),
        (186, "9.5"),
        (192, "10"),
        (359, "23.9167"),
        (360, "24"),
        (361, "24"),
        (600, "24"),
    ],
)
def test_months_by_the_time_paid(paid: int, months: str) -> None:
    assert benefits(in_service(paid)).months == Decimal(months)


@pytest.mark.parametrize(
    ("paid", "drawn", "months"),
    [
        (360, 0, "24"),
        (360, 1, "23.9167"),
        (480, 12, "23"),  # from the most, not from what 40 years would give
        (360, 179, "9.0833"),
        (360, 180, "9"),
        (360, 400, "9"),
        (120, 0, "9"),
        (119, 0, "9"),
    ],
)
def test_a_month_less_for_each_year_drawn_but_nine_at_least(
    paid: int, drawn: int, months: str
) -> None:
    assert benefits(retired(paid, drawn)).months == Decimal(months)


def test_who_is_in_service_has_drawn_nothing() -> None:
    with pytest.raises(DrawnInService):
        benefits(Deceased(Status.IN_SERVICE, 240, 1))


@pytest.mark.parametrize(
    ("own", "funeral", "grant"),
    [
        (1_500_000, 600_000, 900_000),  # five months of 3000: bounds nothing
        (1_499_999, 600_000, 899_999),
        (600_000, 600_000, 0),
        (599_999, 599_999, 0),
        (0, 0, 0),
    ],
)
def test_under_five_years_both_together_are_bounded_by_the_own_contributions(
    own: int, funeral: int, grant: int
) -> None:
    found = benefits(in_service(59, own))

    assert (found.funeral_fen, found.grant_fen) == (funeral, grant)
    assert all_hold(found.steps)


@pytest.mark.parametrize(("own", "grant"), [(900_001, 900_000), (899_999, 899_999), (1, 1)])
def test_whose_funeral_another_scheme_pays_has_all_of_the_bound_for_the_grant(
    own: int, grant: int
) -> None:
    found = benefits(in_service(59, own), funeral_elsewhere="工伤保险")

    assert (found.funeral_fen, found.grant_fen, found.total_fen) == (0, grant, grant)
    assert all_hold(found.steps)
    formulas = {step.name: step.formula for step in found.steps}
    assert formulas["限额内的抚恤金"] == "较小(抚恤金, 本人缴费之和)"
    assert formulas["本次发给"] == "限额内的抚恤金"


def test_the_months_of_the_grant_are_a_step() -> None:
    for deceased in (in_service(181), retired(360, 179)):
        (step,) = (one for one in benefits(deceased).steps if one.name == "抚恤金月数")

        assert (step.result, recompute(step=step)) == ("9.0833", "9.0833")


def test_where_no_bound_is_set_the_own_contributions_bound_nothing() -> None:
    short = terms(True)
    assert short.cap is not None
    unbound = replace(short, cap=replace(short.cap, value="NONE"))

    found = survivor_benefits(deceased=in_service(59, 0), income=MONTH, terms=unbound)

    assert found.total_fen == 5 * 300_000
    assert all_hold(found.steps)


def test_from_five_years_on_nothing_bounds_them() -> None:
    assert benefits(in_service(60, 100)).total_fen == 8 * 300_000


def test_the_bound_blocks_outside_a_demonstration_only_where_it_counts() -> None:
    tree, november = parameters.load(), month("2026-11")

    survivor_terms(tree=tree, region=ANQING, death_month=november, under_five_years=False)

    with pytest.raises(NotVerified, match="缴费不满五年"):
        survivor_terms(tree=tree, region=ANQING, death_month=november, under_five_years=True)


def test_terms_without_the_bound_are_not_for_who_has_less_than_five_years() -> None:
    with pytest.raises(ValueError, match="less than five years"):
        survivor_benefits(deceased=in_service(59), income=MONTH, terms=terms(False))


def test_before_september_2021_each_province_had_its_own_rule() -> None:
    terms(False, "2021-09")

    with pytest.raises(NotConfigured):
        terms(False, "2021-08")


def test_the_income_is_that_of_the_year_before_the_death() -> None:
    def of(died: str) -> int:
        tree = parameters.load()
        return income_before(tree=tree, region=ANQING, death_month=month(died), demo=True).fen

    assert (of("2023-12"), of("2024-01")) == (4_513_300, 4_744_600)
    with pytest.raises(NotConfigured):
        of("2028-01")


@given(PAID, DRAWN, INCOMES, st.one_of(st.none(), st.integers(0, 10**7)))
def test_every_step_is_computed_again(
    paid: int, drawn: int, income: Income, own: int | None
) -> None:
    for deceased in (in_service(paid, own), Deceased(Status.RETIRED, paid, drawn, own)):
        for elsewhere in ("", "失业保险"):
            found = benefits(deceased, income, elsewhere)

            assert first_wrong(steps=found.steps) is None
            assert found.steps[-1].result == str(Money(found.total_fen))


@given(PAID, DRAWN, INCOMES, st.integers(1, 120))
def test_more_paid_or_less_drawn_never_pays_less(
    paid: int, drawn: int, income: Income, more: int
) -> None:
    longer = paid + more

    assert benefits(in_service(paid), income).total_fen <= (
        benefits(in_service(longer), income).total_fen
    )
    less = benefits(retired(paid, drawn + more), income).total_fen
    assert less <= benefits(retired(paid, drawn), income).total_fen
    assert less <= benefits(retired(longer, drawn + more), income).total_fen


@given(PAID, INCOMES, st.integers(0, 10**7), st.integers(0, 10**6))
def test_more_own_contributions_never_pay_less(
    paid: int, income: Income, own: int, more: int
) -> None:
    less, rest = (benefits(in_service(paid, fen), income).total_fen for fen in (own, own + more))

    assert less <= rest <= benefits(in_service(paid), income).total_fen


@given(PAID, DRAWN)
def test_months_lie_between_three_and_twenty_four(paid: int, drawn: int) -> None:
    assert 3 <= benefits(in_service(paid)).months <= 24
    assert 9 <= benefits(retired(paid, drawn)).months <= 24
