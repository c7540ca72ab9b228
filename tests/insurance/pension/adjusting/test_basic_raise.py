"""The residents' basic pension rises by district, for everybody in payment (基础养老金标准调整)."""

from datetime import date

import pytest

from backend.kernel.dated import Standing
from backend.kernel.parameters import NotConfigured, NotVerified
from backend.people.models import Person
from insurance.benefits.models import Component
from insurance.pension.adjusting import adjusting_run
from insurance.pension.adjusting.adjusting_run import AdjustmentTooEarly, NothingToAdjust
from insurance.pension.adjusting.basic_raise import StandardNotRaised, basic_raise, raise_terms
from insurance.pension.adjusting.explain import steps_of
from insurance.pension.adjusting.models import Row
from insurance.policy import parameters
from insurance.policy.recompute import holds
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, PENSION
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import JANUARY, RAISE, RAISE_FEN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standards(monkeypatch: pytest.MonkeyPatch) -> None:
    a.standards(monkeypatch)


def test_the_basic_pension_grows_from_the_first_month_on() -> None:
    wang = m.entitlement()

    a.adjusted(RAISE)

    assert a.amounts(wang, DECEMBER) == PENSION
    assert a.amounts(wang, JANUARY) == {**PENSION, "BASIC": PENSION["BASIC"] + RAISE_FEN}


def test_the_steps_say_how_much_and_can_be_reckoned_again() -> None:
    terms = raise_terms(tree=parameters.load(), region="340802", since=JANUARY)

    raised = basic_raise(before_fen=220_00, terms=terms)

    assert (raised.fen, raised.after_fen) == (RAISE_FEN, 240_00)
    assert all(holds(step=step) for step in raised.steps)
    assert "340800，转引" in raised.steps[0].article


def test_a_district_of_its_own_standard_rises_by_that(monkeypatch: pytest.MonkeyPatch) -> None:
    a.standards(monkeypatch, d340802=235)
    wang = m.entitlement()

    a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY)["BASIC"] == PENSION["BASIC"] + 25_00


def test_who_moves_afterwards_is_told_the_standard_that_was_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.standards(monkeypatch, d340802=235)
    wang = m.entitlement()
    run = a.adjusted(RAISE)
    assert (a.row(wang, run).district, a.row(wang, run).fixed_fen) == ("340802", 25_00)

    Person.objects.filter(pk=wang.person_id).update(district="340881")

    assert [step.result for step in steps_of(row=a.row(wang, run))] == ["25.00", "245.00"]


def test_who_lives_outside_the_city_has_the_citys_standard() -> None:
    wang = m.entitlement()
    abroad = builders.person(name="周小梅", birth_date=date(1950, 2, 3))
    with_pension = m.entitlement(of=abroad)

    run = a.adjusted(RAISE)

    assert [a.row(one, run).fixed_fen for one in (wang, with_pension)] == [RAISE_FEN] * 2


def test_who_begins_in_the_first_month_is_awarded_the_new_standard() -> None:
    m.entitlement()
    new = m.entitlement(of=builders.chen(), start=JANUARY, paid_through=None)

    a.adjusted(RAISE)

    assert a.amounts(new, JANUARY) == PENSION
    assert not Row.objects.filter(entitlement=new).exists()


def test_who_begins_the_month_before_is_raised() -> None:
    new = m.entitlement(start=DECEMBER, paid_through=None)

    a.adjusted(RAISE)

    assert a.amounts(new, JANUARY)["BASIC"] == PENSION["BASIC"] + RAISE_FEN


def test_who_died_before_is_named_and_not_raised() -> None:
    m.entitlement(of=builders.chen())
    wang = m.entitlement()
    m.death(of=wang, on=date(2026, 12, 31))

    run = a.adjusted(RAISE)

    assert a.row(wang, run).left_out == "DIED"
    assert a.amounts(wang, JANUARY) == PENSION
    assert run.summary is not None
    assert (run.summary["adjusted"], run.summary["left_out"]) == (1, {"DIED": 1})


def test_who_died_on_the_first_day_is_raised_and_so_is_whose_death_is_only_reported() -> None:
    wang, chen = m.entitlement(), m.entitlement(of=builders.chen())
    m.death(of=wang, on=date(2027, 1, 1))
    m.death(of=chen, on=date(2026, 12, 1), confirmed=False)

    run = a.adjusted(RAISE)

    assert [a.row(one, run).left_out for one in (wang, chen)] == ["", ""]


def test_a_stopped_pension_is_raised_for_the_day_it_is_paid_again() -> None:
    wang = m.entitlement()
    m.stop(of=wang, since=DECEMBER)

    a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY)["BASIC"] == PENSION["BASIC"] + RAISE_FEN


def test_who_has_no_basic_pension_gets_none() -> None:
    wang = m.entitlement(components={"ACCOUNT": 31_50})

    run = a.adjusted(RAISE)

    assert a.row(wang, run).left_out == "NO_PENSION"
    assert a.amounts(wang, JANUARY) == {"ACCOUNT": 31_50}


def test_an_amount_that_changes_later_keeps_its_change() -> None:
    wang = m.entitlement()
    m.raise_basic(of=wang, to_fen=250_00, since=JANUARY.plus(2))

    a.adjusted(RAISE)

    raised = [a.amounts(wang, JANUARY.plus(n))["BASIC"] for n in (-1, 0, 1, 2)]
    assert raised == [220_00, 240_00, 240_00, 270_00]


def test_where_an_amount_pauses_nothing_is_raised() -> None:
    wang = m.entitlement(components={})
    m.component(of=wang, name="BASIC", fen=220_00, start=m.LONG_AGO, end=JANUARY.plus(1))
    m.component(of=wang, name="BASIC", fen=230_00, start=JANUARY.plus(3))

    a.adjusted(RAISE)

    raised = [a.amounts(wang, JANUARY.plus(n)).get("BASIC") for n in (0, 1, 2, 3)]
    assert raised == [240_00, None, None, 250_00]


def test_an_unverified_amount_stays_unverified(monkeypatch: pytest.MonkeyPatch) -> None:
    wang = m.entitlement(components={})
    m.component(of=wang, name="BASIC", fen=220_00, start=m.LONG_AGO, standing="UNVERIFIED")
    chen = m.entitlement(of=builders.chen())

    a.adjusted(RAISE)

    new = Component.objects.filter(valid__startswith=JANUARY.first_day, superseded_at=None)
    assert {one.entitlement_id: one.standing for one in new} == {
        wang.pk: "UNVERIFIED",
        chen.pk: "CITED",
    }


def test_a_standard_that_does_not_rise_is_refused() -> None:
    m.entitlement()

    with pytest.raises(StandardNotRaised):
        a.adjusted(adjusting_run.Asked(RAISE.kind, "340800", DECEMBER))


def test_nothing_is_raised_before_its_month_has_come() -> None:
    m.entitlement()

    with pytest.raises(AdjustmentTooEarly):
        a.adjusted(RAISE, today=date(2026, 12, 31))
    assert a.adjusted(RAISE, today=date(2027, 1, 1)).ordinal == 1


def test_an_agency_without_such_pensions_has_nothing_to_raise() -> None:
    m.entitlement(scheme="110", components={"BASIC": 1500_00})

    with pytest.raises(NothingToAdjust):
        a.adjusted(RAISE)


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [(Standing.UNVERIFIED, NotVerified), (Standing.DEMO, NotConfigured)],
)
def test_doubtful_figures_block_outside_a_demonstration(
    monkeypatch: pytest.MonkeyPatch,
    standing: Standing,
    refusal: type[NotVerified] | type[NotConfigured],
) -> None:
    a.standards(monkeypatch, standing=standing)
    m.entitlement()
    assert a.adjusted(RAISE).parameters["standing"] == "DEMO"
    monkeypatch.setattr(adjusting_run, "is_demo", lambda: False)

    with pytest.raises(refusal):
        a.adjusted(RAISE, case_id=a.BY_CASE + 1)
