"""Until when a proof of life is good, and who is due by it: the rule and its twin in SQL."""

from datetime import date, timedelta
from random import Random

import pytest

from backend.kernel.months import Month
from insurance.benefits.checks.due import Area, due_counts, due_people
from insurance.benefits.checks.models import Proof
from insurance.benefits.checks.rules import Stage, due_since, lapses_on, may_be_held
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.models import Hold, Stop
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.checks import check_builders as of

TODAY, MONTHS = of.TODAY, 12
database = pytest.mark.django_db


@pytest.mark.parametrize(
    ("proven_on", "lapses"),
    [
        (date(2025, 11, 5), date(2026, 11, 5)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2023, 2, 28), date(2024, 2, 28)),
        (date(2025, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_proof_is_good_for_twelve_months(proven_on: date, lapses: date) -> None:
    assert lapses_on(proven_on=proven_on, months=MONTHS) == lapses


def test_an_award_is_the_first_proof() -> None:
    started = date(2026, 1, 1)

    assert due_since(started=started, proven_on=None, months=MONTHS) == date(2027, 1, 1)
    assert due_since(started=started, proven_on=date(2025, 6, 1), months=MONTHS) == date(2027, 1, 1)
    assert due_since(started=started, proven_on=date(2026, 6, 1), months=MONTHS) == date(2027, 6, 1)


def test_nobody_is_held_before_all_is_tried() -> None:
    assert [may_be_held(stage=stage) for stage in (None, *Stage)] == [False] * 4 + [True]


@database
@pytest.mark.parametrize(("day", "is_due"), [(date(2026, 11, 4), False), (date(2026, 11, 5), True)])
def test_who_was_seen_a_year_ago_is_due_from_the_same_day_on(day: date, is_due: bool) -> None:
    wang = m.entitlement()
    of.proof(wang, on=date(2025, 11, 5))

    assert of.is_due(wang, day=day) is is_due


@database
def test_the_statement_says_of_everybody_what_the_rule_says() -> None:
    """A third of them on the boundary, some on the last day of February."""
    random, wanted = Random(7), {}
    days = [TODAY - timedelta(days=365 + n) for n in (-1, 0, 1)]
    days += [date(2024, 2, 29), date(2025, 2, 28), date(2026, 5, 1)]
    for _ in range(60):
        start = random.choice([m.LONG_AGO, Month(2025, 11), Month(2025, 12), Month(2024, 3)])
        pension = m.entitlement(of=builders.person(), start=start)
        proven = sorted(random.sample(days, random.randint(0, 3)))
        for day in proven:
            of.proof(pension, on=day)
        last = proven[-1] if proven else None
        wanted[pension.person_id] = due_since(
            started=start.first_day, proven_on=last, months=MONTHS
        )

    found = {due.person_id: due.since for due in due_people(area=Area(), day=TODAY)}

    assert found == {person: since for person, since in wanted.items() if since <= TODAY}
    assert 0 < len(found) < len(wanted)


@database
def test_who_is_dead_stopped_in_prison_or_missing_is_not_asked() -> None:
    dead, stopped, prisoner, missing, asked = (
        m.entitlement(of=builders.person()) for _ in range(5)
    )
    m.death(of=dead, on=date(2026, 10, 1), confirmed=False)
    m.stop(of=stopped, since=Month(2026, 1))
    m.hold(of=prisoner, reason="IN_PRISON", since=Month(2026, 1))
    m.hold(of=missing, reason="MISSING", since=Month(2026, 1))

    assert [due.person_id for due in due_people(area=Area(), day=TODAY)] == [asked.person_id]
    assert not LifeEvent.objects.exists()
    assert (Stop.objects.count(), Hold.objects.count()) == (1, 2)


@database
def test_who_draws_nothing_yet_is_not_asked() -> None:
    m.entitlement(start=Month(2026, 12), paid_through=None)

    assert due_people(area=Area(), day=TODAY) == []


@database
def test_two_pensions_of_one_person_are_one_check() -> None:
    wang = m.entitlement()
    m.entitlement(scheme="110")

    assert [due.person_id for due in due_people(area=Area(), day=TODAY)] == [wang.person_id]


@database
def test_the_due_are_listed_by_district_and_village_page_by_page() -> None:
    village = of.village()
    here = [pension.person_id for pension in of.pensioners(3)]
    m.entitlement(of=builders.person())

    page = due_people(area=Area(village=village.pk), day=TODAY, limit=2)
    rest = due_people(area=Area(village=village.pk), day=TODAY, after=page[-1].person_id)

    assert [due.person_id for due in (*page, *rest)] == sorted(here)
    assert len(due_people(area=Area(district="340802"), day=TODAY)) == 4
    assert due_people(area=Area(district="340803"), day=TODAY) == []


@database
def test_the_due_are_counted_by_district_and_step() -> None:
    first, _, third = of.pensioners(3)
    of.tried(first, up_to=Stage.CONTACTED)
    of.tried(third, up_to=Stage.LISTED)

    found = [(one.district, one.stage, one.count) for one in due_counts(area=Area(), day=TODAY)]

    assert found == [
        ("340802", None, 1),
        ("340802", Stage.CONTACTED, 1),
        ("340802", Stage.LISTED, 1),
    ]
    tried = due_people(area=Area(), day=TODAY, stage=0)
    assert len(tried) == 1


@database
def test_a_proof_withdrawn_proves_nothing() -> None:
    wang = m.entitlement()
    of.proof(wang, on=date(2026, 11, 1))
    Proof.objects.update(superseded_at=builders.NOW)

    assert of.is_due(wang)
