"""A death is reported by one, confirmed by another, and undone when it was false."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.people import deaths
from backend.people.deaths import DeathInvalid, DeathKnown, NoDeath
from backend.people.models import Death
from tests import builders

pytestmark = pytest.mark.django_db
DIED_ON = date(2026, 11, 1)
CONTENT = {
    "death_date": "2026-11-01",
    "source": "POLICE",
    "evidence": "公安比对(演示)",
    "received_date": "2026-11-05",
}


def reported(**changes: object) -> Case:
    case = builders.case(kind="DEATH", content={**CONTENT, **changes})
    assert deaths.begin(case) == 1
    return case


def confirmed() -> Case:
    case = reported()
    assert deaths.confirm(case) == 2
    return case


def current() -> Death | None:
    return deaths.current_death(person_id=builders.wang().pk)


def test_a_report_stands_unconfirmed_at_once() -> None:
    case = reported()

    death = current()
    assert death is not None
    assert (death.death_date, death.confirmed, death.case_id) == (DIED_ON, False, case.pk)


def test_a_confirmation_takes_the_place_of_the_report() -> None:
    confirmed()

    past, now = Death.objects.order_by("id")
    assert (past.confirmed, now.confirmed) == (False, True)
    assert past.superseded_at == now.recorded_at


def test_a_refused_report_is_taken_back() -> None:
    case = reported()

    assert deaths.withdraw(case) == 1
    assert current() is None


def test_a_refused_case_without_a_report_takes_nothing_back() -> None:
    case = reported()
    deaths.withdraw(case)

    assert deaths.withdraw(case) == 0


def test_a_refused_case_leaves_the_report_of_another() -> None:
    reported()
    other = builders.case(kind="DEATH", content={**CONTENT, "source": "CREMATION"})

    assert deaths.withdraw(other) == 0
    assert current() is not None


def test_a_false_death_is_undone_also_when_confirmed() -> None:
    case = confirmed()
    undoing = builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": case.pk})

    assert deaths.withdraw(undoing) == 1
    assert current() is None


def test_a_withdrawal_names_the_death_on_record() -> None:
    case = confirmed()
    undoing = builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": case.pk + 1})

    with pytest.raises(NoDeath):
        deaths.withdraw(undoing)


def test_a_person_dies_once() -> None:
    case = reported()

    with pytest.raises(DeathKnown):
        reported(death_date="2026-11-02")
    death = current()
    assert death is not None
    assert death.case_id == case.pk


def test_a_death_is_not_confirmed_twice() -> None:
    with pytest.raises(NoDeath):
        deaths.confirm(confirmed())


def test_a_withdrawn_report_is_not_confirmed() -> None:
    case = reported()
    deaths.withdraw(case)

    with pytest.raises(NoDeath):
        deaths.confirm(case)


@pytest.mark.parametrize(
    "change",
    [
        {"death_date": "1958-03-11"},
        {"death_date": "2026-11-06"},
        {"received_date": "2026-10-31"},
        {"death_date": "2026-04-31"},
        {"death_date": ""},
        {"source": "RUMOUR"},
        {"evidence": "证" * 121},
    ],
)
def test_an_impossible_death_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(DeathInvalid):
        reported(**change)


def test_a_day_of_receipt_that_is_none_is_refused() -> None:
    with pytest.raises(ContentInvalid, match="受理日期"):
        reported(received_date="")


def test_a_death_on_the_day_of_birth_is_possible() -> None:
    reported(death_date="1958-03-12")


@pytest.mark.parametrize("day", ["2019-06-01", "2031-06-01"])
def test_the_business_date_of_receipt_counts_and_not_the_clock(day: str) -> None:
    reported(death_date=day, received_date=day)

    death = current()
    assert death is not None
    assert death.death_date.isoformat() == day


def test_without_a_business_date_the_clock_counts() -> None:
    content = {key: CONTENT[key] for key in ("source", "evidence")}

    with pytest.raises(DeathInvalid):
        deaths.begin(builders.case(kind="DEATH", content={**content, "death_date": "9999-12-31"}))


def test_a_village_does_not_die() -> None:
    with pytest.raises(DeathInvalid):
        deaths.report(
            person_id=987654321, death_date=DIED_ON, source="POLICE", evidence="", case_id=1
        )


def test_a_death_is_only_ever_superseded() -> None:
    reported()

    with pytest.raises(DatabaseError), transaction.atomic():
        Death.objects.update(confirmed=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        Death.objects.all().delete()
