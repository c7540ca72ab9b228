"""At a kiosk the database itself shows nobody else, and a clerk no machine of another hall."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from backend.access import callers, citizens
from backend.access.models import CitizenSession, Hall, Profile, Staff, Terminal
from backend.people.models import Person
from tests import builders
from tests.backend.access.terminal_builders import Machine, machine
from tests.backend.people.test_citizen_sessions import ACCOUNTS, LOOKS, open_at
from tests.insurance.accounts import account_builders as accounts

pytestmark = pytest.mark.django_db
OPEN = citizens.open_with_id_card


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 5, 0, 30, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def clerk() -> Staff:
    staff = builders.member(role="CLERK").staff
    staff.hall = builders.hall()
    staff.save()
    return staff


@pytest.fixture
def kiosk(clerk: Staff) -> Machine:
    """With Wang's card in it, and no check of whom the request names."""
    builders.wang()
    made = machine(profile=Profile.KIOSK)
    assert open_at(made, clerk).status_code == 201
    made.beat()
    return made


def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "is_own", lambda **_: True)


def balances(at: Machine, of: Person) -> list[dict[str, Any]]:
    answer = at.get(ACCOUNTS, query=f"person={of.pk}")
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()
    return rows


def test_whoever_the_request_names_a_citizen_sees_himself_alone(
    kiosk: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (builders.wang(), builders.chen()):
        accounts.entry(person_id=person.pk, fen=48_000)
    unchecked(monkeypatch)

    assert [row["person_id"] for row in balances(kiosk, builders.wang())] == [builders.wang().pk]
    assert balances(kiosk, builders.chen()) == []
    assert kiosk.get(LOOKS, query=f"person={builders.chen().pk}").status_code == 404
    assert kiosk.get(LOOKS, query=f"person={builders.wang().pk}").status_code == 200


def test_of_the_hall_a_citizen_sees_his_session_and_his_machine(
    kiosk: Machine, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chen stands at the next kiosk; whatever Wang's call looks at, it does not see him."""
    beside = machine(profile=Profile.KIOSK)
    OPEN(
        terminal_id=beside.row.pk, hall_id=beside.row.hall_id, person_id=builders.chen().pk,
        clerk=clerk, now=timezone.now(),
    )  # fmt: skip
    seen: list[tuple[set[int], set[int]]] = []
    note = citizens.note_presence

    def looked(**given: Any) -> None:
        sessions = CitizenSession.objects.values_list("person_id", flat=True)
        seen.append((set(sessions), set(Terminal.objects.values_list("pk", flat=True))))
        note(**given)

    monkeypatch.setattr(citizens, "note_presence", looked)
    kiosk.beat()

    assert seen == [({builders.wang().pk}, {kiosk.row.pk})]
    assert CitizenSession.objects.get(person_id=builders.wang().pk).ended_at is None
    assert Terminal.objects.get(pk=kiosk.row.pk).seen_at is not None


def test_whatever_a_clerk_names_his_hall_is_where_he_sits(
    clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Hall.objects.create(
        code="34080001-02", name="另一大厅", agency=builders.agency(), district="340803"
    )
    away = machine(profile=Profile.KIOSK)
    Terminal.objects.filter(pk=away.row.pk).update(seen_at=None)
    monkeypatch.setattr(citizens, "open_with_id_card", at_the_kiosks_own_hall)
    staff = Staff.objects.get(pk=clerk.pk)
    staff.hall = other
    staff.save()

    assert open_at(away, staff).json()["code"] == "kiosk_not_found"
    assert open_at(away, clerk_of(away)).status_code == 201


def at_the_kiosks_own_hall(
    *, terminal_id: int, hall_id: int | None, **given: Any
) -> CitizenSession:
    """As if nobody asked where the clerk sits."""
    halls = Terminal.objects.filter(pk=terminal_id).values_list("hall_id", flat=True)
    return OPEN(terminal_id=terminal_id, hall_id=halls.first() or hall_id, **given)


def clerk_of(kiosk: Machine) -> Staff:
    staff = builders.member(role="CLERK", of=builders.li()).staff
    staff.hall = kiosk.row.hall
    staff.save()
    return staff


def test_an_operator_sees_the_machines_of_all_halls() -> None:
    machine()
    client = Client()
    client.force_login(builders.member(role="SYSTEM_ADMIN").staff)

    assert len(client.get("/api/v1/terminals/").json()["results"]) == 1
