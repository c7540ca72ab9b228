"""How far an award may be relied on goes by what it rests on (核定的依据状态)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backend.kernel.dated import Standing
from insurance.accounts.accrued import Accrued
from insurance.pension.index import PaidMonth, index_terms
from insurance.pension.reckoning import Earlier, Given, Reckoned, Terms, reckon
from insurance.pension.retirement import Route, route_terms
from insurance.policy import parameters
from insurance.policy.retirement import Category
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.pension_facts import ANQING, month, terms_of

# A man born in 1966-03 is 60 and 4 months old in 2026-07; he had 130 months and paid on.
PAID_ON = Given(
    category=Category.M60,
    birth_month=month("1966-03"),
    deemed_months=0,
    earlier=Earlier(179, Decimal("0.9500"), month("2026-06"), "演示1号"),
    paid=(PaidMonth(month("2026-07"), 6_000_00),),
    account=Accrued(0, False, ()),
    account_standings=frozenset(),
    months_at_age=130,
)


@pytest.fixture(autouse=True)
def average_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interim index rests on is not final, and is left out of what stays."""
    p.publish_average(monkeypatch, issued=date(2026, 12, 5))


def retired(on: str, given: Given = PAID_ON) -> Reckoned:
    """Retired in a month after the statutory one; all else by the figures of 2026."""
    tree, known = parameters.load(), date(2026, 11, 5)
    route = route_terms(
        tree=tree,
        region=ANQING,
        route=Route.CONTINUED,
        month=month(on),
        statutory_month=month("2026-07"),
        demo=True,
    )
    index = index_terms(
        tree=tree,
        region=ANQING,
        years=[2026],
        retirement_month=month("2026-10"),
        known_on=known,
        demo=True,
    )
    return reckon(given=given, terms=Terms(route, index, terms_of("2026-10")))


def test_whose_least_months_count_is_borne_by_whom_it_decides() -> None:
    assert retired("2029-12").facts_standing is Standing.PUBLISHED
    assert retired("2030-01").facts_standing is Standing.UNVERIFIED


def test_what_an_account_rests_on_stays() -> None:
    cited = replace(PAID_ON, account_standings=frozenset({Standing.CITED}))

    assert retired("2029-12", cited).facts_standing is Standing.CITED
