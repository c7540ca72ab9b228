"""A declared wage of the year falls by a case of two persons, with the person's signature."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from backend.feeds.refused import RefusedRow
from backend.kernel.months import Month, MonthRange
from insurance.enrolment import wage_case
from insurance.enrolment.assess import LowerNeedsTwo
from insurance.enrolment.models import EnrolmentFile, Wage, WageSource
from insurance.enrolment.rests import MonthsRestedOn
from insurance.enrolment.wage_case import NothingLowered, YearNotCurrent
from insurance.enrolment.wage_declaration import take_wages
from insurance.enrolment.wage_template import WageLine
from insurance.enrolment.wages import DeclaredWage, declare_wages
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.wage_builders import HEAD, LI, declaration

pytestmark = pytest.mark.django_db
JANUARY, NOVEMBER_5 = Month(2026, 1), date(2026, 11, 5)
LESS = WageLine(LI.name, LI.id_kind, LI.id_number, 60_000_00, 12, True)


@pytest.fixture(autouse=True)
def declared() -> None:
    """Li's employer declared 6,500 yuan for 2026."""
    of.employer(name=HEAD.employer_name)
    of.enrolment()
    declare(6_500_00)


def declare(fen: int, *, month: Month = JANUARY) -> None:
    wages = [DeclaredWage(person_id=builders.li().pk, fen=fen, confirmed=True)]
    declare_wages(payer_id=of.employer().pk, from_month=month, wages=wages, today=NOVEMBER_5)


def asked(**changes: Any) -> Case:
    content = {
        "employer": of.employer().pk, "year": 2026, "wage": "5000.00",
        "confirmation": "本人签字确认书 演示1号", "reason": "多计了上年度的一次性补偿",
    }  # fmt: skip
    return cases.decided(
        kind="ENROLMENT_WAGE", party_id=builders.li().pk, content=content | changes
    )


def decide(case: Case) -> int:
    wage_case.check(case, blockers=())
    return wage_case.decide(case, blockers=())


def held() -> list[tuple[date, int]]:
    rows = Wage.objects.filter(person=builders.li().pk, superseded_at=None).order_by("valid")
    return [(row.valid.lower, row.monthly_fen) for row in rows]


def taken(tmp_path: Path, line: WageLine) -> tuple[EnrolmentFile, list[RefusedRow]]:
    path = tmp_path / f"{line.yearly_fen}.xlsx"
    path.write_bytes(declaration(line, head=HEAD))
    refused: list[RefusedRow] = []
    return take_wages(path=path, today=builders.TODAY, refused=refused), refused


def test_the_wage_falls_from_january_of_the_year() -> None:
    rows = decide(case := asked())

    assert held() == [(date(2026, 1, 1), 5_000_00)]
    row = Wage.objects.get(superseded_at=None)
    assert (row.case_id, row.wage_source, row.confirmed) == (case.pk, WageSource.DECLARED, True)
    assert rows == 2


def test_then_the_sheet_that_says_so_is_taken(tmp_path: Path) -> None:
    _, (refused,) = taken(tmp_path, LESS)
    assert refused.reason == LowerNeedsTwo.words

    decide(asked())

    assert taken(tmp_path, LESS)[0].accepted
    assert held() == [(date(2026, 1, 1), 5_000_00)]


def test_a_sheet_may_raise_it_again_and_the_next_year_has_its_own(tmp_path: Path) -> None:
    decide(asked())

    assert taken(tmp_path, LI)[0].accepted
    declare(4_000_00, month=Month(2026, 12))

    assert held() == [(date(2026, 1, 1), 6_500_00), (date(2026, 12, 1), 4_000_00)]


def test_what_is_not_lowered_takes_no_case() -> None:
    with pytest.raises(NothingLowered):
        decide(asked(wage="6500.00"))


def test_nor_what_another_employer_declared() -> None:
    with pytest.raises(NothingLowered):
        decide(asked(employer=of.employer(serial=4).pk))


@pytest.mark.parametrize("year", [2025, 2028])
def test_another_year_is_none_of_this_case(year: int) -> None:
    with pytest.raises(YearNotCurrent):
        decide(asked(year=year))


@pytest.mark.parametrize("missing", ["confirmation", "reason", "employer", "year"])
def test_it_says_who_signed_and_why(missing: str) -> None:
    with pytest.raises(ContentInvalid):
        decide(asked(**{missing: None}))


def test_no_benefit_may_rest_on_the_wage() -> None:
    def rests(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        return [f"{person_id == builders.li().pk} {scheme} {months.start}"]

    for act in (wage_case.check, wage_case.decide):
        with pytest.raises(MonthsRestedOn, match="True 110 2026-01"):
            act(asked(), blockers=(rests,))


def test_one_case_of_a_year_waits_at_a_time() -> None:
    builders.case(
        kind="ENROLMENT_WAGE",
        party=builders.li(),
        content={"employer": of.employer().pk, "year": 2026},
    )

    with pytest.raises(ProposalWaits):
        wage_case.check(asked(), blockers=())
