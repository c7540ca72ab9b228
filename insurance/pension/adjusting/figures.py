"""By which figures an adjustment is computed (调整所用的政策数): resolved once, kept by its run."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from backend.kernel.dated import Standing
from backend.kernel.money import Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import MILLION, ParameterTree, Resolved
from insurance.pension.adjusting.basic_raise import RaiseTerms, StandardNotRaised, raise_terms
from insurance.pension.adjusting.custody import KEPT, PENSIONERS, Custody, custody_of_raise
from insurance.pension.adjustment_terms import AdjustmentTerms, adjustment_terms
from insurance.policy.kept_figures import keep
from insurance.policy.standing import mark_of_amount, weakest

OLDEST = 150


@dataclass(frozen=True)
class Figures:
    """What SQL reads, and what it stands for."""

    terms: Any
    used: tuple[Resolved, ...]
    policy_version: str
    custody: Custody = PENSIONERS  # decides who is left out, and lets no amount count
    drawn: tuple[str, ...] = ()  # districts that were asked about

    @property
    def standing(self) -> str:
        """How the amounts that rest on them are marked; what may not count was refused before."""
        found = weakest(standings=(one.standing for one in self.used))
        return mark_of_amount(standing=found, demo=True)

    def as_json(self) -> dict[str, Any]:
        """As they are kept."""
        rule = self.custody.source
        return {
            "terms": self.terms,
            "figures": keep(used=(*self.used, rule) if rule else self.used),
            "standing": self.standing,
            KEPT: self.custody.as_json(),
            "drawn": list(self.drawn),
        }


def yearly_figures(*, tree: ParameterTree, region: str, year: int, demo: bool) -> Figures:
    """Resolve a year's plan for 110.

    Raises:
        NotConfigured, NotVerified: naming the plan, or what is missing of it.
    """
    terms = adjustment_terms(tree=tree, region=region, year=year, demo=demo)
    linked = terms.linked_rounding
    plan = {
        "fixed_fen": terms.fixed_fen,
        "flat_fen": terms.years.flat_fen,
        "flat_years": terms.years.flat_years,
        "per_year_fen": terms.years.per_year_fen,
        "part_counts": terms.part_year_counts,
        "share_ppm": terms.share_ppm,
        **_rounded("", terms.rounding),
        **(_rounded("linked_", linked) if linked else {}),
    }
    ages = [_at_age(age, terms) for age in range(OLDEST + 1)]
    return Figures({"plan": plan, "ages": ages}, terms.sources, terms.policy_version)


def basic_figures(
    *, tree: ParameterTree, region: str, districts: Collection[str], since: Month, demo: bool
) -> Figures:
    """Resolve by how much the basic pension of 170 rises in each district of a region.

    Raises:
        NotConfigured, NotVerified: naming the standard.
        StandardNotRaised: it rises nowhere; ExtraBeforeUnknown.
    """
    raised = basic_terms(tree=tree, region=region, districts=districts, since=since, demo=demo)
    if not raised:
        raise StandardNotRaised(f"基础养老金标准自 {since} 起没有提高。", since=str(since))
    return Figures(
        terms=[_of_district(district, terms) for district, terms in raised.items()],
        used=tuple(one for terms in raised.values() for one in terms.sources),
        policy_version=tree.version,
        custody=custody_of_raise(tree=tree, region=region, since=since, demo=demo),
        drawn=tuple(sorted(districts)),
    )


def _of_district(district: str, terms: RaiseTerms) -> dict[str, Any]:
    extra = terms.extra
    return {
        "district": district,
        "fen": terms.fen,
        "extra_fen": extra.fen if extra else 0,
        "least_years": extra.least_years.whole if extra else 0,
    }


def basic_terms(
    *, tree: ParameterTree, region: str, districts: Iterable[str], since: Month, demo: bool
) -> dict[str, RaiseTerms]:
    """Resolve by how much the basic pension of 170 rises in each district where it does.

    Raises:
        NotConfigured, NotVerified: naming the standard; ExtraBeforeUnknown.
    """
    raised: dict[str, RaiseTerms] = {}
    for district in sorted(districts):
        place = place_of(district=district, region=region)
        with suppress(StandardNotRaised):
            raised[district] = raise_terms(tree=tree, region=place, since=since, demo=demo)
    return raised


def with_districts(*, kept: Mapping[str, Any], raised: Mapping[str, RaiseTerms]) -> dict[str, Any]:
    """What a run keeps, with districts that nobody drew in when it was decided."""
    used = [one for terms in raised.values() for one in terms.sources]
    figures = [one for one in keep(used=used) if one not in kept["figures"]]
    found = mark_of_amount(standing=weakest(standings=(one.standing for one in used)), demo=True)
    marks = {Standing[kept["standing"]], Standing[found]}
    return {
        "drawn": sorted({*kept.get("drawn", ()), *raised}),
        "terms": [*kept["terms"], *(_of_district(name, terms) for name, terms in raised.items())],
        "figures": [*kept["figures"], *figures],
        "standing": weakest(standings=marks).name,
    }


def place_of(*, district: str, region: str) -> str:
    """Whose standard counts: that of the district, of the city for who lives outside of it."""
    return district if district[:4] == region[:4] else region


def _rounded(prefix: str, how: Rounding) -> dict[str, int]:
    """An amount in millionths of a fen is rounded so: (amount + addend) ÷ unit × unit_fen."""
    unit = how.unit_fen * MILLION
    addends = {"DOWN": 0, "HALF_UP": unit // 2, "UP": unit - 1}
    return {
        f"{prefix}addend": addends[how.name.rpartition("_")[0]],
        f"{prefix}unit": unit,
        f"{prefix}unit_fen": how.unit_fen,
    }


def _at_age(age: int, terms: AdjustmentTerms) -> dict[str, Any]:
    """What is added at an age, and the sum it is raised to in the year that it was reached."""
    begun = [at for at in terms.old_age_fen if at <= age]
    return {
        "of_age": age,
        "old_age_fen": terms.old_age_fen[max(begun)] if begun else 0,
        "floor_fen": terms.floors_fen.get(age, 0),
        "floor_known": age in terms.floors_fen or age not in terms.floor_ages,
    }
