"""A corrected award lets a pension begin earlier, or later, than it was awarded (更正起始月)."""

import pytest
from django.db import IntegrityError, connection

from backend.kernel.months import Month
from insurance.accounts.models import EntryKind
from insurance.benefits.models import Component, Due, Entitlement, Overpaid, Stop
from insurance.enrolment.models import Enrolment, RetiredStatus
from insurance.pension.award_changes import compared_of
from insurance.pension.award_steps import steps_of
from insurance.pension.first_month import RunOpen
from insurance.pension.invariants import broken_promises
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
JUNE, AUGUST, SEPTEMBER = Month(2026, 6), Month(2026, 8), Month(2026, 9)


@pytest.fixture
def award() -> Award:
    return c.as_it_was()


def later(award: Award) -> Award:
    c.later_by_a_month()
    return c.corrected(award)


def earlier(award: Award) -> Award:
    c.earlier_by_two_months()
    return c.corrected(award, earlier_months=318, earlier_until="2026-05")


def begins(award: Award) -> Month:
    return Month.of(Entitlement.objects.get(pk=award.entitlement_id).start_month)


def in_force(award: Award, at: Month) -> dict[str, int]:
    return c.amounts(award.entitlement, at)


def paid_in_all() -> int:
    """What was ever due, less what was found to be given back."""
    due = sum(Due.objects.values_list("fen", flat=True))
    return due - sum(Overpaid.objects.values_list("fen", flat=True))


def broken() -> list[str]:
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


def test_later_the_pension_and_its_amounts_begin_later(award: Award) -> None:
    after = later(award)

    assert (begins(after), after.entitlement_id) == (SEPTEMBER, award.entitlement_id)
    assert (in_force(after, AUGUST), in_force(after, SEPTEMBER)) == ({}, after.parts)
    assert broken() == []


def test_earlier_the_pension_and_its_amounts_begin_earlier(award: Award) -> None:
    after = earlier(award)

    assert (begins(after), after.entitlement_id) == (JUNE, award.entitlement_id)
    assert (in_force(after, Month(2026, 5)), in_force(after, JUNE)) == ({}, after.parts)
    assert broken() == []


def test_a_month_paid_too_early_is_found_overpaid_and_never_set_off(award: Award) -> None:
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)
    after = later(award)

    month.sealed(DECEMBER)

    assert Overpaid.objects.get(for_month=AUGUST.first_day).fen == award.total_fen
    assert Due.objects.get(kind=1, run_period=DECEMBER.first_day).fen == after.total_fen
    assert paid_in_all() == 4 * after.total_fen


def test_months_owed_before_are_paid_back_as_differences(award: Award) -> None:
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)
    after = earlier(award)

    month.sealed(DECEMBER)

    back = Due.objects.filter(run_period=DECEMBER.first_day, kind=2, for_month__lt=AUGUST.first_day)
    assert {Month.of(due.for_month): due.fen for due in back} == {
        JUNE: after.total_fen,
        JUNE.next: after.total_fen,
    }
    assert paid_in_all() == 7 * after.total_fen


def test_known_before_it_was_paid_nothing_is_owed_back(award: Award) -> None:
    month.account(of=p.man().pk)
    after = later(award)

    month.sealed(NOVEMBER)

    assert (paid_in_all(), Overpaid.objects.count()) == (3 * after.total_fen, 0)


def test_there_and_back_nothing_is_owed(award: Award) -> None:
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)
    once = later(award)
    p.approve(corrects=c.approved().pk, **c.FOUND)

    again = c.corrected(once)
    month.sealed(DECEMBER)

    assert (again.parts, begins(again)) == (award.parts, AUGUST)
    assert Due.objects.filter(kind=2, run_period=DECEMBER.first_day).count() == 0
    assert Overpaid.objects.count() == 0


def test_a_step_says_by_how_many_months_and_the_paper_says_both(award: Award) -> None:
    after = later(award)

    steps = {step.name: step for step in steps_of(award=after)}
    assert first_wrong(steps=steps.values()) is None
    assert steps["推迟领取的月数"].result == "1"
    assert "多领的月份另行告知，依法追回" in steps["推迟领取的月数"].sentence
    compared = compared_of(award=after)
    assert compared is not None
    said = {one.label: (one.before, one.now) for one in compared.entries}
    assert said["起领年月"] == ("2026年8月", "2026年9月")


def test_what_was_drawn_too_early_is_no_less_in_the_account(award: Award) -> None:
    untouched = later(award)
    p.approve(corrects=c.approved().pk, **c.FOUND)
    back = c.corrected(untouched)
    account_builders.entry(
        person_id=p.man().pk, kind=EntryKind.PAYOUT, month="2026-08", arrival="2026-08",
        fen=-2_000_00,
    )  # fmt: skip

    assert later(back).balance_fen == untouched.balance_fen


def insured_until(scheme: str) -> Month:
    row = Enrolment.objects.get(person_id=p.man().pk, scheme=scheme, superseded_at=None)
    return Month.of(row.valid.upper)


def retired_from() -> Month:
    row = RetiredStatus.objects.get(person_id=p.man().pk, superseded_at=None)
    return Month.of(row.valid.lower)


def test_insurance_goes_on_until_the_later_month_and_ends_with_the_earlier() -> None:
    for scheme in ("110", "310"):
        of.enrolment(person_id=p.man().pk, scheme=scheme)
    award = c.as_it_was()
    assert (insured_until("110"), insured_until("310"), retired_from()) == (AUGUST,) * 3

    once = later(award)
    assert (insured_until("110"), insured_until("310"), retired_from()) == (SEPTEMBER,) * 3

    earlier(once)
    assert (insured_until("110"), insured_until("310"), retired_from()) == (JUNE,) * 3


def test_the_residents_pension_ends_with_the_month() -> None:
    drawn = month.entitlement(of=p.man(), start=Month(2026, 5))
    award = c.as_it_was()

    later(award)

    stop = Stop.objects.get(entitlement=drawn, superseded_at=None)
    assert Month.of(stop.valid.lower) == SEPTEMBER


def test_while_a_month_is_computed_no_first_month_moves(award: Award) -> None:
    month.opened(NOVEMBER)
    c.later_by_a_month()

    with pytest.raises(RunOpen):
        c.corrected(award)


def test_no_other_hand_moves_a_first_month(award: Award) -> None:
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE benefits_entitlement SET start_month = '2026-05-01'")


def test_what_was_known_before_stays(award: Award) -> None:
    later(award)

    old = Component.objects.filter(entitlement=award.entitlement).exclude(superseded_at=None)
    assert {row.valid.lower for row in old} == {AUGUST.first_day}
