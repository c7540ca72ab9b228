"""The statement of the recalculation gives what the award's own rule gives (重算与核定公式一致)."""

from datetime import timedelta
from functools import cache

import pytest

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.benefits.models import Component
from insurance.pension import recalculation
from insurance.pension.award_steps import before_of, known_to, steps_of
from insurance.pension.award_terms import AwardTerms, tenths_of_years
from insurance.pension.formula import AwardFacts, award_pension
from insurance.pension.invariants import STEPS, broken_promises
from insurance.pension.models import Award
from insurance.pension.reckoning import recalculate
from insurance.policy import parameters
from insurance.policy.kept_steps import read
from insurance.policy.recompute import holds
from insurance.policy.standing import mark_of_amount
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import recalculation_builders as r

pytestmark = pytest.mark.django_db
PEOPLE, EXPLAINED = 2_000, 100
LATER = p.TODAY + timedelta(days=1)


def ties(facts: AwardFacts, terms: AwardTerms) -> tuple[bool, bool, bool]:
    """Whether the basic pension, the account's and the transitional one lie on half a fen."""
    base, unit, index = terms.base.fen, terms.index_unit, facts.index
    years, deemed = (
        tenths_of_years(months=months) for months in (facts.total_months, facts.deemed_months)
    )
    divisor = terms.divisors.tenths[terms.month.index - facts.birth_month.index]
    parts = (
        (base * (unit + index) * years * terms.rate_ppm, 2 * unit * 10**7),
        (facts.account_fen * 10, divisor),
        (base * index * deemed * terms.coefficient_ppm, unit * 10**7),
    )
    basic, account, transitional = (2 * above % (2 * below) == below for above, below in parts)
    return basic, account, transitional


def test_many_are_what_the_rule_gives_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    people = r.generated(people=PEOPLE, seed=7)
    before = r.awarded(people=people)
    monkeypatch.setattr(recalculation, "CHUNK_SIZE", 700)
    p.publish_base(monkeypatch, fen=r.BASE_FEN)

    run = p.recalculated()

    terms = cache(r.terms_at)
    assert len(run.chunks) == 3
    after = {award.previous_id: award for award in Award.objects.filter(recalculation=run)}
    wanted = {
        award.pk: award_pension(facts=facts, terms=terms(month))
        for award, (facts, month) in zip(before, people, strict=True)
    }
    parts = {
        pk: (one.basic_fen, one.account_fen, one.transitional_fen) for pk, one in wanted.items()
    }
    assert {
        pk: (one.basic_fen, one.account_fen, one.transitional_fen) for pk, one in after.items()
    } == parts
    on_ties = [ties(facts, terms(month)) for facts, month in people]
    assert all(sum(part) >= PEOPLE // 100 for part in zip(*on_ties, strict=True))
    assert run.summary == {
        "awards": PEOPLE,
        "more_fen": sum(wanted[one.pk].total_fen - one.total_fen for one in before),
    }
    paid = Component.objects.filter(superseded_at=None)
    assert sorted(paid.values_list("entitlement_id", "component", "fen")) == sorted(
        (one.entitlement_id, name, fen) for one in after.values() for name, fen in one.parts.items()
    )


def test_an_index_that_waited_is_what_the_rule_gives_too(monkeypatch: pytest.MonkeyPatch) -> None:
    people = r.generated(people=PEOPLE, seed=10)
    bases = r.waiting(people=people, seed=10)
    p.publish_average(monkeypatch, issued=LATER)
    before = r.awarded(people=people, bases=bases)
    p.publish_average(monkeypatch, fen=r.AVERAGE_FEN)
    p.publish_base(monkeypatch, fen=r.BASE_FEN)

    run = p.recalculated()

    known = cache(r.known_at)
    after = {award.previous_id: award for award in Award.objects.filter(recalculation=run)}
    for one in before:
        wanted = recalculate(
            before=before_of(award=one, steps=()), known=known(Month.of(one.retirement_month))
        )
        award, due = after[one.pk], wanted.award
        assert (award.average_index or 0) == due.facts.index
        assert (award.basic_fen, award.transitional_fen) == (due.basic_fen, due.transitional_fen)
        assert (award.standing, award.interim) == (wanted.standing.value, False)
    waited = [one for one, of in zip(before, bases, strict=True) if of]
    moved = [one for one in waited if after[one.pk].average_index != one.average_index]
    assert len(moved) > PEOPLE // 4
    on_ties = [of for of in bases if of and of.earlier is None and set(of.by_year) == {2026}]
    assert len(on_ties) > PEOPLE // 20


def test_their_steps_are_made_again_from_what_the_run_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = r.generated(people=EXPLAINED, seed=8)
    with monkeypatch.context() as published:
        p.publish_average(published, issued=LATER)
        before = r.awarded(people=people, bases=r.waiting(people=people, seed=8))
        p.publish_average(published, fen=r.AVERAGE_FEN)
        p.publish_base(published, fen=r.BASE_FEN)
        p.recalculated()
        wanted = {
            one.pk: recalculate(
                before=before_of(award=one, steps=read(rows=one.steps or [])),
                known=r.known_at(Month.of(one.retirement_month)),
            )
            for one in before
        }

    kept = cache(known_to)  # base and average are not among the parameters any more
    for award in Award.objects.filter(kind="RECALCULATION"):
        one = wanted[award.previous_id or 0]
        steps = steps_of(award=award, known=kept)
        assert steps == one.steps
        assert all(holds(step=step) for step in steps)
        assert award.standing == one.standing.value
    assert STEPS not in [one.promise for one in broken_promises()]


def test_amounts_are_marked_by_the_weakest_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    (before,) = r.awarded(people=r.generated(people=1, seed=9))
    p.publish_base(monkeypatch)
    p.recalculated()

    award = Award.objects.get(previous=before)
    marks = set(Component.objects.filter(superseded_at=None).values_list("standing", flat=True))

    assert marks == {mark_of_amount(standing=Standing(award.standing), demo=True)}
    assert parameters.load().version == award.policy_version
