"""Joining another scheme, or joining again, lowers no wage that was declared of the year."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.feeds.refused import RefusedRow
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.enrolment.assess import LowerNeedsTwo
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import EnrolmentFile, Kind, Wage, WageSource
from insurance.enrolment.roster import take_roster
from insurance.enrolment.wages import DeclaredWage, declare_wages
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import roster_row, write

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY
DECLARED = 650_000
LOWER = (LowerNeedsTwo.code, "wage")


@pytest.fixture(autouse=True)
def declared() -> None:
    """Li is insured in 110, and the company declared 6,500 yuan for the year."""
    of.enrolment()
    wage = DeclaredWage(builders.li().pk, DECLARED, confirmed=True)
    declare_wages(payer_id=of.employer().pk, from_month=Month(2026, 1), wages=[wage], today=TODAY)


def li_joins(**changes: Any) -> None:
    facts: dict[str, Any] = {
        "person_id": builders.li().pk, "kind": Kind.EMPLOYED, "schemes": ["210"],
        "payer_id": of.employer().pk, "month": NOV, "wage_fen": 1_00, "today": TODAY,
        "pensions": of.nobody_draws,
    }  # fmt: skip
    join(**{**facts, **changes})


def take(folder: Path, **row: str) -> tuple[EnrolmentFile, list[tuple[str, str]]]:
    refused: list[RefusedRow] = []
    path = write(folder, [roster_row(**{"schemes": "210", **row})])
    file = take_roster(
        path=path, today=TODAY, refused=refused, blockers=(), pensions=of.nobody_draws
    )
    return file, [(row.code, row.column) for row in refused]


def held() -> list[tuple[str, int, str]]:
    rows = Wage.objects.filter(superseded_at__isnull=True).order_by("valid")
    return [(str(Month.of(row.valid.lower)), row.monthly_fen, row.wage_source) for row in rows]


KEPT = [("2026-01", DECLARED, WageSource.DECLARED)]


@pytest.mark.parametrize("month", ["2026-08", "2026-11"])
def test_a_roster_lowers_no_declared_wage_by_another_scheme(tmp_path: Path, month: str) -> None:
    file, refused = take(tmp_path, month=month, wage="6499.99")

    assert (file.accepted, refused, held()) == (False, [LOWER], KEPT)


def test_the_desk_lowers_no_declared_wage_by_another_scheme() -> None:
    with pytest.raises(LowerNeedsTwo):
        li_joins(wage_fen=DECLARED - 1)

    assert held() == KEPT


@pytest.mark.parametrize("wage", ["6500.00", "7000.00"])
def test_who_joins_with_no_less_keeps_the_declared_wage(tmp_path: Path, wage: str) -> None:
    file, _ = take(tmp_path, wage=wage)

    assert (file.accepted, held()) == (True, KEPT)
    assert take(tmp_path, wage=wage)[0].accepted, "the same bytes are taken already"


def test_who_leaves_and_joins_again_the_month_after_keeps_it(tmp_path: Path) -> None:
    leave(
        person_id=builders.li().pk, schemes=["110"], payer_id=of.employer().pk,
        last_month=Month(2026, 10), today=TODAY, blockers=(),
    )  # fmt: skip

    with pytest.raises(LowerNeedsTwo):
        li_joins(schemes=["110"])
    assert take(tmp_path, schemes="110", wage="1.00")[1] == [LOWER]
    li_joins(schemes=["110"], wage_fen=DECLARED)

    assert held() == KEPT


def test_what_another_employer_declared_is_not_asked(tmp_path: Path) -> None:
    other = of.employer(serial=2).pk

    file, refused = take(tmp_path, code=of.credit_code(serial=2), wage="3000.00")
    li_joins(schemes=["310"], payer_id=other, wage_fen=2_900_00)

    assert (file.accepted, refused) == (True, [])


def test_an_employer_that_was_merged_declared_as_the_survivor(tmp_path: Path) -> None:
    survivor = of.employer(serial=2).pk
    Alias.objects.create(party_id=of.employer().pk, survivor_id=survivor, case_id=1)

    assert take(tmp_path, code=of.credit_code(serial=2), wage="1.00")[1] == [LOWER]
    with pytest.raises(LowerNeedsTwo):
        li_joins(payer_id=survivor)


def test_what_was_declared_of_the_year_before_is_not_of_this_year(tmp_path: Path) -> None:
    file, _ = take(tmp_path, month="2026-11", wage="6500.00")
    january = date(2027, 1, 5)

    li_joins(schemes=["310"], month=Month(2027, 1), wage_fen=600_000, today=january)

    assert file.accepted
    assert held() == [*KEPT, ("2027-01", 600_000, WageSource.NEW_HIRE)]
