"""What must be decided soon is listed by agency and owner, the earliest first."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import builders
from tests.backend.cases import filing_builders as ours

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(ours.reviewer().staff)
    return client


@pytest.fixture
def filed() -> list[int]:
    """Three cases: long overdue, due within two weeks, far from it."""
    clerk, now = ours.clerk(), timezone.now()
    ages = (timedelta(days=60), timedelta(0), -timedelta(days=60))
    return [ours.filed(clerk, now=now - age).pk for age in ages]


def listed(client: Client, **query: Any) -> list[Any]:
    answer = client.get("/api/v1/case-terms/", query)
    assert answer.status_code == 200, answer.json()
    rows: list[Any] = answer.json()["results"]
    return rows


def test_what_is_near_or_past_its_term_is_listed_the_earliest_first(
    reviewer: Client, filed: list[int]
) -> None:
    assert [row["case"] for row in listed(reviewer, within=20)] == filed[:2]
    assert [row["case"] for row in listed(reviewer, within=0)] == filed[:1]


def test_a_row_says_how_long_there_is_and_by_what(reviewer: Client, filed: list[int]) -> None:
    overdue, soon = listed(reviewer, within=20)

    assert overdue["days_left"] < 0
    assert soon["days_left"] == 10
    assert (soon["kind_label"], soon["party_name"]) == ("失业保险金申领", "赵*强")
    assert soon["standing_label"] == "未核实"


def test_cases_are_given_to_an_owner_and_found_by_him(reviewer: Client, filed: list[int]) -> None:
    owner = builders.member(role="CLERK", of=builders.li()).staff
    answer = builders.assigned_at_api(reviewer, "case-terms", rows=filed[:1], to=owner)

    assert answer.json() == {"assigned": 1}
    assert [row["case"] for row in listed(reviewer, owner_staff_id=owner.pk)] == filed[:1]
    other = builders.agency(code="34080008", name="演示区社保中心")
    assert listed(reviewer, case__agency=other.pk) == []


@pytest.mark.parametrize("within", ["-1", "61", "abc"])
def test_a_bound_that_is_none_is_refused(reviewer: Client, within: str) -> None:
    assert reviewer.get("/api/v1/case-terms/", {"within": within}).status_code == 400
