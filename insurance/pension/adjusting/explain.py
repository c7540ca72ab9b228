"""Why somebody's pension was adjusted so (调整的计算步骤): by the figures that its run keeps.

The steps are made on demand by the pure rules; a row holds all they are asked with.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.kernel.months import FIRST_YEAR, LAST_YEAR, Month
from backend.kernel.parameters import ParameterTree
from backend.people.queries import family_of
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.assess import LeftOut, Pension, facts_of
from insurance.pension.adjusting.basic_raise import basic_raise, not_raised, raise_terms
from insurance.pension.adjusting.custody import RULE
from insurance.pension.adjusting.figures import place_of
from insurance.pension.adjusting.models import Kind, Row, Run
from insurance.pension.adjustment import Adjustment, adjust_pension
from insurance.pension.adjustment_terms import AdjustmentTerms, adjustment_terms
from insurance.policy.kept_figures import kept_tree
from insurance.policy.steps import Step


@dataclass(frozen=True)
class Explained:
    """What the latest run says of an entitlement, and how that came about."""

    row: Row
    steps: tuple[Step, ...]  # none: left out, and no figure says so


def explained(*, person_id: int, year: int) -> list[Explained]:
    """Give the adjustments of a person that began in a year, in their order.

    Whoever was merged into this entry is meant too; in a year that no month can have, none began.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return []
    family = family_of(party_id=person_id)
    pensions = Entitlement.objects.filter(person__in=family).values_list("pk", flat=True)
    runs = Run.objects.filter(since__year=year)
    rows = Row.objects.filter(run__in=list(runs), entitlement__in=list(pensions))
    found = rows.select_related("run", "entitlement").order_by("run__since", "run_id")
    return [Explained(row, steps_of(row=row)) for row in _latest(found)]


def steps_of(*, row: Row) -> tuple[Step, ...]:
    """Give the steps of a row; none where somebody was left out, but for a raise in custody."""
    if row.left_out:
        return _not_raised(row)
    if row.run.kind == Kind.YEARLY:
        return given(row=row, terms=terms_of(run=row.run)).steps
    terms = raise_terms(
        tree=_figures(row.run),
        region=place_of(district=row.district, region=row.run.region),
        since=Month.of(row.run.since),
        demo=True,
    )
    return basic_raise(
        before_fen=row.raised_from_fen,
        terms=terms,
        before_extra_fen=row.supplement_from_fen,
        paid_months=row.paid_months,
    ).steps


def _not_raised(row: Row) -> tuple[Step, ...]:
    """Why the residents' standard does not rise for who serves a sentence, now and afterwards."""
    run = row.run
    if (run.kind, row.left_out) != (Kind.BASIC, LeftOut.IN_PRISON.name):
        return ()
    since = Month.of(run.since)
    rule = _figures(run).resolve_any(RULE, run.region, since.first_day)
    step = not_raised(
        before_fen=row.raised_from_fen, since=since, rule=rule, version=run.policy_version
    )
    return (step,)


def _figures(run: Run) -> ParameterTree:
    return kept_tree(kept=run.parameters["figures"], version=run.policy_version)


def terms_of(*, run: Run) -> AdjustmentTerms:
    """Give a year's plan as its run keeps it, whatever has become of the parameters."""
    return adjustment_terms(tree=_figures(run), region=run.region, year=run.since.year, demo=True)


def given(*, row: Row, terms: AdjustmentTerms) -> Adjustment:
    """Compute a row again by the pure rule."""
    pension = Pension(
        before_fen=row.before_fen,
        raised_from_fen=row.raised_from_fen,
        supplement_from_fen=row.supplement_from_fen,
        paid_months=row.paid_months,
        age=row.age,
    )
    return adjust_pension(facts=facts_of(pension=pension, terms=terms), terms=terms)


def _latest(rows: Iterable[Row]) -> list[Row]:
    """Of each adjustment of an entitlement the last word."""
    last = {(row.entitlement_id, row.run.kind, row.run.since): row for row in rows}
    return list(last.values())
