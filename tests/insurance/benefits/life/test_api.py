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


def test_who_tells_an_event_sees_the_month_that_follows(client: Client) -> None:
    clerk = reader(client, role="CLERK")

    prison = clerk.get("/api/v1/event-month", {"event": "SENTENCED", "on": "2026-10-20"}).json()
    army = clerk.get("/api/v1/unemployment/event-month", {"event": "ARMY", "on": "2026-12-31"})

    assert (prison["event_label"], prison["month"]) == ("服刑", "2026-11")
    assert prison["steps"][0]["article"] == "情形影响待遇的起始月（全国000000，未核实）"
    assert army.json()["month"] == "2027-01"


@pytest.mark.parametrize("asked", [{"event": "ARMY", "on": "2026-10-20"}, {"event": "MISSING"}])
def test_an_unknown_event_or_no_day_has_no_month(client: Client, asked: dict[str, str]) -> None:
    answer = reader(client, role="CLERK").get("/api/v1/event-month", asked)

    assert answer.status_code == 400


def test_months_that_were_decided_are_listed_with_their_steps(client: Client) -> None:
    case = of.happened("SENTENCED", "2026-10-20")

    answer = reader(client, role="REVIEWER").get("/api/v1/effective-months/", {"case_id": case.pk})

    (row,) = answer.json()["results"]
    assert (row["month"], row["steps"][0]["result"]) == ("2026-11", "2026-11")


@pytest.mark.parametrize("role", ["VILLAGE", "EMPLOYER", "SYSTEM_ADMIN"])
def test_others_do_not_read_them(client: Client, role: str) -> None:
    assert reader(client, role=role).get(PATH).status_code == 403


def test_a_village_tells_of_the_missing_but_not_of_prison() -> None:
    village = builders.member(role="VILLAGE").staff
    content: dict[str, object] = {
        "form": "MISSING",
        "from_date": "2026-10-20",
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
