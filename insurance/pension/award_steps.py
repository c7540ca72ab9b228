"""Why an award comes to what it does (核定的计算步骤).

An award keeps its steps as they were printed. Those of a recalculation are made on demand by the
pure rule, from the award before it and the figures that its run keeps.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.pension.award_terms import award_terms
from insurance.pension.formula import AwardFacts
from insurance.pension.index import EarlierMonths, index_terms
from insurance.pension.models import Award, Recalculation
from insurance.pension.reckoning import Bases, Before, Known, recalculate
from insurance.pension.resident_recalculation_terms import terms_at
from insurance.pension.resident_reckoning import (
    ResidentBefore,
    ResidentKnown,
    ResidentParts,
    recalculate_resident,
)
from insurance.pension.residents import ResidentFacts
from insurance.pension.waiting_account import read_account, read_rates
from insurance.policy.kept_figures import kept_tree
from insurance.policy.kept_steps import read
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.steps import Step

RESIDENTS = "170"
KnownTo: TypeAlias = Callable[[int, Month], Known | ResidentKnown]


def known_to(run_id: int, month: Month) -> Known | ResidentKnown:
    """What a recalculation computed by, whatever has become of the parameters."""
    run = Recalculation.objects.get(pk=run_id)
    tree = kept_tree(kept=run.parameters["figures"], version=run.policy_version)
    if run.scheme == RESIDENTS:
        terms = terms_at(tree=tree, region=run.region, first=month.next, demo=True)
        return ResidentKnown(terms, read_rates(run.parameters["rates"]))
    years = run.parameters["years"]  # none: no index waited
    return Known(
        award=award_terms(
            tree=tree, region=run.region, month=month, known_on=run.known_on, demo=True
        ),
        index=index_terms(
            tree=tree,
            region=run.region,
            years=years,
            retirement_month=month,
            known_on=run.known_on,
            demo=True,
        )
        if years
        else None,
        rates=read_rates(run.parameters["rates"]),
    )


def steps_of(*, award: Award, known: KnownTo = known_to) -> tuple[Step, ...]:
    """Give the steps of an award; ``known`` gives what a run computed by."""
    if award.steps is not None:
        return read(rows=award.steps)
    before = award.previous
    assert before is not None
    assert award.recalculation_id is not None
    found = known(award.recalculation_id, Month.of(award.retirement_month))
    steps = steps_of(award=before, known=known)
    if isinstance(found, ResidentKnown):
        of = resident_before_of(award=before, steps=steps)
        return recalculate_resident(before=of, known=found).steps
    return recalculate(before=before_of(award=before, steps=steps), known=found).steps


def resident_before_of(*, award: Award, steps: tuple[Step, ...]) -> ResidentBefore:
    """What an award of 170 rested on, as the pure rule asks it."""
    return ResidentBefore(
        facts=ResidentFacts(
            birth_month=Month.of(award.birth_month),
            paid_years=award.total_months // YEAR_MONTHS,
            account_fen=award.balance_fen,
            least_years=award.figures["least_years"],
        ),
        account=read_account(award.account_years),
        facts_standing=Standing(award.figures["facts_standing"]),
        steps=steps,
        parts=ResidentParts(award.basic_fen, award.account_fen, award.extra_fen),
    )


def before_of(*, award: Award, steps: tuple[Step, ...]) -> Before:
    """What an award that was interim rested on, as the pure rule asks it."""
    return Before(
        facts=AwardFacts(
            birth_month=Month.of(award.birth_month),
            index=award.average_index or 0,
            total_months=award.total_months,
            deemed_months=award.deemed_months,
            account_fen=award.balance_fen,
        ),
        base_fen=award.base_fen,
        bases=_bases(award),
        account=read_account(award.account_years),
        facts_standing=Standing(award.figures["facts_standing"]),
        steps=steps,
        total_fen=award.total_fen,
    )


def _bases(award: Award) -> Bases | None:
    if award.index_bases is None:
        return None
    index = award.figures["earlier_index"]
    months = award.figures["earlier_months"] if index else 0
    return Bases(
        by_year={int(year): fen for year, fen in award.index_bases.items()},
        months=award.total_months - award.deemed_months - months,
        earlier=EarlierMonths(months, Decimal(index)) if months else None,
    )
