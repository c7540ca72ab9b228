"""A citizen at a kiosk sees his own, while his card lies in it, and nobody's else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.access import callers, citizens, terminals
from backend.access.citizens import digest_of
from backend.access.looked import look
from backend.access.models import CitizenSession, Hall, Profile, Staff
from backend.audit.models import Act
from backend.kernel.identity import Sex
from backend.people.models import Death, Person
from tests import builders
from tests.backend.access.terminal_builders import Machine, machine, operator

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 5, 0, 30, tzinfo=UTC)
SESSIONS, ACCOUNTS = "/api/v1/citizen-sessions/", "/api/v1/personal-accounts/"
LOOKS = "/api/v1/persons/looks/"
Clock = time_machine.Traveller
_keys = count(1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def wang() -> Person:
    return builders.wang()


@pytest.fixture
def clerk() -> Staff:
    staff = builders.member(role="CLERK").staff
    staff.hall = builders.hall()
    staff.save()
    return staff


@pytest.fixture
def kiosk() -> Machine:
    return machine(profile=Profile.KIOSK)


@pytest.fixture
def open_kiosk(kiosk: Machine, wang: Person, clerk: Staff) -> Machine:
    """With Wang's card in it."""
    assert open_at(kiosk, clerk).status_code == 201
    kiosk.beat()
    return kiosk


def open_at(kiosk: Machine, clerk: Staff, **changed: Any) -> Any:
    number = builders.id_number(birth_date=builders.wang().birth_date, sex=Sex.FEMALE, serial=301)
    body = {"terminal": kiosk.row.pk, "id_number": number, "name": "王秀英"} | changed
    desk = Client()
    desk.force_login(clerk)
    key = {"Idempotency-Key": f"open-{next(_keys)}"}
    return desk.post(SESSIONS, body, content_type="application/json", headers=key)


def test_who_is_on_record_as_dead_opens_none(kiosk: Machine, wang: Person, clerk: Staff) -> None:
    Death.objects.create(
        person_id=wang.pk,
        death_date=START.date(),
        source="OFFICE",
        evidence="死亡证明 演示1号",
        case_id=1,
    )

    assert told(open_at(kiosk, clerk)) == (422, "citizen_deceased")
    assert not CitizenSession.objects.exists()


def balances(at: Machine, of: Person | int) -> Any:
    person = of if isinstance(of, int) else of.pk
    return at.get(ACCOUNTS, query=f"person={person}")


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_clerk_opens_a_session_and_the_kiosk_gets_it_by_its_next_heartbeat(
    kiosk: Machine, wang: Person, clerk: Staff
) -> None:
    opened = open_at(kiosk, clerk)
    fetched = kiosk.beat().json()["citizen_session"]

    assert (opened.status_code, opened.json()["person_id"]) == (201, wang.pk)
    assert fetched["person_id"] == wang.pk
    assert balances(kiosk, wang).status_code == 200
    act = Act.objects.get(name="access.citizen_session_opened")
    assert (act.staff_id, act.party_id) == (clerk.pk, wang.pk)


def test_the_answer_to_the_clerk_holds_no_key(kiosk: Machine, wang: Person, clerk: Staff) -> None:
    opened = open_at(kiosk, clerk)
    key = kiosk.beat().json()["citizen_session"]["key"]

    assert key not in opened.content.decode()


def test_the_key_stands_nowhere_but_as_a_digest(kiosk: Machine, clerk: Staff) -> None:
    open_at(kiosk, clerk)
    before = CitizenSession.objects.get().digest
    key = kiosk.beat().json()["citizen_session"]["key"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM access_citizensession s")
        (row,) = cursor.fetchone()
    assert (before, key in row, digest_of(key=key) in row) == (None, False, True)


def test_a_digest_read_in_the_table_opens_nothing(
    kiosk: Machine, wang: Person, clerk: Staff
) -> None:
    open_at(kiosk, clerk)
    kiosk.beat()
    kiosk.session = CitizenSession.objects.get().digest or ""

    assert told(balances(kiosk, wang)) == (401, "citizen_session_over")


def test_a_session_is_told_to_the_kiosk_once(open_kiosk: Machine) -> None:
    open_kiosk.session = ""

    assert open_kiosk.beat().json()["citizen_session"] is None


def test_whoever_was_looked_at_sees_who_looked_and_why(
    open_kiosk: Machine, wang: Person, clerk: Staff
) -> None:
    look(staff=clerk, party_id=wang.pk, purpose="窗口办理换卡", at="person")
    supervisor = builders.member(role="SUPERVISOR").staff
    look(staff=supervisor, party_id=wang.pk, purpose="核查线索", at="person")

    answer = open_kiosk.get(LOOKS, query=f"person={wang.pk}")

    purposes = [row["purpose"] for row in answer.json()["results"]]
    assert purposes == ["核查线索", "窗口办理换卡", "本人持身份证到自助终端办理"]
    assert told(open_kiosk.get(LOOKS, query=f"person={builders.chen().pk}")) == (404, "not_found")


def test_a_foreign_person_is_not_there(open_kiosk: Machine) -> None:
    chen = builders.chen()

    assert told(balances(open_kiosk, chen)) == (404, "not_found")
    assert told(balances(open_kiosk, 10**9)) == (404, "not_found")


@pytest.mark.parametrize(
    "query",
    ["", "person=", "person={own}&person={other}", "person={other}&person={own}", "scheme=110"],
)
def test_who_does_not_name_himself_alone_sees_nothing(
    open_kiosk: Machine, wang: Person, query: str
) -> None:
    asked = query.format(own=wang.pk, other=builders.chen().pk)

    assert told(open_kiosk.get(ACCOUNTS, query=asked)) == (404, "not_found")


def test_without_a_session_a_kiosk_sees_nobody(kiosk: Machine, wang: Person) -> None:
    assert told(balances(kiosk, wang)) == (403, "not_permitted")


def test_a_session_of_one_kiosk_is_none_at_another(open_kiosk: Machine, wang: Person) -> None:
    other = machine(profile=Profile.KIOSK)
    other.session = open_kiosk.session

    assert told(balances(other, wang)) == (401, "citizen_session_over")
    assert balances(open_kiosk, wang).status_code == 200


def test_the_session_ends_when_the_card_leaves(open_kiosk: Machine, wang: Person) -> None:
    open_kiosk.beat(present=False)

    assert told(balances(open_kiosk, wang)) == (401, "citizen_session_over")


def test_the_session_ends_five_seconds_after_the_last_heartbeat(
    open_kiosk: Machine, wang: Person, clock: Clock
) -> None:
    clock.shift(callers.PRESENT_FOR - timedelta(milliseconds=1))
    still = balances(open_kiosk, wang).status_code
    clock.shift(timedelta(milliseconds=1))

    assert timedelta(seconds=5) >= callers.PRESENT_FOR
    assert (still, told(balances(open_kiosk, wang))) == (200, (401, "citizen_session_over"))
    assert told(open_kiosk.beat()) == (401, "citizen_session_over")


def beat_until(kiosk: Machine, clock: Clock, end: datetime, *, and_ask: Person | None) -> None:
    while datetime.now(UTC) + timedelta(seconds=4) < end:
        clock.shift(4)
        assert kiosk.beat().status_code == 200
        if and_ask:
            assert balances(kiosk, and_ask).status_code == 200
    clock.move_to(end)


def test_a_session_in_which_nobody_does_anything_ends_though_the_card_is_there(
    open_kiosk: Machine, wang: Person, clock: Clock
) -> None:
    beat_until(open_kiosk, clock, START + callers.CITIZEN_IDLE, and_ask=None)

    assert told(balances(open_kiosk, wang)) == (401, "citizen_session_over")


def test_a_session_lasts_a_quarter_of_an_hour(
    open_kiosk: Machine, wang: Person, clock: Clock
) -> None:
    beat_until(open_kiosk, clock, START + callers.CITIZEN_ABSOLUTE, and_ask=wang)

    assert told(balances(open_kiosk, wang)) == (401, "citizen_session_over")


def test_who_has_done_ends_the_session(open_kiosk: Machine, wang: Person) -> None:
    assert open_kiosk.post(f"{SESSIONS}end", {}).status_code == 204

    assert told(balances(open_kiosk, wang)) == (401, "citizen_session_over")


def test_the_next_citizen_ends_the_session_of_the_one_before(
    open_kiosk: Machine, wang: Person, clerk: Staff
) -> None:
    before = open_kiosk.session
    open_at(open_kiosk, clerk)

    assert told(balances(open_kiosk, wang)) == (401, "citizen_session_over")
    open_kiosk.session = ""
    open_kiosk.beat()
    assert open_kiosk.session not in ("", before)


def test_a_session_that_no_kiosk_fetches_within_a_minute_is_over(
    kiosk: Machine, wang: Person, clerk: Staff, clock: Clock
) -> None:
    open_at(kiosk, clerk)
    clock.shift(citizens.FETCHED_WITHIN)

    assert kiosk.beat().json()["citizen_session"] is None


def test_a_session_dies_with_its_kiosk(open_kiosk: Machine, wang: Person) -> None:
    terminals.revoke(
        terminal_id=open_kiosk.row.pk, reason="遗失", by=operator(), now=timezone.now()
    )

    assert told(balances(open_kiosk, wang)) == (401, "terminal_revoked")


def test_a_clerk_opens_sessions_in_his_own_hall_only(
    kiosk: Machine, wang: Person, clerk: Staff
) -> None:
    clerk.hall = Hall.objects.create(
        code="34080001-02", name="另一大厅", agency=builders.agency(), district="340803"
    )
    clerk.save()

    assert told(open_at(kiosk, clerk)) == (404, "kiosk_not_found")


def test_a_session_is_opened_at_a_kiosk_only(wang: Person, clerk: Staff) -> None:
    assert told(open_at(machine(profile=Profile.DESK), clerk)) == (404, "kiosk_not_found")


def test_number_and_name_must_mean_the_same_person(
    kiosk: Machine, wang: Person, clerk: Staff
) -> None:
    assert told(open_at(kiosk, clerk, name="王秀兰")) == (422, "person_not_found")
    assert not CitizenSession.objects.exists()


def test_a_citizen_does_nothing_that_is_the_staffs(open_kiosk: Machine) -> None:
    assert told(open_kiosk.get("/api/v1/persons/", query="number=1"))[1] == "route_not_in_profile"
    assert told(open_kiosk.post(SESSIONS, {}))[1] == "route_not_in_profile"


def test_a_balance_query_takes_one_statement_for_terminal_number_and_citizen(
    open_kiosk: Machine, wang: Person
) -> None:
    with CaptureQueriesContext(connection) as queries:
        balances(open_kiosk, wang)

    about_access = [query["sql"] for query in queries if "access_" in query["sql"]]
    assert len(about_access) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE access_citizensession SET person_id = {chen}",
        "UPDATE access_citizensession SET terminal_id = 1",
        "DELETE FROM access_citizensession",
        "UPDATE access_citizensession SET ended_at = NULL",
        "UPDATE access_citizensession SET digest = repeat('a', 64)",
    ],
)
def test_the_application_can_make_no_other_of_a_session(
    open_kiosk: Machine, wang: Person, change: str
) -> None:
    open_kiosk.post(f"{SESSIONS}end", {})
    statement = change.format(chen=builders.chen().pk)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
