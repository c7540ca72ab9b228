"""Events in people's lives over the API: who may read them, and how they are told (接口)."""

import pytest
from django.test import Client

from backend.cases import acts
from backend.cases.kinds import StepNotAllowed
from backend.cases.receive import receive_at_desk
from insurance.benefits.life.models import LifeEvent
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as of

pytestmark = pytest.mark.django_db
PATH = "/api/v1/life-events/"


def reader(client: Client, *, role: str) -> Client:
    client.force_login(builders.member(role=role).staff)
    return client


def test_events_are_listed_by_person(client: Client) -> None:
    m.entitlement()
    of.happened("SENTENCED", "2026-10-20")
    of.happened("DETAINED", "2026-10-20", of=builders.li())

    answer = reader(client, role="CLERK").get(PATH, {"person": builders.wang().pk})

    (row,) = answer.json()["results"]
    assert (row["form"], row["form_label"], row["from_month"]) == ("SENTENCED", "服刑", "2026-11")


@pytest.mark.parametrize("role", ["VILLAGE", "EMPLOYER", "SYSTEM_ADMIN"])
def test_others_do_not_read_them(client: Client, role: str) -> None:
    assert reader(client, role=role).get(PATH).status_code == 403


def test_a_village_tells_of_the_missing_but_not_of_prison() -> None:
    village = builders.member(role="VILLAGE").staff
    content: dict[str, object] = {
        "form": "MISSING",
        "from_date": "2026-10-20",
        "from_month": "2026-11",
        "document": "村委会证明(演示)",
    }
    tell = {
        "staff": village,
        "party_id": builders.wang().pk,
        "today": builders.TODAY,
        "acts": acts.registered(),
    }

    receive_at_desk(kind="MISSING", content=content, **tell)
    with pytest.raises(StepNotAllowed):
        receive_at_desk(kind="PRISON", content={**content, "form": "SENTENCED"}, **tell)

    assert not LifeEvent.objects.exists()
