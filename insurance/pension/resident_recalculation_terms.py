"""By which figures a year's awards of 170 are computed again (居民重算所用的政策数). Pure.

Resolved once for each first month and kept by the run: SQL reads no other, and by them every award
is explained for ever.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from backend.kernel.dated import Standing
from backend.kernel.money import Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.accounts.interest import Rate
from insurance.pension.residents import (
    EXTRA_KEY,
    MANY_YEARS,
    BasicBelowMinimum,
    ResidentTerms,
    require_basic_minimum,
    resident_terms,
)
from insurance.pension.waiting_account import kept_rates, weaker_of_two
from insurance.policy.kept_figures import keep
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.standing import mark_of_amount, weakest


@dataclass(frozen=True)
class ResidentYear:
    """What the awards of a district rest on, for each first month after a retirement month of a
    year; months of which a figure is not known, or may not count, are left out."""

    region: str
    months: tuple[ResidentTerms, ...]
    rates: Mapping[int, Rate]  # of accounts, that are announced

    def as_json(self, *, demo: bool) -> dict[str, Any]:
        """As a run keeps them: for SQL in whole numbers, and the figures themselves."""
        allowed = [one for one in Standing if demo or one is not Standing.DEMO]
        return {
            "months": [self._month(terms) for terms in self.months],
            "marks": {one.value: mark_of_amount(standing=one, demo=demo) for one in allowed},
            "rates": kept_rates(rates=self.rates),
            "weaker": weaker_of_two(),
            "weaker_marks": {
                one.name: {other.name: weakest(standings={one, other}).name for other in Standing}
                for one in Standing
            },
            "figures": keep(used=(one for terms in self.months for one in _used(terms))),
        }

    def _month(self, terms: ResidentTerms) -> dict[str, Any]:
        own = {one.standing for one in terms.sources}
        without = {one.standing for one in terms.sources if one is not terms.extra}
        return {
            "region": self.region,
            "month": terms.month.previous.first_day.isoformat(),
            "basic_fen": terms.basic.money.fen,
            "extra_fen": terms.extra.money.fen if terms.extra else None,
            "least": terms.least_years.whole,
            **_divided(terms.divisor.whole, Rounding[terms.rounding.text]),
            "standings": _with_facts(without),
            "extra_standings": _with_facts(own),
        }


def resident_year(
    *, tree: ParameterTree, region: str, year: int, rates: Mapping[int, Rate], demo: bool
) -> ResidentYear:
    """Resolve what awards of a district rest on, of whom the month before the first one lies in a
    year; ``rates``: of accounts that wait, those that are announced."""
    firsts = (Month(year, number).next for number in range(1, YEAR_MONTHS + 1))
    found = (_countable(tree, region, first, demo) for first in firsts)
    return ResidentYear(region, tuple(terms for terms in found if terms), rates)


def terms_at(*, tree: ParameterTree, region: str, first: Month, demo: bool) -> ResidentTerms:
    """Resolve what awards of a first month rest on, with the extra years where the place adds
    something; figures of any standing, but an invented amount for each year is known in a
    demonstration only: who has no such years waits for none.

    Raises:
        NotConfigured: naming the parameter.
    """
    if EXTRA_KEY in tree.parameters:
        with suppress(NotConfigured):
            terms = resident_terms(
                tree=tree, region=region, month=first, paid_years=MANY_YEARS, demo=True
            )
            if demo or (terms.extra and terms.extra.standing is not Standing.DEMO):
                return terms
    return resident_terms(tree=tree, region=region, month=first, paid_years=0, demo=True)


def _countable(tree: ParameterTree, region: str, first: Month, demo: bool) -> ResidentTerms | None:
    """None where nothing can be awarded by them, or not outside of a demonstration."""
    with suppress(NotConfigured, BasicBelowMinimum):
        terms = terms_at(tree=tree, region=region, first=first, demo=demo)
        require_basic_minimum(terms=terms)
        if demo or all(one.standing is not Standing.DEMO for one in terms.sources):
            return terms
    return None


def _used(terms: ResidentTerms) -> Iterator[Resolved]:
    yield from terms.sources
    yield terms.basic_minimum


def _divided(divisor: int, how: Rounding) -> dict[str, int]:
    """An amount divided is rounded so: (2 × amount + added) ÷ unit × unit_fen."""
    whole = divisor * how.unit_fen
    added = {"DOWN": 0, "HALF_UP": whole, "UP": 2 * whole - 2}
    return {
        "added": added[how.name.rpartition("_")[0]],
        "unit": 2 * whole,
        "unit_fen": how.unit_fen,
    }


def _with_facts(standings: set[Standing]) -> dict[str, str]:
    return {one.value: weakest(standings={*standings, one}).value for one in Standing}
