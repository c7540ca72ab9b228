"""An employer's agent sees what is his employer's, also where no query asks whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import models

from backend.people.models import PartyIdentifier, PartyName, Person
from insurance.enrolment.models import Enrolment, Wage
from tests import builders
from tests.backend.access.scope_world import called_by
from tests.insurance.enrolment import enrolment_builders as enrolled

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Cast:
    """Who works where, by their numbers."""

    li: int  # at the agent's company
    zhao: int  # left it long ago
    chen: int  # at another


@pytest.fixture
def cast() -> Iterator[Cast]:
    """Within the call of the company's agent."""
    here, there = builders.employer().pk, builders.employer(serial=2).pk
    found = Cast(builders.li().pk, builders.zhao().pk, builders.chen().pk)
    for person, payer, until in (
        (found.li, here, ""),
        (found.zhao, here, "2021-01"),
        (found.chen, there, ""),
    ):
        valid = enrolled.months("2020-01", until)
        enrolled.enrolment(person_id=person, payer_id=payer, valid=valid)
        enrolled.wage(person_id=person, payer_id=payer, valid=valid)
    with called_by(actor="staff/1", employer=str(here)):
        yield found


def whose(model: type[models.Model], column: str) -> set[int]:
    """Whose rows a query without any filter brings."""
    return set(model._default_manager.values_list(column, flat=True))


@pytest.mark.parametrize("model", [Enrolment, Wage])
def test_enrolments_and_wages_of_another_employer_are_hidden(
    cast: Cast, model: type[models.Model]
) -> None:
    assert whose(model, "person_id") == {cast.li, cast.zhao}


@pytest.mark.parametrize("model", [PartyName, PartyIdentifier])
def test_of_whom_it_insures_now_he_sees_name_and_number_and_of_nobody_else(
    cast: Cast, model: type[models.Model]
) -> None:
    people = {cast.li, cast.zhao, cast.chen}

    assert whose(model, "party_id") & people == {cast.li}


def test_what_else_is_known_of_a_person_is_not_the_employers(cast: Cast) -> None:
    assert not Person.objects.exists()
