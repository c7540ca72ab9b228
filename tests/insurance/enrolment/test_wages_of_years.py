"""What is told of one year leaves what is known of a later one as it is."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backend.kernel.months import Month
from insurance.enrolment.join import join
from insurance.enrolment.models import EnrolmentFile, Kind, Wage
from insurance.enrolment.wage_declaration import take_wages
from insurance.enrolment.wages import DeclaredWage, declare_wages
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.wage_builders import HEAD, LI, declaration

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


def declare(year: int, fen: int, *, month: int = 1) -> None:
    wage = DeclaredWage(builders.li().pk, fen, confirmed=True)
    declare_wages(
        payer_id=of.employer().pk, from_month=Month(year, month), wages=[wage], today=TODAY
    )


def li_joins(scheme: str, *, month: Month, fen: int, today: date = TODAY) -> None:
    join(
        person_id=builders.li().pk, kind=Kind.EMPLOYED, schemes=[scheme],
        payer_id=of.employer().pk, month=month, wage_fen=fen, today=today,
        pensions=of.nobody_draws,
    )  # fmt: skip


def held() -> dict[str, int]:
    """The wages known now by the month from which they hold."""
    rows = Wage.objects.filter(superseded_at__isnull=True)
    return {str(Month.of(row.valid.lower)): row.monthly_fen for row in rows}


def test_an_earlier_year_corrected_later_leaves_the_later_year() -> None:
    of.enrolment(valid=of.months("2025-01"))
    declare(2026, 800_000)

    declare(2025, 600_000)

    assert held() == {"2025-01": 600_000, "2026-01": 800_000}


def test_a_year_that_changed_no_amount_holds_against_the_year_before() -> None:
    of.enrolment(valid=of.months("2025-01"))
    for year, fen in ((2025, 800_000), (2026, 800_000), (2025, 600_000)):
        declare(year, fen)

    assert held() == {"2025-01": 600_000, "2026-01": 800_000}


def test_who_is_found_to_have_joined_earlier_keeps_the_declared_wage() -> None:
    january = date(2026, 1, 20)
    li_joins("110", month=Month(2025, 11), fen=700_000, today=january)
    declare(2026, 800_000)

    li_joins("210", month=Month(2025, 11), fen=500_000, today=january)

    assert held() == {"2025-11": 500_000, "2026-01": 800_000}


def test_the_wage_of_a_joiner_of_a_later_year_stays() -> None:
    of.enrolment(valid=of.months("2025-01", "2025-07"))
    li_joins("110", month=Month(2026, 9), fen=900_000)

    declare(2025, 600_000)

    assert held() == {"2025-01": 600_000, "2026-09": 900_000}


def test_a_declaration_counts_before_the_wage_told_when_joining_that_year() -> None:
    li_joins("110", month=Month(2026, 9), fen=500_000)

    declare(2026, 600_000)

    assert held() == {"2026-01": 600_000}


def test_what_a_case_decided_stays_and_the_year_goes_on_after_it() -> None:
    of.enrolment(valid=of.months("2026-01"))
    Wage.objects.create(
        person_id=builders.li().pk, payer_id=of.employer().pk, monthly_fen=700_000,
        wage_source="DECIDED", valid=of.months("2026-02", "2026-04"), source="CASE", case_id=1,
    )  # fmt: skip

    for _ in range(2):
        declare(2026, 800_000)

    assert held() == {"2026-01": 800_000, "2026-02": 700_000, "2026-04": 800_000}
    assert Wage.objects.count() == 3


def test_a_year_declared_anew_replaces_itself() -> None:
    of.enrolment(valid=of.months("2025-01"))
    for fen in (800_000, 700_000):
        declare(2026, fen)

    assert held() == {"2026-01": 700_000}


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    """Li's declaration of 2026 is taken."""
    of.employer(name=HEAD.employer_name)
    of.enrolment()
    path = tmp_path / "wages.xlsx"
    path.write_bytes(declaration(LI))
    assert take_wages(path=path, today=TODAY, refused=[]).accepted
    return path


def test_a_declaration_sent_twice_is_the_same(declared: Path) -> None:
    declare(2025, 600_000)

    again = take_wages(path=declared, today=TODAY, refused=[])

    assert again == EnrolmentFile.objects.get()


def test_a_declaration_sent_again_after_another_is_refused_in_words(declared: Path) -> None:
    other = declared.with_name("other.xlsx")
    other.write_bytes(declaration(replace(LI, yearly_fen=90_000_00)))
    take_wages(path=other, today=TODAY, refused=[])
    before = held()

    again = take_wages(path=declared, today=TODAY, refused=[])

    assert (again.accepted, again.code) == (False, "wages_overtaken")
    assert "1人" in again.detail
    assert held() == before
