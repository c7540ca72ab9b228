"""Who serves a sentence when the residents' standard rises: by one dated rule (服刑期间的提高)."""

from datetime import date

import pytest

from backend.kernel.months import Month
from backend.people.models import Person
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting import adjusting_run
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.basic_raise import STANDARD
from insurance.pension.adjusting.custody import RULE
from insurance.pension.adjusting.explain import steps_of
from insurance.pension.adjusting.models import Kind, Run
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, PENSION
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import MARCH, RAISE, RAISE_FEN

pytestmark = pytest.mark.django_db
NEXT = Asked(Kind.BASIC, "340800", Month(2028, 1))
SENTENCE = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def _standards(monkeypatch: pytest.MonkeyPatch) -> None:
    a.standards(monkeypatch)


def told(form: str, day: date = SENTENCE, *, of: Person | None = None) -> LifeEvent:
    """As two people decided: paid otherwise from the month after."""
    return LifeEvent.objects.create(
        person_id=(of or builders.wang()).pk,
        topic="CUSTODY",
        form=form,
        from_date=day,
        from_month=Month.of(day).next.first_day,
        document="（2026）演示刑初1号",
        case_id=m.SOME_CASE,
    )


def basic(of: Entitlement, month: Month) -> int:
    return a.amounts(of, month)["BASIC"]


@pytest.mark.parametrize("form", ["SENTENCED", "CONTROL", "PROBATION", "OUTSIDE"])
def test_who_serves_a_sentence_in_or_out_of_prison_is_not_raised(form: str) -> None:
    wang, chen = m.entitlement(), m.entitlement(of=builders.chen())
    told(form)

    run = a.adjusted(RAISE)

    assert [a.row(one, run).left_out for one in (wang, chen)] == ["IN_PRISON", ""]
    assert (a.amounts(wang, JANUARY), basic(chen, JANUARY)) == (PENSION, 220_00 + RAISE_FEN)


@pytest.mark.parametrize("form", ["WANTED", "DETAINED"])
def test_of_whom_no_court_decided_is_raised_until_it_does(form: str) -> None:
    wang = m.entitlement()
    told(form)
    a.adjusted(RAISE)
    assert basic(wang, JANUARY) == 220_00 + RAISE_FEN

    told("SENTENCED", date(2026, 12, 1))
    (run,) = a.followed()

    assert a.row(wang, run).left_out == "IN_PRISON"
    assert a.amounts(wang, JANUARY) == PENSION


@pytest.mark.parametrize(
    ("released", "raised_fen"),
    [(date(2026, 12, 31), RAISE_FEN), (date(2027, 1, 1), 0)],
    ids=["the day before the standard rises", "the day it rises"],
)
def test_who_is_free_in_the_first_month_is_raised(released: date, raised_fen: int) -> None:
    wang = m.entitlement()
    told("PROBATION")
    told("RELEASED", released)

    a.adjusted(RAISE)

    months = [basic(wang, JANUARY.plus(n)) for n in (-1, 0, 1, 11)]
    assert months == [220_00, *[220_00 + raised_fen] * 3]


def test_after_the_release_the_amount_is_as_before_and_rises_with_the_next_standard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, next_first = JANUARY.first_day, NEXT.since.first_day
    a.with_rows(
        monkeypatch,
        STANDARD,
        a.value(210, since=date(2024, 7, 1), until=first),
        a.value(230, since=first, until=next_first),
        a.value(245, since=next_first),
    )
    wang, chen = m.entitlement(), m.entitlement(of=builders.chen())
    told("SENTENCED")
    told("RELEASED", date(2027, 2, 10))

    a.adjusted(RAISE)
    a.adjusted(NEXT, case_id=a.BY_CASE + 1, today=next_first)

    months = (MARCH, NEXT.since.previous, NEXT.since)
    assert [basic(wang, month) for month in months] == [220_00, 220_00, 235_00]
    assert [basic(chen, month) for month in months] == [240_00, 240_00, 255_00]


def test_the_step_says_so_and_by_which_rule() -> None:
    wang = m.entitlement()
    told("CONTROL")
    run = a.adjusted(RAISE)

    steps = steps_of(row=a.row(wang, run))

    assert first_wrong(steps=steps) is None
    (step,) = steps
    assert (step.result, step.name) == ("220.00", "调整后基础养老金")
    assert "期满以后也按这个金额，这次提高的不补，只参加期满以后的提高" in step.sentence
    assert step.article == "居民基础养老金标准提高时，服刑、羁押的是否参加（全国000000，未核实）"


def test_a_place_that_lets_them_take_part_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = {"SENTENCED": False, "CONTROL": True, "PROBATION": True, "OUTSIDE": True}
    a.with_rows(monkeypatch, RULE, a.value(rule, since=date(2020, 1, 1)))
    wang, chen = m.entitlement(), m.entitlement(of=builders.chen())
    told("PROBATION")
    told("SENTENCED", of=builders.chen())

    run = a.adjusted(RAISE)

    assert [a.row(one, run).left_out for one in (wang, chen)] == ["", "IN_PRISON"]


def test_the_rule_of_the_first_day_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    first, yes, no = JANUARY.first_day, {"CONTROL": True}, {"CONTROL": False}
    a.with_rows(
        monkeypatch,
        RULE,
        a.value(yes, since=date(2020, 1, 1), until=first),
        a.value(no, since=first),
    )
    wang = m.entitlement()
    told("CONTROL")

    assert a.row(wang, a.adjusted(RAISE)).left_out == "IN_PRISON"


def test_where_no_rule_counts_nobody_else_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    wang, chen = m.entitlement(), m.entitlement(of=builders.chen())
    told("PROBATION")
    monkeypatch.setattr(adjusting_run, "is_demo", lambda: False)

    run = a.adjusted(RAISE)

    assert [a.row(one, run).left_out for one in (wang, chen)] == ["RULE_UNKNOWN", ""]
    assert run.summary is not None
    assert run.summary["left_out"] == {"RULE_UNKNOWN": 1}
    assert steps_of(row=a.row(wang, run)) == ()
    assert a.followed() == []


def test_when_the_rule_is_known_the_raise_is_decided_again_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wang = m.entitlement()
    told("PROBATION")
    monkeypatch.setattr(adjusting_run, "is_demo", lambda: False)
    a.adjusted(RAISE)
    a.with_rows(monkeypatch, RULE, a.value({"PROBATION": True}, since=date(2020, 1, 1)))

    a.adjusted(RAISE, case_id=a.BY_CASE + 1)

    assert basic(wang, JANUARY) == 220_00 + RAISE_FEN


def test_whom_the_old_system_held_for_prison_is_not_raised() -> None:
    wang, chen = m.entitlement(), m.entitlement(of=builders.chen())
    m.hold(of=wang, reason="IN_PRISON")
    m.hold(of=chen, reason="SUSPENDED")

    run = a.adjusted(RAISE)

    assert [a.row(one, run).left_out for one in (wang, chen)] == ["IN_PRISON", ""]


def test_a_sentence_that_becomes_known_takes_the_raise_back_and_its_withdrawal_gives_it() -> None:
    wang = m.entitlement()
    a.adjusted(RAISE)
    event = told("PROBATION")
    a.followed()
    assert a.amounts(wang, JANUARY) == PENSION

    event.superseded_at = builders.NOW
    event.save(update_fields=["superseded_at"])
    a.followed(MARCH.next)

    assert basic(wang, JANUARY) == 220_00 + RAISE_FEN
    assert basic(wang, DECEMBER) == 220_00


def test_what_was_decided_before_there_was_a_rule_stays_everybodys() -> None:
    wang = m.entitlement()
    run = a.adjusted(RAISE)
    decided = {name: one for name, one in run.parameters.items() if name != "custody"}
    Run.objects.filter(pk=run.pk).update(parameters=decided)
    told("PROBATION")
    m.raise_basic(of=wang, to_fen=250_00, since=JANUARY)

    (again,) = a.followed()

    assert (a.row(wang, again).left_out, a.row(wang, again).fixed_fen) == ("", RAISE_FEN)
    assert basic(wang, JANUARY) == 250_00
