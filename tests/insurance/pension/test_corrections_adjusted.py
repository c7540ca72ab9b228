"""A corrected award is adjusted as if it had been right from the start (更正与调整)."""

import pytest

from backend.kernel.months import Month
from insurance.benefits.models import Due, Entitlement
from insurance.pension.adjusting.assess import Pension, facts_of
from insurance.pension.adjusting.explain import terms_of
from insurance.pension.adjusting.invariants import broken_promises
from insurance.pension.adjusting.models import Run
from insurance.pension.adjustment import adjust_pension
from insurance.pension.models import Award
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.adjusting import adjusting_builders as b

pytestmark = pytest.mark.django_db
AUGUST, FEBRUARY = Month(2026, 8), Month(2027, 2)


def corrected(award: Award) -> Award:
    c.archive_corrected()
    return c.corrected(award)


def wanted(award: Award, run: Run) -> int:
    """What the rule gives to who is due this award in December, at 60."""
    pension = Pension(
        before_fen=award.total_fen,
        raised_from_fen=0,
        supplement_from_fen=0,
        paid_months=award.total_months,
        age=60,
    )
    terms = terms_of(run=run)
    given = adjust_pension(facts=facts_of(pension=pension, terms=terms), terms=terms)
    return given.fixed_fen + given.linked_fen


def owed_in_all(of: Entitlement) -> int:
    return sum(Due.objects.filter(entitlement=of).values_list("fen", flat=True))


@pytest.mark.parametrize("corrected_first", [True, False])
def test_the_order_of_correction_and_adjustment_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, corrected_first: bool
) -> None:
    b.plan(monkeypatch)
    first = c.as_it_was()
    if corrected_first:
        award = corrected(first)
        run = b.adjusted(b.YEARLY)
    else:
        run = b.adjusted(b.YEARLY)
        award = corrected(first)
    b.followed()

    gets = wanted(award, run)
    assert gets != wanted(first, run)
    assert c.amounts(award.entitlement, JANUARY) == {**award.parts, "ADJUSTMENT": gets}
    assert c.amounts(award.entitlement, DECEMBER) == award.parts
    assert [one for one in broken_promises() if "签名" not in one.promise] == []


def test_what_was_adjusted_on_the_old_amount_is_paid_back_by_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.plan(monkeypatch)
    award = c.as_it_was()
    month.account(of=award.person_id)
    for period in (NOVEMBER, DECEMBER, JANUARY):
        month.sealed(period)
    run = b.adjusted(b.YEARLY)
    after = corrected(award)
    b.followed(FEBRUARY)

    month.sealed(FEBRUARY)

    gets = wanted(after, run)
    assert owed_in_all(award.entitlement) == 7 * after.total_fen + 2 * gets


def test_corrected_back_the_adjustment_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    b.plan(monkeypatch)
    award = c.as_it_was()
    run = b.adjusted(b.YEARLY)
    told = c.amounts(award.entitlement, JANUARY)
    once = corrected(award)
    b.followed(FEBRUARY)
    c.archive_corrected(deemed=p.archive()["deemed"])

    c.corrected(once)
    b.followed()

    assert told["ADJUSTMENT"] == wanted(award, run)
    assert c.amounts(award.entitlement, JANUARY) == told
