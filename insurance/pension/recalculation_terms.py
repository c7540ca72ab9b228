"""By which figures a year's awards are computed again (重算所用的政策数). Pure.

Resolved once and kept by the run: SQL reads no other, and by them every award is explained for
ever.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import lcm
from types import MappingProxyType
from typing import Any

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.accounts.interest import Rate
from insurance.pension.award_terms import award_terms
from insurance.pension.index import IndexTerms, index_terms
from insurance.pension.reckoning import Known
from insurance.pension.waiting_account import kept_rates, weaker_of_two
from insurance.policy.kept_figures import keep
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.standing import WEAKEST_FIRST, mark_of_amount, weakest


@dataclass(frozen=True)
class YearTerms:
    """What the awards of a region rest on, for each retirement month of a year."""

    months: tuple[Known, ...]
    years: tuple[int, ...]  # for which was paid, and of which the average is published
    rates: Mapping[int, Rate]  # of accounts, that are announced

    @cached_property
    def divisors(self) -> list[Mapping[int, int]]:
        """The lists of tenths by age that there are, each once."""
        found: list[Mapping[int, int]] = []
        for known in self.months:
            if known.award.divisors.tenths not in found:
                found.append(known.award.divisors.tenths)
        return found

    def as_json(self, *, demo: bool) -> dict[str, Any]:
        """As a run keeps them: for SQL in whole numbers, and the figures themselves.

        Raises:
            NotConfigured: one of them is invented, outside of a demonstration.
        """
        return {
            "months": [self._month(known) for known in self.months],
            "years": list(self.years),
            "divisors": [
                {"list": place, "age": age, "tenths": tenths}
                for place, tenths_at in enumerate(self.divisors)
                for age, tenths in tenths_at.items()
            ],
            "marks": self._marks(demo=demo),
            "rates": kept_rates(rates=self.rates),
            "weaker": weaker_of_two(),
            "figures": keep(used=(one for known in self.months for one in _used(known))),
        }

    def _month(self, known: Known) -> dict[str, Any]:
        terms = known.award
        own = weakest(standings=(one.standing for one in terms.sources))
        return {
            "month": terms.month.first_day.isoformat(),
            "base_fen": terms.base.fen,
            "base_year": terms.base.year,
            "rate_ppm": terms.rate_ppm,
            "coefficient_ppm": terms.coefficient_ppm,
            "unit": terms.index_unit,
            "list": self.divisors.index(terms.divisors.tenths),
            "standings": {one.value: weakest(standings={own, one}).value for one in Standing},
            **(_index(known.index, own) if known.index else {}),
        }

    def _marks(self, *, demo: bool) -> dict[str, str]:
        """How amounts are marked, by the weakest of what they rest on."""
        rates = [rate.standing for rate in self.rates.values()]
        for known in self.months:
            found = weakest(standings=[*(one.standing for one in _used(known)), *rates])
            mark_of_amount(standing=found, demo=demo)
        allowed = [one for one in Standing if demo or one is not Standing.DEMO]
        return {one.value: mark_of_amount(standing=one, demo=demo) for one in allowed}


def year_terms(
    *,
    tree: ParameterTree,
    region: str,
    year: int,
    known_on: date,
    paid_years: Iterable[int],
    rates: Mapping[int, Rate] = MappingProxyType({}),
) -> YearTerms:
    """Resolve what the awards of a year rest on, as known on a day; of the years for which was paid
    (those of an index that waits) the averages that are published. ``rates``: of accounts that
    wait, those that are announced.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    months = [Month(year, number) for number in range(1, YEAR_MONTHS + 1)]

    def index(month: Month, years: Iterable[int]) -> IndexTerms:
        return index_terms(
            tree=tree,
            region=region,
            years=years,
            retirement_month=month,
            known_on=known_on,
            demo=True,
        )

    def is_published(paid: int) -> bool:
        with suppress(NotConfigured):
            return not any(index(month, [paid]).interim_years for month in months)
        return False

    years = tuple(paid for paid in sorted(set(paid_years)) if is_published(paid))
    known = (
        Known(
            award=award_terms(tree=tree, region=region, month=month, known_on=known_on, demo=True),
            index=index(month, years) if years else None,
            rates=rates,
        )
        for month in months
    )
    return YearTerms(tuple(known), years, rates)


def _used(known: Known) -> tuple[Resolved, ...]:
    return (*known.award.sources, *(known.index.sources if known.index else ()))


def _index(terms: IndexTerms, of_award: Standing) -> dict[str, Any]:
    """Averages as whole numbers: fen × weight ÷ multiple is a share of the index.

    A place in ``WEAKEST_FIRST`` tells how far an average may be relied on; by that of the weakest
    which counts, what an award of some standing is worth.
    """
    multiple = lcm(*(one.money.fen for one in terms.averages.values()))
    own = {of_award, terms.reference.standing, terms.precision.standing}
    return {
        "multiple": multiple,
        "averages": {
            str(year): {
                "weight": multiple // one.money.fen,
                "place": WEAKEST_FIRST.index(one.standing),
            }
            for year, one in terms.averages.items()
        },
        "index_standings": {
            facts.value: [weakest(standings={*own, facts, one}).value for one in WEAKEST_FIRST]
            for facts in Standing
        },
    }
