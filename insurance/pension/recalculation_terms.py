"""By which figures a year's awards are computed again (重算所用的政策数). Pure.

Resolved once and kept by the run: SQL reads no other, and by them every award is explained for
ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree
from insurance.pension.award_terms import AwardTerms, award_terms
from insurance.policy.kept_figures import keep
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.standing import mark_of_amount, weakest


@dataclass(frozen=True)
class YearTerms:
    """What the awards of a region rest on, for each retirement month of a year."""

    months: tuple[AwardTerms, ...]

    @cached_property
    def divisors(self) -> list[Mapping[int, int]]:
        """The lists of tenths by age that there are, each once."""
        found: list[Mapping[int, int]] = []
        for terms in self.months:
            if terms.divisors.tenths not in found:
                found.append(terms.divisors.tenths)
        return found

    def as_json(self, *, demo: bool) -> dict[str, Any]:
        """As a run keeps them: for SQL in whole numbers, and the figures themselves.

        Raises:
            NotConfigured: one of them is invented, outside of a demonstration.
        """
        return {
            "months": [self._month(terms) for terms in self.months],
            "divisors": [
                {"list": place, "age": age, "tenths": tenths}
                for place, tenths_at in enumerate(self.divisors)
                for age, tenths in tenths_at.items()
            ],
            "marks": self._marks(demo=demo),
            "figures": keep(used=(one for terms in self.months for one in terms.sources)),
        }

    def _month(self, terms: AwardTerms) -> dict[str, Any]:
        own = _weakest_of(terms)
        return {
            "month": terms.month.first_day.isoformat(),
            "base_fen": terms.base.fen,
            "base_year": terms.base.year,
            "rate_ppm": terms.rate_ppm,
            "coefficient_ppm": terms.coefficient_ppm,
            "unit": terms.index_unit,
            "list": self.divisors.index(terms.divisors.tenths),
            "standings": {one.value: weakest(standings={own, one}).value for one in Standing},
        }

    def _marks(self, *, demo: bool) -> dict[str, str]:
        """How amounts are marked, by the weakest of what they rest on."""
        for terms in self.months:
            mark_of_amount(standing=_weakest_of(terms), demo=demo)
        allowed = [one for one in Standing if demo or one is not Standing.DEMO]
        return {one.value: mark_of_amount(standing=one, demo=demo) for one in allowed}


def year_terms(*, tree: ParameterTree, region: str, year: int, known_on: date) -> YearTerms:
    """Resolve what the awards of a year rest on, as known on a day.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    months = (Month(year, number) for number in range(1, YEAR_MONTHS + 1))
    return YearTerms(
        tuple(
            award_terms(tree=tree, region=region, month=month, known_on=known_on, demo=True)
            for month in months
        )
    )


def _weakest_of(terms: AwardTerms) -> Standing:
    return weakest(standings=(one.standing for one in terms.sources))
