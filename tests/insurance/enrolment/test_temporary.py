"""Who newly joins past 50 or 40 away from home has a temporary account (临时缴费账户)."""

from datetime import date
from typing import Any

import pytest

from backend.kernel.identity import Sex
from backend.kernel.months import Month, MonthRange
from backend.people.models import Person
from insurance.enrolment.correct import correct
from insurance.enrolment.households import Household
from insurance.enrolment.join import join
from insurance.enrolment.models import Enrolment, Kind, TemporaryAccount
from insurance.enrolment.temporary import Joiner, age_terms, is_temporary
from insurance.enrolment.temporary_accounts import temporary_account
from insurance.policy import parameters
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV

HANGZHOU = Household("330100", "户口簿 演示1号")
database = pytest.mark.django_db


@pytest.mark.parametrize(
    ("birth_date", "sex", "household", "temporary"),
    [
        (date(1976, 11, 1), Sex.MALE, "330100", True),
        (date(1976, 11, 2), Sex.MALE, "330100", False),
        (date(1976, 10, 31), Sex.MALE, "330100", True),
        (date(1986, 11, 1), Sex.FEMALE, "330100", True),
        (date(1986, 11, 2), Sex.FEMALE, "330100", False),
        (date(1986, 10, 31), Sex.FEMALE, "330100", True),
        (date(1986, 10, 31), Sex.MALE, "330100", False),
        (date(1966, 1, 1), Sex.MALE, "340100", False),
    ],
    ids=[
        "he turns 50 on the first day",
        "he turns 50 the day after",
        "he turned 50 the day before",
        "she turns 40 on the first day",
        "she turns 40 the day after",
        "she turned 40 the day before",
        "a man of 40",
        "at home in this province",
    ],
)
def test_by_birthday_and_household(
    birth_date: date, sex: Sex, household: str, temporary: bool
) -> None:
    terms = age_terms(tree=parameters.load(), region="340802", month=NOV)
    joiner = Joiner(birth_date, sex, household, "340802")

    assert is_temporary(joiner=joiner, month=NOV, terms=terms) is temporary


def elder() -> Person:
    born = date(1970, 2, 3)
    number = builders.id_number(birth_date=born, sex=Sex.MALE, serial=312)
    return builders.person(name="何向东", birth_date=born, number=number)


def joins(**changes: Any) -> list[Enrolment]:
    facts: dict[str, Any] = {
        "person_id": elder().pk,
        "kind": Kind.EMPLOYED,
        "schemes": ("110", "310"),
        "payer_id": of.employer().pk,
        "month": NOV,
        "wage_fen": 600_000,
        "household": HANGZHOU,
        "today": builders.TODAY,
        "pensions": of.nobody_draws,
    }
    return join(**{**facts, **changes})


@database
def test_a_newcomer_of_that_age_from_elsewhere_opens_one_once() -> None:
    joins()
    joins()

    row = TemporaryAccount.objects.get()
    assert (row.scheme, row.household, row.evidence) == ("110", "330100", HANGZHOU.evidence)
    assert Month.of(row.valid.lower) == NOV
    assert temporary_account(person_id=elder().pk) == row


@database
@pytest.mark.parametrize(
    "changes",
    [{"household": None}, {"household": Household("340100", "户口簿")}, {"schemes": ("310",)}],
    ids=["not told", "at home in the province", "not of 110"],
)
def test_otherwise_the_account_is_an_ordinary_one(changes: dict[str, Any]) -> None:
    joins(**changes)

    assert not TemporaryAccount.objects.exists()


@database
def test_who_was_insured_here_before_is_no_newcomer() -> None:
    of.enrolment(person_id=elder().pk, scheme="110", valid=of.months("2010-01", "2012-01"))

    joins()

    assert not TemporaryAccount.objects.exists()


@database
@pytest.mark.parametrize(
    "months",
    [MonthRange(NOV.next, None), MonthRange(NOV.previous, None), MonthRange(NOV, NOV.next)],
    ids=["a month later", "a month earlier", "for that month alone"],
)
def test_with_its_enrolment_corrected_it_is_a_temporary_one_still(months: MonthRange) -> None:
    first = next(row for row in joins() if row.scheme == "110")

    correct(
        enrolment_id=first.pk, months=months, reason="月份有误", today=builders.TODAY, blockers=()
    )

    assert temporary_account(person_id=elder().pk) == TemporaryAccount.objects.get()


@database
def test_an_enrolment_that_was_over_before_keeps_no_account() -> None:
    first = next(row for row in joins() if row.scheme == "110")
    of.enrolment(person_id=elder().pk, scheme="110", valid=of.months("2010-01", "2012-01"))

    correct(
        enrolment_id=first.pk, months=None, reason="户籍有误", today=builders.TODAY, blockers=()
    )

    assert temporary_account(person_id=elder().pk) is None


@database
def test_with_its_enrolment_taken_back_it_is_none_and_joined_anew_it_may_be_ordinary() -> None:
    first = next(row for row in joins() if row.scheme == "110")

    correct(
        enrolment_id=first.pk, months=None, reason="户籍有误", today=builders.TODAY, blockers=()
    )
    assert temporary_account(person_id=elder().pk) is None

    joins(household=Household("340100", "户口簿 演示2号"))
    assert temporary_account(person_id=elder().pk) is None
    assert TemporaryAccount.objects.filter(superseded_at__isnull=True).count() == 0
