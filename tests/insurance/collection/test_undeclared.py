"""110 % of the employer's own last total, of nobody, until the roster arrives."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from insurance.collection.rules.assess import Insured, assess_employer
from insurance.collection.rules.lines import Part
from insurance.collection.rules.match import Criterion, Funds, Named, Order, Source, match, net
from insurance.collection.rules.undeclared import (
    Basis,
    Estimate,
    MonthTotal,
    NoLastTotal,
    UndeclaredTerms,
    assess_undeclared,
    replace_estimate,
    undeclared_terms,
)
from insurance.policy import parameters
from tests.insurance.collection.collection_builders import (
    ANQING,
    EMPLOYER,
    NOV,
    resolved,
    terms,
)

SEP, OCT = NOV.plus(-2), NOV.previous


def rules(*, demo: bool = True) -> UndeclaredTerms:
    return undeclared_terms(tree=parameters.load(), region=ANQING, month=NOV, demo=demo)


def estimate(
    *totals: MonthTotal, of: UndeclaredTerms | None = None, month: Month = NOV
) -> Estimate:
    return assess_undeclared(
        payer_id=EMPLOYER, scheme="110", month=month, totals=totals, terms=of or rules()
    )


def test_the_employer_owes_110_percent_of_its_own_last_total_for_nobody() -> None:
    line = estimate(MonthTotal(SEP, 9_999_99), MonthTotal(OCT, 1_440_00)).line

    assert (line.fen, line.account_fen, line.pool_fen) == (1_584_00, 0, 1_584_00)
    assert (line.key.part, line.key.person_id, line.key.month) == (Part.ESTIMATE, None, NOV)


@pytest.mark.parametrize(("last_fen", "fen"), [(4, 4), (5, 6), (1, 1), (15, 17)])
def test_the_estimate_is_rounded_half_up(last_fen: int, fen: int) -> None:
    assert estimate(MonthTotal(OCT, last_fen)).line.fen == fen


@given(st.integers(1, 10**13))
def test_an_estimate_is_what_the_sql_says(last_fen: int) -> None:
    of = rules()

    assert (
        estimate(MonthTotal(OCT, last_fen), of=of).line.fen
        == (last_fen * of.factor_pm + 500) // 1000
    )


@pytest.mark.parametrize(("basis", "fen"), [(Basis.LAST_DECLARED, 110), (Basis.LAST_MONTH, 121)])
def test_several_months_without_declaration_count_by_the_stated_basis(
    basis: Basis, fen: int
) -> None:
    totals = MonthTotal(SEP, 100), MonthTotal(OCT, 110, is_estimate=True)

    assert estimate(*totals, of=replace(rules(), basis=basis)).line.fen == fen


@pytest.mark.parametrize(
    "totals", [(), (MonthTotal(NOV, 100),), (MonthTotal(OCT, 0),), (MonthTotal(OCT, 1, True),)]
)
def test_an_employer_without_a_month_before_needs_the_agency(
    totals: tuple[MonthTotal, ...],
) -> None:
    with pytest.raises(NoLastTotal, match="须由经办机构"):
        estimate(*totals)


def test_the_step_names_month_factor_and_article() -> None:
    step = estimate(MonthTotal(OCT, 1_440_00)).step

    assert step.inputs[0] == ("2026-10 缴费额", "1440.00")
    assert "中华人民共和国社会保险法第六十二条" in step.article


def test_outside_a_demonstration_the_basis_must_be_verified() -> None:
    with pytest.raises(NotVerified, match="上月缴费额"):
        rules(demo=False)


@given(st.integers(1, 5_000_00), st.lists(st.integers(0, 30_000_00), max_size=5), st.booleans())
def test_the_roster_replaces_the_estimate_and_what_was_paid_pays_the_persons(
    last_fen: int, wages_fen: list[int], paid: bool
) -> None:
    guess = estimate(MonthTotal(OCT, last_fen)).line
    people = [Insured(number, EMPLOYER, wage) for number, wage in enumerate(wages_fen)]
    assessed = assess_employer(payer_id=EMPLOYER, insured=people, terms=terms()).lines

    found = replace_estimate(billed=[guess], assessed=assessed, policy_version="v")

    lines = [guess, *(difference.line for difference in found)]
    assert sum(line.fen for line in lines) == sum(line.fen for line in assessed)
    owed, credit = net(lines=lines, matched={guess.key: guess.fen} if paid else {})
    assert [one.fen for one in credit] == ([guess.fen] if paid else [])
    funds = [
        Funds(n, EMPLOYER, "110", one.fen, date(2026, 11, 30), source=Source.CREDIT)
        for n, one in enumerate(credit)
    ]
    order = Order(Named.ONLY, (Criterion.MONTH, Criterion.PART), tuple(Part), resolved(1))
    matching = match(owed=owed, funds=funds, order=order)
    assert sum(one.fen for one in matching.allocations) == min(
        sum(one.fen for one in credit), sum(one.fen for one in owed)
    )


def test_a_replaced_estimate_is_not_replaced_again() -> None:
    guess = estimate(MonthTotal(OCT, 100)).line
    assessed = assess_employer(payer_id=EMPLOYER, insured=[], terms=terms()).lines

    once = replace_estimate(billed=[guess], assessed=assessed, policy_version="v")
    billed = [guess, *(one.line for one in once)]

    assert replace_estimate(billed=billed, assessed=assessed, policy_version="v") == ()
