"""An act is written with what it did, under the call it belongs to, and stays."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from backend.audit.models import Act, Channel
from backend.audit.record import acting, calling, current_call, record
from backend.web.source import coming_from, set_source
from tests import builders

pytestmark = pytest.mark.django_db


def test_an_act_goes_with_the_transaction_it_belongs_to() -> None:
    with transaction.atomic():
        record(name="test.act", subject_kind="test", subject_id="1")
        transaction.set_rollback(True)

    assert not Act.objects.filter(name="test.act").exists()


def test_acts_within_carry_the_call_and_those_after_do_not() -> None:
    call = uuid4()
    with calling(call):
        record(name="test.act", subject_kind="test", subject_id="within", rows=3)
        assert current_call() == call
    record(name="test.act", subject_kind="test", subject_id="after")

    assert Act.objects.get(call=call).rows == 3
    assert Act.objects.get(subject_id="after").call is None


@pytest.mark.parametrize("change", ["UPDATE audit_act SET rows = 0", "DELETE FROM audit_act"])
def test_the_application_cannot_change_an_act(change: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.django_db(databases=["default", "owner"])
def test_not_even_the_owner_can() -> None:
    owner = connections["owner"]

    with pytest.raises(DatabaseError, match="append-only"), owner.cursor() as cursor:
        cursor.execute("TRUNCATE audit_act")


def test_auditors_see_the_acts_and_clerks_do_not(client: Client) -> None:
    record(name="test.act", subject_kind="test", subject_id="1")
    clerk = Client()
    clerk.force_login(builders.member(role="CLERK").staff)
    client.force_login(builders.member(role="AUDIT_ADMIN", of=builders.chen()).staff)

    answer = client.get("/api/v1/acts/?name=test.act")

    assert [row["subject_id"] for row in answer.json()["results"]] == ["1"]
    assert clerk.get("/api/v1/acts/").status_code == 403


def test_an_act_says_who_for_whom_and_what_changed() -> None:
    record(
        name="test.act",
        subject_kind="test",
        subject_id="1",
        staff_id=7,
        person_id=70,
        party_id=100,
        before={"state": "A"},
        after={"state": "B"},
    )

    act = Act.objects.get(name="test.act")
    assert (act.staff_id, act.person_id, act.party_id) == (7, 70, 100)
    assert (act.before, act.after) == ({"state": "A"}, {"state": "B"})


def test_an_act_of_a_command_comes_from_a_user_on_a_host() -> None:
    record(name="test.act", subject_kind="test", subject_id="1")

    act = Act.objects.get(name="test.act")
    assert (act.channel, act.place.count("@")) == ("COMMAND", 1)


def test_an_act_of_a_request_comes_from_its_address_and_who_is_logged_in(client: Client) -> None:
    staff = builders.member(role="SYSTEM_ADMIN", of=builders.chen()).staff
    client.force_login(staff)

    client.post("/api/v1/staff/logout", REMOTE_ADDR="10.8.0.7")

    act = Act.objects.get(name="access.logout")
    assert (act.channel, act.place, act.staff_id) == ("WEB", "address/10.8.0.7", staff.pk)


def test_acts_that_name_nobody_are_those_of_who_is_logged_in() -> None:
    with calling(uuid4(), channel=Channel.WEB, place="10.8.0.7"):
        acting(staff_id=7, person_id=70)
        record(name="test.act", subject_kind="test", subject_id="own")
        record(name="test.act", subject_kind="test", subject_id="other", staff_id=8, person_id=80)
    record(name="test.act", subject_kind="test", subject_id="after")

    people = dict(Act.objects.filter(name="test.act").values_list("subject_id", "staff_id"))
    assert people == {"own": 7, "other": 8, "after": None}


def test_an_act_at_a_terminal_names_it_and_its_address() -> None:
    address = "address/10.8.0.7"
    with calling(uuid4(), channel=Channel.WEB, place=address), coming_from(address):
        set_source("terminal/5")
        record(name="test.act", subject_kind="test", subject_id="1")

    assert Act.objects.get(name="test.act").place == "terminal/5 address/10.8.0.7"
