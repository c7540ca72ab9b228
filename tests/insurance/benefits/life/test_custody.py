"""Prison in its forms through the monthly run (服刑、羁押、缓刑、无罪、释放)."""

from datetime import date
from itertools import permutations

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.decide import SamePerson
from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from backend.people.models import Alias
from insurance.benefits.effective_month import EffectiveMonthDiffers
from insurance.benefits.invariants import broken_promises
from insurance.benefits.life import events
from insurance.benefits.life import invariants as life
from insurance.benefits.life.events import EventKnown, NoEvent
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.life.settle import settle, settle_all
from insurance.benefits.life.timeline import TimelineInvalid, Topic
from insurance.benefits.models import Cancelled, EffectiveMonth, Entitlement, Hold, Overpaid, Stop
from insurance.policy.kept_steps import read
from insurance.policy.recompute import holds as holds_again
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as of
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER

pytestmark = pytest.mark.django_db
PAID = 8


def stopped(entitlement: Entitlement) -> list[object]:
    current = Stop.objects.filter(entitlement=entitlement, superseded_at=None)
    return [row.valid for row in current.order_by("valid")]


def holds(entitlement: Entitlement) -> list[tuple[str, object]]:
    current = Hold.objects.filter(entitlement=entitlement, superseded_at=None)
    return [(row.reason, row.valid) for row in current.order_by("valid")]


def broken() -> list[str]:
    rows = [*broken_promises(), *life.broken_promises()]
    return [row.promise for row in rows if "待遇依据" not in row.promise]


def test_a_sentence_served_is_not_paid_and_never_back_paid() -> None:
    wang = m.entitlement()
    of.happened("SENTENCED", "2026-10-20")

    m.sealed()
    of.happened("RELEASED", "2026-11-03")
    m.sealed(DECEMBER)

    assert m.dues(wang) == []
    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [DECEMBER]
    assert stopped(wang) == [m.months(NOVEMBER, DECEMBER)]
    assert broken() == []


@pytest.mark.parametrize("form", ["CONTROL", "PROBATION", "OUTSIDE"])
def test_who_serves_outside_of_prison_is_paid_on(form: str) -> None:
    wang = m.entitlement()
    of.happened(form, "2026-10-20")

    m.sealed()

    assert m.line(wang).fen == m.PENSION_FEN
    assert (stopped(wang), holds(wang)) == ([], [])


@pytest.mark.parametrize("form", ["WANTED", "DETAINED"])
def test_who_is_detained_is_held_and_back_paid_when_acquitted(form: str) -> None:
    wang = m.entitlement()
    of.happened(form, "2026-10-20")
    m.sealed()
    assert m.held_reasons(wang) == ["IN_PRISON"]

    of.happened("ACQUITTED", "2026-11-04")
    m.sealed(DECEMBER)

    assert m.line(wang).fen == m.line(wang, for_month=DECEMBER).fen == m.PENSION_FEN
    assert holds(wang) == []
    assert broken() == []


def test_who_is_convicted_after_detention_is_not_owed_the_held_months() -> None:
    wang = m.entitlement()
    of.happened("DETAINED", "2026-10-20")
    m.sealed()

    of.happened("SENTENCED", "2026-11-04")
    m.sealed(DECEMBER)

    assert stopped(wang) == [m.months(NOVEMBER, None)]
    assert Cancelled.objects.count() == 1
    assert m.held_reasons(wang, DECEMBER) == []
    assert broken() == []


def test_a_sentence_known_late_makes_what_was_paid_in_prison_overpaid() -> None:
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), PAID)

    of.happened("SENTENCED", "2026-08-20")
    of.happened("RELEASED", "2026-11-01")
    m.sealed(DECEMBER)

    months = Overpaid.objects.order_by("for_month").values_list("for_month", flat=True)
    assert [f"{day:%m}" for day in months] == ["09", "10", "11"]
    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [DECEMBER]
    assert broken() == []


@pytest.mark.parametrize("since", [Month(1999, 6), Month(2001, 3)])
def test_whoever_was_in_prison_before_the_rule_of_2001_goes_by_it(since: Month) -> None:
    of.happened("SENTENCED", str(since.previous.first_day))
    wang = m.entitlement()

    settle_all(person_id=wang.person_id)
    m.sealed()

    assert m.dues(wang) == []
    assert stopped(wang) == [m.months(since, None)]
    assert broken() == []


def test_a_detention_before_the_rule_of_2001_can_end_in_an_acquittal() -> None:
    wang = m.entitlement()
    of.happened("DETAINED", "2000-12-20")
    assert [reason for reason, _ in holds(wang)] == ["IN_PRISON"]

    of.happened("ACQUITTED", "2026-10-04")

    assert (stopped(wang), holds(wang)) == ([], [])
    assert broken() == []


def test_an_acquittal_on_retrial_pays_the_whole_time_back() -> None:
    wang = m.entitlement()
    of.happened("SENTENCED", "2026-10-20")
    m.sealed()

    of.happened("ACQUITTED", "2026-11-04")
    m.sealed(DECEMBER)

    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [NOVEMBER, DECEMBER]


def test_in_whatever_order_events_become_known_the_months_are_the_same() -> None:
    told = [("WANTED", "2026-01-10"), ("DETAINED", "2026-03-10"), ("SENTENCED", "2026-08-10")]
    people = [builders.person() for _ in permutations(told)]
    pensions = [m.entitlement(of=person) for person in people]

    for person, order in zip(people, permutations(told), strict=True):
        for form, day in order:
            of.happened(form, day, of=person)

    assert {str(stopped(pension)) for pension in pensions} == {
        str([m.months(NOVEMBER.plus(-9), None)])
    }
    assert {str(holds(pension)) for pension in pensions} == {"[]"}
    assert broken() == []


def test_an_event_taken_back_never_was() -> None:
    wang = m.entitlement()
    of.happened("SENTENCED", "2026-10-20")
    m.sealed()

    of.decided(of.withdrawal(LifeEvent.objects.get().pk))
    m.sealed(DECEMBER)

    assert stopped(wang) == []
    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [NOVEMBER, DECEMBER]
    assert broken() == []


def test_a_hold_of_the_old_system_gives_way_to_what_is_told() -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="IN_PRISON")

    of.happened("SENTENCED", "2026-10-20")

    assert holds(wang) == []
    assert stopped(wang) == [m.months(NOVEMBER, None)]


def test_other_holds_and_stops_are_not_touched() -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason="CHECK_MISSED")
    m.stop(of=wang, since=JANUARY)

    of.happened("DETAINED", "2026-10-20")
    of.happened("ACQUITTED", "2026-11-04")

    assert [reason for reason, _ in holds(wang)] == ["CHECK_MISSED"]
    assert stopped(wang) == [m.months(JANUARY, None)]


def test_all_pensions_of_a_person_also_under_a_merged_entry_stop() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li(), scheme="110")
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.wang().pk, case_id=1)

    of.happened("SENTENCED", "2026-10-20", of=builders.li())

    assert stopped(wang) == stopped(li) == [m.months(NOVEMBER, None)]
    assert LifeEvent.objects.get().person_id == builders.wang().pk


def test_a_pension_awarded_to_a_prisoner_is_brought_to_what_is_known() -> None:
    of.happened("SENTENCED", "2026-10-20")
    wang = m.entitlement()
    assert "人身情形:暂缓和停发与登记的情形一致" in broken()

    settle(person_id=wang.person_id, topic=Topic.CUSTODY)

    assert stopped(wang) == [m.months(NOVEMBER, None)]
    assert broken() == []


def test_a_stop_that_nobody_told_of_breaks_a_promise() -> None:
    wang = m.entitlement()
    case = of.happened("DETAINED", "2026-10-20")
    Stop.objects.create(
        entitlement=wang, reason="服刑", valid=m.months(NOVEMBER, None), case_id=case.pk
    )

    assert broken() == ["人身情形:暂缓和停发与登记的情形一致"]


def test_events_that_make_no_sense_break_the_promise_of_their_person_alone() -> None:
    case = of.happened("SENTENCED", "2026-10-20", of=builders.li())
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    LifeEvent.objects.create(
        person_id=wang.person_id,
        topic="CUSTODY",
        form="RELEASED",
        from_date=date(2026, 10, 20),
        from_month=NOVEMBER.first_day,
        case_id=case.pk,
    )

    found = {row.subject: row.found for row in life.broken_promises() if row.promise == life.AGREES}

    assert found == {
        f"{wang.person_id}/CUSTODY": "无法核对：2026-10-20“期满释放”之前没有相应的情形。",
        f"{li.person_id}/CUSTODY": "不一致",
    }


def test_nobody_decides_what_he_received() -> None:
    m.entitlement()
    clerk = builders.member(role="REVIEWER")
    case = of.received("SENTENCED", "2026-10-20", by=clerk)

    with pytest.raises(SamePerson):
        of.decided(case, by=clerk)

    assert not LifeEvent.objects.exists()


def test_a_refused_case_tells_nothing() -> None:
    wang = m.entitlement()

    of.decided(of.received("SENTENCED", "2026-10-20"), approve=False)

    assert (stopped(wang), LifeEvent.objects.count()) == ([], 0)


def test_what_made_sense_when_received_may_not_when_it_is_decided() -> None:
    m.entitlement()
    of.happened("SENTENCED", "2026-09-20")
    release = of.received("RELEASED", "2026-10-20")
    of.decided(of.withdrawal(LifeEvent.objects.get().pk))

    with pytest.raises(TimelineInvalid, match="之前没有相应的情形"):
        of.decided(release)


def test_the_same_event_is_told_once() -> None:
    m.entitlement()
    of.happened("SENTENCED", "2026-10-20")

    with pytest.raises(EventKnown):
        of.received("SENTENCED", "2026-10-20")


def test_another_event_of_the_same_day_takes_the_first_back_before() -> None:
    m.entitlement()
    of.happened("SENTENCED", "2026-10-20")

    with pytest.raises(TimelineInvalid, match="请先撤销再记"):
        of.received("PROBATION", "2026-10-20")


def test_an_event_is_withdrawn_once() -> None:
    m.entitlement()
    of.happened("SENTENCED", "2026-10-20")
    event = LifeEvent.objects.get().pk
    of.decided(of.withdrawal(event))

    with pytest.raises(NoEvent):
        of.withdrawal(event)


@pytest.mark.parametrize(
    ("form", "day", "changes"),
    [
        ("FREE", "2026-10-20", {}),
        ("SENTENCED", "2036-10-20", {}),
        ("SENTENCED", "2026-10-20", {"document": ""}),
        ("SENTENCED", "2026-10-20", {"document": "文" * 121}),
        ("SENTENCED", "2026-10-32", {}),
    ],
)
def test_an_event_says_what_when_and_by_which_paper(
    form: str, day: str, changes: dict[str, object]
) -> None:
    with pytest.raises(ContentInvalid):
        of.received(form, day, changed=changes)


@pytest.mark.parametrize("month", ["2026-10", "2026-12"])
def test_another_month_than_the_one_that_follows_is_refused(month: str) -> None:
    with pytest.raises(EffectiveMonthDiffers, match=r"按规定从 2026-11 起.*全国000000，未核实"):
        of.received("SENTENCED", "2026-10-20", changed={"from_month": month})


def test_the_month_that_follows_may_be_written_too() -> None:
    of.received("SENTENCED", "2026-10-20", changed={"from_month": "2026-11"})


def test_why_it_counts_from_its_month_is_kept_with_the_case() -> None:
    case = of.happened("SENTENCED", "2026-10-20")

    kept = EffectiveMonth.objects.get(case_id=case.pk)
    (step,) = read(rows=kept.steps)
    assert (kept.label, kept.month, step.result) == ("服刑", NOVEMBER.first_day, "2026-11")
    assert step.article == "情形影响待遇的起始月（全国000000，未核实）"
    assert holds_again(step=step)


def test_outside_a_demonstration_a_month_that_nobody_verified_stops_the_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("insurance.benefits.effective_month_of.is_demo", lambda: False)

    with pytest.raises(NotVerified, match="情形影响待遇的起始月"):
        of.received("SENTENCED", "2026-10-20")


def test_a_prison_case_tells_of_nobody_missing() -> None:
    told = of.received("MISSING", "2026-10-20")

    with pytest.raises(ContentInvalid, match="情形应为"):
        events.decide_custody(told)
