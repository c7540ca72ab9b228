"""What is added for years above the least rises for those in payment too (超年限加发标准提高)."""

from datetime import date

import pytest

from backend.kernel.parameters import NotVerified
from insurance.benefits.models import Entitlement, Overpaid
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.basic_raise import (
    STANDARD,
    ExtraBeforeUnknown,
    StandardNotRaised,
    basic_raise,
    raise_terms,
)
from insurance.pension.adjusting.explain import steps_of
from insurance.pension.adjusting.invariants import broken_promises
from insurance.pension.adjusting.models import Kind
from insurance.pension.residents import EXTRA_KEY
from insurance.policy import parameters
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import RAISE, RAISE_FEN

pytestmark = pytest.mark.django_db
FIRST = JANUARY.first_day
EXTRA_FEN = 5 * 2_00


@pytest.fixture(autouse=True)
def _standards(monkeypatch: pytest.MonkeyPatch) -> None:
    a.standards(monkeypatch)
    a.extra_standards(monkeypatch)


def with_extra(paid_months: int | None = 240, extra_fen: int = EXTRA_FEN) -> Entitlement:
    """Wang paid for twenty years: five above the least, at 2 yuan."""
    parts = {"BASIC": 220_00, **({"EXTRA_YEARS": extra_fen} if extra_fen else {})}
    return m.entitlement(components=parts, paid_months=paid_months)


def broken() -> list[str]:
    return [one.promise for one in broken_promises() if "签名" not in one.promise]


def test_each_year_above_the_least_counts_more_from_the_first_month_on() -> None:
    wang = with_extra()

    run = a.adjusted(RAISE)

    assert a.amounts(wang, DECEMBER) == {"BASIC": 220_00, "EXTRA_YEARS": EXTRA_FEN}
    assert a.amounts(wang, JANUARY) == {"BASIC": 240_00, "EXTRA_YEARS": EXTRA_FEN + 5_00}
    assert (a.row(wang, run).fixed_fen, a.row(wang, run).supplement_fen) == (RAISE_FEN, 5_00)
    assert broken() == []


def test_months_paid_since_are_a_difference_that_is_due() -> None:
    wang = with_extra()
    a.paid_until(JANUARY)

    a.adjusted(RAISE)
    m.sealed(JANUARY.plus(1))

    due = {month: fen for month, kind, fen in m.dues(wang, JANUARY.plus(1)) if kind == 2}
    assert due == {JANUARY: RAISE_FEN + 5_00}
    assert not Overpaid.objects.exists()


@pytest.mark.parametrize(
    ("paid_months", "more"), [(None, 0), (180, 0), (191, 0), (192, 1_00), (203, 1_00), (204, 2_00)]
)
def test_whole_years_above_the_least_count(paid_months: int | None, more: int) -> None:
    wang = with_extra(paid_months)

    a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY)["EXTRA_YEARS"] == EXTRA_FEN + more


def test_who_had_nothing_for_the_years_has_what_was_added_to_each() -> None:
    wang = with_extra(extra_fen=0)

    a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY)["EXTRA_YEARS"] == 5_00
    assert broken() == []


def test_months_found_later_are_followed() -> None:
    wang = with_extra(None)
    a.adjusted(RAISE)

    a.months_found(wang, 216)
    a.followed()

    assert a.amounts(wang, JANUARY)["EXTRA_YEARS"] == EXTRA_FEN + 3_00
    assert broken() == []


def test_it_rises_where_the_basic_amount_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    a.with_rows(monkeypatch, STANDARD, a.value(210, since=date(2024, 7, 1)))
    wang, chen = with_extra(), m.entitlement(of=builders.chen(), paid_months=180)

    run = a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY) == {"BASIC": 220_00, "EXTRA_YEARS": EXTRA_FEN + 5_00}
    assert (a.row(chen, run).left_out, a.row(chen, run).fixed_fen) == ("", 0)


def test_who_died_before_has_no_more_for_his_years() -> None:
    wang = with_extra()
    m.death(of=wang, on=date(2026, 12, 31))

    a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY)["EXTRA_YEARS"] == EXTRA_FEN


def test_the_steps_say_how_much_and_whose_standard() -> None:
    wang = with_extra()
    run = a.adjusted(RAISE)

    steps = steps_of(row=a.row(wang, run))

    assert first_wrong(steps=steps) is None
    named = {step.name: step for step in steps}
    assert named["超年限养老金增加额"].result == "5.00"
    assert "340800" in named["超年限养老金增加额"].article
    assert named["每月共增加额"].result == "25.00"


def test_where_it_was_not_known_before_the_raise_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.with_rows(monkeypatch, EXTRA_KEY, a.value(3, since=FIRST))

    with pytest.raises(ExtraBeforeUnknown, match="此前未配置"):
        raise_terms(tree=parameters.load(), region="340802", since=JANUARY)


def test_where_nothing_is_configured_the_basic_amount_rises_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.with_rows(monkeypatch, EXTRA_KEY)
    wang = with_extra()

    a.adjusted(RAISE)

    assert a.amounts(wang, JANUARY) == {"BASIC": 240_00, "EXTRA_YEARS": EXTRA_FEN}


def test_neither_rises_and_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with_extra()

    with pytest.raises(StandardNotRaised):
        a.adjusted(Asked(Kind.BASIC, "340800", DECEMBER))


def test_before_july_2024_a_year_counted_for_nothing_and_nobody_verified_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    tree = parameters.load()
    assert tree.resolve(EXTRA_KEY, "340881", date(2024, 6, 30), demo=True).number == 0
    assert tree.resolve(EXTRA_KEY, "340881", date(2024, 7, 1), demo=True).number == 2

    with pytest.raises(NotVerified):
        tree.resolve(EXTRA_KEY, "340881", date(2024, 6, 30))


def test_a_raise_of_one_person_is_pure() -> None:
    terms = raise_terms(tree=parameters.load(), region="340802", since=JANUARY)

    raised = basic_raise(before_fen=1, terms=terms, before_extra_fen=2, paid_months=300)

    assert (raised.fen, raised.extra_fen) == (RAISE_FEN, 10_00)
