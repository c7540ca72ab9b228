"""People of an employer that was merged leave, declare and are seen at the one that lives on."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from backend.people.models import Alias
from insurance.enrolment import assess
from insurance.enrolment.deregister import EmployerHasInsured, deregister
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Duplicate, Enrolment, Kind, Wage
from insurance.enrolment.roster import take_roster
from insurance.enrolment.wage_declaration import take_wages
from insurance.enrolment.wage_form import write_form
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import roster_row, write
from tests.insurance.enrolment.wage_builders import HEAD, LI, declaration

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def merged() -> int:
    """Li joined an employer that is found to be another; the other one's number."""
    survivor = of.employer(name=HEAD.employer_name).pk
    gone = of.employer(serial=2).pk
    of.enrolment(payer_id=gone)
    Alias.objects.create(party_id=gone, survivor_id=survivor, case_id=1)
    return int(survivor)


def li_joins(payer_id: int) -> None:
    join(
        person_id=builders.li().pk, kind=Kind.EMPLOYED, schemes=["110"], payer_id=payer_id,
        month=NOV, wage_fen=600_000, today=TODAY, pensions=of.nobody_draws,
    )  # fmt: skip


def ends() -> list[date | None]:
    return [row.valid.upper for row in Enrolment.objects.filter(superseded_at__isnull=True)]


def test_people_leave_at_the_desk(merged: int) -> None:
    asked: dict[str, Any] = {
        "person_id": builders.li().pk, "schemes": ["110"], "payer_id": merged, "last_month": NOV,
        "today": TODAY,
    }  # fmt: skip

    (row,) = leave(blockers=(), **asked)

    assert row.valid.upper == date(2026, 12, 1)
    assert leave(blockers=(), **asked) == [row]


def test_people_leave_by_file(tmp_path: Path) -> None:
    path = write(tmp_path, [roster_row(change="LEAVE", schemes="110")])

    assert take_roster(
        path=path, today=TODAY, refused=[], blockers=(), pensions=of.nobody_draws
    ).accepted
    assert ends() == [date(2026, 12, 1)]


def test_nobody_joins_the_survivor_beside_the_old_enrolment(merged: int, tmp_path: Path) -> None:
    with pytest.raises(assess.AlreadyEnrolled):
        li_joins(merged)

    path = write(tmp_path, [roster_row(schemes="110")])
    file = take_roster(path=path, today=TODAY, refused=[], blockers=(), pensions=of.nobody_draws)
    assert assess.AlreadyEnrolled.words in file.detail


def test_wages_are_declared_of_all_and_hold_where_they_joined(tmp_path: Path) -> None:
    path = tmp_path / "wages.xlsx"
    path.write_bytes(declaration(LI))

    file = take_wages(path=path, today=TODAY, refused=[])

    assert file.accepted, file.detail
    assert Wage.objects.get().payer_id == Enrolment.objects.get().payer_id
    assert take_wages(path=path, today=TODAY, refused=[]) == file


def test_who_moved_between_both_has_a_wage_at_both(merged: int, tmp_path: Path) -> None:
    Enrolment.objects.update(superseded_at=builders.NOW)
    gone = Enrolment.objects.get().payer_id
    of.enrolment(payer_id=gone, valid=of.months("2026-01", "2026-06"))
    of.enrolment(payer_id=merged, valid=of.months("2026-06"))
    path = tmp_path / "wages.xlsx"
    path.write_bytes(declaration(LI))

    take_wages(path=path, today=TODAY, refused=[])

    assert set(Wage.objects.values_list("payer", flat=True)) == {gone, merged}


def test_the_form_lists_all(merged: int) -> None:
    assert write_form(file=BytesIO(), payer_id=merged, year=2026, on=TODAY) == 1


def test_its_people_stand_in_the_way_of_deregistration(merged: int) -> None:
    with pytest.raises(EmployerHasInsured):
        deregister(payer_id=merged, from_month=NOV, evidence="演示", owed_fen=0, today=TODAY)


def test_who_is_insured_at_both_is_a_finding(merged: int) -> None:
    of.enrolment(payer_id=merged, valid=of.months("2026-06"))

    assert [row.kind for row in Duplicate.objects.all()] == ["TWO_PLACES"]


def test_who_is_insured_at_both_leaves_twice(merged: int) -> None:
    of.enrolment(payer_id=merged, valid=of.months("2026-06"))
    do: Callable[[], Any] = lambda: leave(  # noqa: E731
        person_id=builders.li().pk, schemes=["110"], payer_id=merged, last_month=NOV, today=TODAY,
        blockers=(),
    )  # fmt: skip

    do()
    do()

    assert ends() == [date(2026, 12, 1)] * 2
