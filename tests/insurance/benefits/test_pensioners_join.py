"""Who draws a pension is not insured again by what the pension ended (领取养老金的不再参保缴费)."""

from pathlib import Path
from typing import Any

import pytest

from backend.feeds.refused import RefusedRow
from backend.kernel.months import Month
from insurance.benefits.models import Stop
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.enrolment.join import join
from insurance.enrolment.models import Duplicate, Enrolment, Kind
from insurance.enrolment.pensioners import DrawsPension
from insurance.enrolment.roll import take_roll
from insurance.enrolment.roster import take_roster
from tests import builders
from tests.insurance.benefits import month_builders as b
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import (
    number_of,
    roll_row,
    roster_row,
    write,
    write_roll,
)

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def places() -> None:
    of.village()
    of.employer()


def li_draws(scheme: str, **changes: Any) -> int:
    entitlement = b.entitlement(of=builders.li(), scheme=scheme, **changes)
    return int(entitlement.pk)


def li_joins(scheme: str, kind: Kind = Kind.EMPLOYED) -> list[Enrolment]:
    payer = {Kind.EMPLOYED: of.employer().pk, Kind.RESIDENT: of.village().pk}.get(kind)
    return join(
        person_id=builders.li().pk, kind=kind, schemes=[scheme], payer_id=payer, month=NOV,
        today=TODAY, wage_fen=None if kind is Kind.RESIDENT else 600_000,
        pensions=pensions_drawn,
    )  # fmt: skip


def roster(folder: Path, schemes: str) -> list[tuple[str, str]]:
    refused: list[RefusedRow] = []
    path = write(folder, [roster_row(schemes=schemes)])
    take_roster(path=path, today=TODAY, refused=refused, blockers=(), pensions=pensions_drawn)
    return [(row.code, row.column) for row in refused]


def roll(folder: Path, *, scheme: str = "170", year: str = "2026") -> list[str]:
    refused: list[RefusedRow] = []
    number = number_of(builders.li().pk)
    row = roll_row(number=number, name="李建国", year=year, scheme=scheme)
    path = write_roll(folder, [row])
    take_roll(path=path, today=TODAY, refused=refused, pensions=pensions_drawn)
    return [row.code for row in refused]


@pytest.mark.parametrize("scheme", ["110", "210", "310"])
def test_who_draws_the_employees_pension_joins_no_employer(tmp_path: Path, scheme: str) -> None:
    li_draws("110")

    with pytest.raises(DrawsPension):
        li_joins(scheme)
    assert roster(tmp_path, scheme) == [(DrawsPension.code, "schemes")]


@pytest.mark.parametrize("scheme", ["110", "310"])
def test_nor_does_he_insure_himself_alone(scheme: str) -> None:
    li_draws("110")

    with pytest.raises(DrawsPension):
        li_joins(scheme, Kind.FLEXIBLE)


@pytest.mark.parametrize("pension", ["110", "170"])
def test_who_draws_a_pension_pays_none_as_a_resident(tmp_path: Path, pension: str) -> None:
    li_draws(pension)

    with pytest.raises(DrawsPension):
        li_joins("170", Kind.RESIDENT)
    assert roll(tmp_path) == [DrawsPension.code]


def test_who_draws_the_residents_pension_may_work_and_is_insured(tmp_path: Path) -> None:
    li_draws("170")

    assert li_joins("110")
    assert roster(tmp_path, "210+310") == []
    assert roll(tmp_path, scheme="390") == []


def test_a_pension_that_was_stopped_stands_in_nobodys_way() -> None:
    entitlement = li_draws("110")
    Stop.objects.create(
        entitlement_id=entitlement, reason="WRONG", case_id=1, valid=b.months(b.LONG_AGO, None)
    )

    assert li_joins("110")


def test_months_before_the_pension_of_next_year_are_on_the_roll(tmp_path: Path) -> None:
    li_draws("170", start=Month(2027, 1), paid_through=None)

    assert roll(tmp_path, year="2026") == []
    assert roll(tmp_path, year="2027") == [DrawsPension.code]


def test_who_is_insured_beside_his_pension_is_found() -> None:
    row = of.enrolment()
    assert not Duplicate.objects.exists()

    li_draws("110", start=Month(2026, 9))

    found = Duplicate.objects.get()
    assert (found.kind, found.enrolment_id, found.other_enrolment_id) == ("PENSIONER", row.pk, None)
    assert found.months == of.months("2026-09")


def test_the_months_after_the_last_one_insured_are_not_doubled() -> None:
    of.enrolment(valid=of.months("2020-01", "2026-09"))
    of.enrolment(scheme="390", kind=Kind.RESIDENT, valid=of.months("2026-01", "2027-01"))

    li_draws("110", start=Month(2026, 9))

    assert not Duplicate.objects.exists()
