"""What waits for a correction is listed, and what may be done when its time is over (补正期满)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases.models import Case
from tests import builders
from tests.backend.cases import filing_builders as ours

pytestmark = pytest.mark.django_db


def asked(*, ago: int) -> Case:
    """Zhao was told so many days ago what is missing, with five working days to bring it."""
    then = timezone.now() - timedelta(days=ago)
    case = ours.filed(ours.clerk(), now=then)
    ours.asked(case, ours.clerk(), now=then)
    return case


def listed(client: Client, **query: Any) -> list[Any]:
    rows: list[Any] = client.get("/api/v1/case-corrections/", query).json()["results"]
    return rows


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def test_what_was_not_brought_in_time_is_listed_first_with_what_may_be_done(clerk: Client) -> None:
    running, expired = asked(ago=0), asked(ago=40)

    first, second = listed(clerk, within=20)

    assert (first["case"], first["may_decline"]) == (expired.pk, True)
    assert (second["case"], second["may_decline"]) == (running.pk, False)
    assert first["days_left"] < 0 < second["days_left"]
    assert first["missing"] == ["终止劳动合同证明"]
    assert "不予受理" in first["said"]
    assert first["party_name"] == "赵*强"
    assert [row["case"] for row in listed(clerk, within=0)] == [expired.pk]


def test_what_was_brought_or_declined_is_listed_no_more(clerk: Client) -> None:
    brought, declined = asked(ago=40), asked(ago=40)
    ours.answered(brought, ours.clerk(), now=timezone.now())
    ours.declined(declined, ours.reviewer(), now=timezone.now())

    assert listed(clerk, within=60) == []


def test_another_agencys_are_not_there(client: Client) -> None:
    asked(ago=40)
    other = builders.agency(code="34080002", name="演示医保局")
    client.force_login(builders.member(role="CLERK", at=other).staff)

    assert listed(client) == []
