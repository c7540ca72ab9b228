"""Who helps a village sees who of its residents is to be checked, and nobody else."""

import pytest
from django.test import Client

from backend.people.models import Person
from tests import builders
from tests.insurance.benefits.checks import check_builders as of

pytestmark = pytest.mark.django_db


def helper(village_id: int | None) -> Client:
    staff = builders.member(role="VILLAGE").staff
    staff.village_id = village_id
    staff.save()
    client = Client()
    client.force_login(staff)
    return client


def people(client: Client, **query: int) -> list[int]:
    answer = client.get("/api/v1/check-due/", query)
    assert answer.status_code == 200
    return [row["person"] for row in answer.json()]


def test_of_whichever_village_one_asks_one_sees_ones_own() -> None:
    own, foreign = of.pensioners(2)
    other = of.village(code="340802001202", name="邻村")
    Person.objects.filter(pk=foreign.person_id).update(village=other)

    assert people(helper(of.village().pk)) == [own.person_id]
    assert people(helper(of.village().pk), village=other.pk) == []
    assert people(helper(other.pk)) == [foreign.person_id]


def test_who_helps_no_village_sees_nobody() -> None:
    of.pensioners(2)

    assert people(helper(None)) == []
