"""Why somebody's pension was adjusted so (调整的计算步骤): by the figures that its run keeps.

The steps are made on demand by the pure rules; a row holds all they are asked with.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.kernel.months import FIRST_YEAR, LAST_YEAR, Month
from backend.people.models import Person
from backend.people.queries import family_of
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.assess import Pension, facts_of
from insurance.pension.adjusting.basic_raise import basic_raise, raise_terms
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
    steps: tuple[Step, ...]  # none: left out


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
    """Give the steps of a row; none where somebody was left out."""
    if row.left_out:
        return ()
    if row.run.kind == Kind.YEARLY:
        return given(row=row, terms=terms_of(run=row.run)).steps
    person = Person.objects.get(pk=row.entitlement.person_id)
    terms = raise_terms(
        tree=kept_tree(kept=row.run.parameters["figures"], version=row.run.policy_version),
        region=place_of(district=person.district, region=row.run.region),
        since=Month.of(row.run.since),
        demo=True,
    )
    return basic_raise(before_fen=row.raised_from_fen, terms=terms).steps


def terms_of(*, run: Run) -> AdjustmentTerms:
    """Give a year's plan as its run keeps it, whatever has become of the parameters."""
    tree = kept_tree(kept=run.parameters["figures"], version=run.policy_version)
    return adjustment_terms(tree=tree, region=run.region, year=run.since.year, demo=True)


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
