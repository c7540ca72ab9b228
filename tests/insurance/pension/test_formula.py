"""The award: printed figures, the base as known, exact fractions, what always holds."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.pension.award_terms import (
    BASE,
    award_base,
    award_terms,
    terms_in_force,
)
from insurance.pension.divisor import DivisorOutsideTable
from insurance.pension.formula import Award, AwardFacts, DeemedBeyondTotal, award_pension
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import (
    ANQING,
    KNOWN,
    all_hold,
    facts_of,
    month,
    rows,
    terms_of,
)

FILE = "pension_award.toml"
SHEET = "2025-07"
# A fifth of what is drawn sits on whole tenths of a year, where months change nothing.
totals = st.one_of(
    st.integers(0, 600), st.integers(0, 600), st.integers(0, 100).map(lambda n: n * 6)
)
indices = st.integers(0, 30_000)
balances = st.integers(0, 10**8)
births = st.integers(Month(1956, 3).index, Month(1984, 11).index).map(Month.from_index)


@st.composite
def people(draw: st.DrawFn) -> AwardFacts:
    total = draw(totals)
    return AwardFacts(
        draw(births), draw(indices), total, draw(st.integers(0, total)), draw(balances)
    )


def award(facts: AwardFacts, on: str = SHEET) -> Award:
    return award_pension(facts=facts, terms=terms_of(on))


@pytest.mark.parametrize("row", rows(FILE, "years"), ids=lambda row: row["name"])
def test_printed_years(row: dict[str, Any]) -> None:
    found = award(facts_of(total=row["months"], deemed=row["months"]))

    assert [step.result for step in found.steps if step.name.endswith("年限")] == [row["years"]] * 2


@pytest.mark.parametrize("row", rows(FILE, "base"), ids=lambda row: str(row["known_on"]))
def test_the_base_is_last_year_s_until_the_year_s_own_is_published(row: dict[str, Any]) -> None:
    terms = terms_of(row["retirement_month"], known_on=row["known_on"])

    assert str(Money(terms.base.fen)) == row["base"]
    assert award_pension(facts=facts_of(), terms=terms).interim is row["interim"]


@pytest.mark.parametrize("row", rows(FILE, "award"), ids=lambda row: row["name"])
def test_awards_reckoned_by_hand(row: dict[str, Any]) -> None:
    facts = AwardFacts(
        month(row["birth_month"]),
        int(row["index"].replace(".", "")),
        row["total_months"],
        row["deemed_months"],
        Money.yuan(row["account"]).fen,
    )

    found = award_pension(facts=facts, terms=terms_of(row["retirement_month"], base=row["base"]))

    parts = (found.basic_fen, found.account_fen, found.transitional_fen, found.total_fen)
    printed = (row["basic"], row["account_part"], row["transitional"], row["total"])
    assert tuple(str(Money(fen)) for fen in parts) == printed
    assert found.steps[1].result == row["divisor"]
    assert not found.interim


def test_a_year_without_base_after_one_without_base_is_not_configured() -> None:
    with pytest.raises(NotConfigured, match="2027"):
        terms_of("2027-01")


def test_a_base_known_by_hearsay_awards_nothing() -> None:
    tree = parameters.load()

    with pytest.raises(NotVerified):
        award_base(tree=tree, region=ANQING, month=month("2023-12"), known_on=KNOWN)

    assert award_base(tree=tree, region=ANQING, month=month("2024-01"), known_on=KNOWN).year == 2024


def test_outside_a_demonstration_unverified_roundings_block_the_award() -> None:
    with pytest.raises(NotVerified):
        award_terms(tree=parameters.load(), region=ANQING, month=month(SHEET), known_on=KNOWN)


def test_the_year_before_the_first_known_base_is_not_configured() -> None:
    with pytest.raises(NotConfigured):
        terms_of("2019-12")

    assert [terms_of(text).base.year for text in ("2020-01", "2023-12")] == [2020, 2023]


def test_a_district_has_the_province_s_base_and_says_so() -> None:
    terms = terms_in_force(region="340826", month=month(SHEET), known_on=KNOWN, demo=True)

    basic = award_pension(facts=facts_of(), terms=terms).steps[4]

    assert "皖人社秘〔2025〕153号（安徽省340000，转引）" in basic.article
    assert terms is terms_in_force(region="340826", month=month(SHEET), known_on=KNOWN, demo=True)


def test_an_interim_award_says_so_to_the_person() -> None:
    basic = award(facts_of(born="1965-11"), on="2026-02").steps[4]

    assert "先按2025年的 7999.00 元预发，公布后重算" in basic.sentence


def test_a_given_base_is_named_as_given() -> None:
    terms = terms_of(SHEET, base="7842.00")

    assert all(source.key != BASE for source in terms.sources)
    assert "计发基数由经办人给出" in award_pension(facts=facts_of(), terms=terms).steps[4].article


@pytest.mark.parametrize(("born", "on"), [("1985-08", SHEET), ("1955-06", SHEET)])
def test_an_age_outside_the_table_has_no_award(born: str, on: str) -> None:
    with pytest.raises(DivisorOutsideTable):
        award(facts_of(born=born), on)


def test_deemed_months_are_part_of_all_months() -> None:
    with pytest.raises(DeemedBeyondTotal):
        award(facts_of(total=180, deemed=181))

    assert award(facts_of(total=180, deemed=180)).transitional_fen > 0


@pytest.mark.parametrize("wrong", [{"index": -1}, {"deemed": -1}, {"account": -1}])
def test_what_is_below_zero_is_our_mistake(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="below zero"):
        award(facts_of(**wrong))  # type: ignore[arg-type]


@given(people(), st.sampled_from(["2024-12", "2025-01", SHEET, "2026-02"]))
def test_whole_numbers_give_the_exact_formula_rounded_once(facts: AwardFacts, on: str) -> None:
    found = award(facts, on)

    base = Fraction(found.terms.base.fen, 100)
    index = Fraction(facts.index, 10_000)
    years, deemed = Fraction(found.years_tenths, 10), Fraction(found.deemed_tenths, 10)
    exact = (
        (base + base * index) / 2 * years / 100,
        Fraction(facts.account_fen, 100) / Fraction(found.divisor_tenths, 10),
        base * index * deemed * Fraction(13, 1000),
    )
    parts = (found.basic_fen, found.account_fen, found.transitional_fen)
    assert parts == tuple(Money.rounded(one, Rounding.HALF_UP_FEN).fen for one in exact)
    assert found.total_fen == sum(parts)
    assert found.years_tenths - 1 < Fraction(facts.total_months * 10, 12) <= found.years_tenths


@given(people(), st.sampled_from(["2024-12", SHEET, "2026-02"]))
def test_each_step_is_computed_again_and_leads_to_the_next(facts: AwardFacts, on: str) -> None:
    steps = award(facts, on).steps

    known = {step.name: step.result for step in steps}
    assert all_hold(steps)
    assert len(known) == len(steps)
    for step in steps:
        assert all(known.get(name, text) == text for name, text in step.inputs)


@given(people(), st.integers(1, 60))
def test_more_months_never_pay_less(facts: AwardFacts, more: int) -> None:
    longer = replace(facts, total_months=facts.total_months + more)

    assert award(longer).total_fen >= award(facts).total_fen


@given(people(), st.integers(1, 5_000), st.integers(1, 10**6))
def test_a_higher_index_or_balance_never_pays_less(
    facts: AwardFacts, index: int, balance: int
) -> None:
    higher = replace(facts, index=facts.index + index)
    richer = replace(facts, account_fen=facts.account_fen + balance)

    assert min(award(higher).total_fen, award(richer).total_fen) >= award(facts).total_fen


@given(people())
def test_who_is_older_at_retirement_never_has_less_from_the_account(facts: AwardFacts) -> None:
    older = replace(facts, birth_month=facts.birth_month.previous)

    assert award(older).account_fen >= award(facts).account_fen
