"""Joining, leaving and correcting: stored with two times, doing it twice changes nothing."""

from datetime import date
from typing import Any

import pytest

from backend.audit.models import Act
from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias, Death
from backend.people.supersede import AlreadySuperseded
from insurance.enrolment import assess
from insurance.enrolment.correct import ReasonMissing, correct
from insurance.enrolment.deregister import (
    EmployerGone,
    EmployerHasInsured,
    EmployerOwes,
    EvidenceMissing,
    deregister,
)
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Enrolment, Kind, Wage
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY
THREE = ("110", "210", "310")


def li_joins(**changes: Any) -> list[Enrolment]:
    facts: dict[str, Any] = {
        "person_id": builders.li().pk,
        "kind": Kind.EMPLOYED,
        "schemes": THREE,
        "payer_id": of.employer().pk,
        "month": NOV,
        "wage_fen": 600_000,
        "today": TODAY,
        "pensions": of.nobody_draws,
    }
    return join(**{**facts, **changes})


def li_leaves(**changes: Any) -> list[Enrolment]:
    facts: dict[str, Any] = {
        "person_id": builders.li().pk,
        "schemes": THREE,
        "payer_id": of.employer().pk,
        "last_month": NOV,
        "today": TODAY,
    }
    return leave(blockers=(), **{**facts, **changes})


def current() -> list[tuple[str, str, str]]:
    rows = Enrolment.objects.filter(superseded_at__isnull=True).order_by("scheme", "valid")
    return [(r.scheme, str(r.valid.lower), str(r.valid.upper or "")) for r in rows]


def test_an_employee_joins_three_schemes_on_one_wage() -> None:
    rows = li_joins()

    assert [(row.scheme, row.district, row.valid) for row in rows] == [
        (scheme, "340802", of.months("2026-11")) for scheme in THREE
    ]
    wage = Wage.objects.get()
    assert (wage.monthly_fen, wage.confirmed, wage.wage_source) == (600_000, False, "NEW_HIRE")
    assert Act.objects.get(name="enrolment.joined").rows == 4


def test_joining_twice_changes_nothing() -> None:
    first = li_joins()

    assert li_joins() == first
    assert (Enrolment.objects.count(), Wage.objects.count()) == (3, 1)
    assert Act.objects.filter(name="enrolment.joined").count() == 1


def test_all_schemes_or_none() -> None:
    with pytest.raises(assess.SchemeNotForKind):
        li_joins(schemes=("110", "170"))

    assert not Enrolment.objects.exists()


def test_a_flexible_worker_joins_alone_where_he_lives() -> None:
    (row,) = li_joins(kind=Kind.FLEXIBLE, payer_id=None, schemes=("110",))

    assert (row.payer_id, row.district) == (None, "340802")
    wage = Wage.objects.get()
    assert (wage.payer_id, wage.wage_source, wage.confirmed) == (None, "CHOSEN", True)


def test_a_resident_joins_at_the_village_to_the_end_of_the_year() -> None:
    (row,) = li_joins(kind=Kind.RESIDENT, payer_id=of.village().pk, schemes=("390",), wage_fen=None)

    assert (row.valid, row.district) == (of.months("2026-11", "2027-01"), "340802")
    assert not Wage.objects.exists()


@pytest.mark.parametrize("kind", [Kind.EMPLOYED, Kind.FLEXIBLE, Kind.RESIDENT])
def test_somebody_else_is_no_payer(kind: Kind) -> None:
    wrong = builders.wang().pk

    with pytest.raises(assess.PayerUnknown):
        li_joins(kind=kind, payer_id=wrong)


def test_nobody_joins_before_the_register_knows_person_and_employer() -> None:
    with pytest.raises(assess.PersonUnknown):
        li_joins(person_id=of.employer().pk)
    with pytest.raises(assess.PersonUnknown):
        li_joins(person_id=987_654_321)
    with pytest.raises(assess.PayerUnknown):
        li_joins(payer_id=987_654_321)


def test_a_reported_death_stops_joining() -> None:
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 10, 31), source="OFFICE", evidence=""
    )

    with pytest.raises(assess.Dead):
        li_joins()


def test_who_was_merged_joins_as_the_survivor_and_not_twice() -> None:
    li_joins()
    gone = builders.person(name="李建囯", birth_date=date(1985, 7, 1))
    Alias.objects.create(party_id=gone.pk, survivor_id=builders.li().pk, case_id=1)

    assert [row.person_id for row in li_joins(person_id=gone.pk)] == [builders.li().pk] * 3
    with pytest.raises(assess.AlreadyEnrolled):
        li_joins(person_id=gone.pk, month=NOV.next)


def test_a_new_wage_at_a_later_joining_holds_from_then_on() -> None:
    li_joins(schemes=("110",), month=Month(2026, 9))
    li_joins(schemes=("310",), wage_fen=700_000)

    wages = Wage.objects.filter(superseded_at__isnull=True).order_by("valid")
    assert [(w.monthly_fen, w.valid) for w in wages] == [
        (600_000, of.months("2026-09", "2026-11")),
        (700_000, of.months("2026-11")),
    ]


def test_a_leaver_is_insured_up_to_the_last_month() -> None:
    li_joins(month=Month(2026, 9))

    rows = li_leaves()

    assert [row.valid for row in rows] == [of.months("2026-09", "2026-12")] * 3
    assert li_leaves() == rows, "leaving twice changes nothing"
    assert Enrolment.objects.count() == 6


def test_what_was_known_before_leaving_stays_known() -> None:
    (before,) = li_joins(schemes=("110",))

    (after,) = li_leaves(schemes=("110",))

    before.refresh_from_db()
    assert before.superseded_at == after.recorded_at
    assert before.valid.upper is None


def test_who_left_joins_again_the_month_after_or_not_in_the_same() -> None:
    li_joins(schemes=("110",), month=Month(2026, 8))
    li_leaves(schemes=("110",), last_month=Month(2026, 10))

    with pytest.raises(assess.AlreadyEnrolled):
        li_joins(schemes=("110",), month=Month(2026, 10))
    li_joins(schemes=("110",))

    assert current() == [
        ("110", "2026-08-01", "2026-11-01"),
        ("110", "2026-11-01", ""),
    ]


def test_nobody_leaves_before_joining_or_from_elsewhere() -> None:
    li_joins()

    with pytest.raises(assess.LeaveBeforeJoin):
        li_leaves(last_month=Month(2026, 10))
    with pytest.raises(assess.NotEnrolled):
        li_leaves(payer_id=of.employer(serial=2).pk)


def test_a_wrong_joining_is_taken_back_and_stays_to_be_read() -> None:
    (row,) = li_joins(schemes=("110",))

    assert (
        correct(enrolment_id=row.pk, months=None, blockers=(), reason="录错人员", today=TODAY)
        is None
    )

    assert current() == []
    assert Enrolment.objects.filter(superseded_at__isnull=False).count() == 1
    with pytest.raises(AlreadySuperseded):
        correct(enrolment_id=row.pk, months=None, blockers=(), reason="录错人员", today=TODAY)


def test_a_wrong_month_is_put_right_at_one_instant() -> None:
    (row,) = li_joins(schemes=("110",))

    right = correct(
        enrolment_id=row.pk,
        months=MonthRange(Month(2026, 9)),
        reason="月份录错",
        today=TODAY,
        blockers=(),
    )

    row.refresh_from_db()
    assert right is not None
    assert (right.valid, right.recorded_at) == (of.months("2026-09"), row.superseded_at)


def test_a_correction_needs_room_and_a_reason() -> None:
    of.enrolment(valid=of.months("2020-01", "2026-11"), person_id=builders.li().pk)
    (row,) = li_joins(schemes=("110",))
    overlapping = MonthRange(Month(2026, 10))

    with pytest.raises(assess.AlreadyEnrolled):
        correct(
            enrolment_id=row.pk,
            months=overlapping,
            blockers=(),
            reason="月份录错",
            today=TODAY,
        )
    with pytest.raises(ReasonMissing):
        correct(enrolment_id=row.pk, months=None, blockers=(), reason=" ", today=TODAY)


def test_an_employer_goes_when_all_have_left_and_nothing_is_owed() -> None:
    li_joins()
    facts: dict[str, Any] = {
        "payer_id": of.employer().pk,
        "from_month": Month(2026, 12),
        "evidence": "注销通知书(演示)",
        "today": TODAY,
    }

    with pytest.raises(EmployerHasInsured):
        deregister(owed_fen=0, **facts)
    li_leaves()
    with pytest.raises(EmployerOwes, match=r"0\.01"):
        deregister(owed_fen=1, **facts)
    with pytest.raises(EvidenceMissing):
        deregister(owed_fen=0, **{**facts, "evidence": " "})
    deregister(owed_fen=0, **facts)

    with pytest.raises(EmployerGone):
        deregister(owed_fen=0, **facts)
    with pytest.raises(assess.PayerDeregistered):
        li_joins(month=Month(2026, 12), person_id=builders.zhao().pk)


def test_who_is_insured_in_the_month_of_deregistration_stays_in_its_way() -> None:
    li_joins()
    li_leaves()

    with pytest.raises(EmployerHasInsured):
        deregister(
            payer_id=of.employer().pk, from_month=NOV, evidence="演示", owed_fen=0, today=TODAY
        )


def test_a_village_is_not_deregistered() -> None:
    with pytest.raises(assess.PayerUnknown):
        deregister(
            payer_id=of.village().pk, from_month=NOV, evidence="演示", owed_fen=0, today=TODAY
        )
