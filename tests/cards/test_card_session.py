"""A citizen's own card opens his session at a kiosk: that card, there, now, once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from backend.access import callers
from backend.access.models import CitizenSession, Profile
from backend.audit.models import Act
from backend.people import deaths
from backend.people.models import Alias, Person
from cards import card_session, software_keys
from cards.chip.authentication import Algorithm
from cards.states import WHY_NOT, CardState
from tests import builders
from tests.backend.access.terminal_builders import Machine, machine
from tests.cards.card_builders import (
    CHALLENGES,
    PIN,
    SESSIONS,
    Plastic,
    ask,
    become,
    card,
    challenged,
    hand_in,
    kiosk,
    new_card,
    open_by,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 5, 0, 30, tzinfo=UTC)
Clock = time_machine.Traveller


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def at() -> Machine:
    return kiosk()


@pytest.fixture
def wangs() -> Plastic:
    return Plastic(card())


def balances(at: Machine, of: Person) -> Any:
    return at.get("/api/v1/personal-accounts/", query=f"person={of.pk}")


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_card_opens_its_holders_session(at: Machine, algorithm: Algorithm) -> None:
    plastic = Plastic(card(made=new_card(algorithm=algorithm, key_version=3)))

    opened = open_by(at, plastic)

    wang = builders.wang()
    assert (opened.status_code, opened.json()["person_id"]) == (201, wang.pk)
    assert balances(at, wang).status_code == 200


def test_what_is_anothers_is_not_there(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)

    assert told(balances(at, builders.chen())) == (404, "not_found")


def test_it_is_on_record_by_which_card_and_whose_word(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)

    act = Act.objects.get(name="access.citizen_session_opened")
    assert (act.staff_id, act.party_id) == (None, wangs.row.person_id)
    assert act.details == {
        "terminal": at.row.pk,
        "card": wangs.row.pk,
        "proven_by": "演示软件密钥，不是经认证的密码产品",
    }


def test_an_answer_opens_once(at: Machine, wangs: Plastic) -> None:
    answer = wangs.answer(challenged(at, wangs))
    hand_in(at, answer)
    at.session = ""

    assert told(hand_in(at, answer)) == (409, "card_challenge_over")


def test_an_old_answer_is_none_to_a_new_challenge(at: Machine, wangs: Plastic) -> None:
    old = challenged(at, wangs)
    new = challenged(at, wangs)

    assert old != new
    assert told(hand_in(at, wangs.answer(old))) == (422, "card_answer_wrong")


def test_an_answer_counts_at_the_kiosk_that_asked(at: Machine, wangs: Plastic) -> None:
    answer, elsewhere = wangs.answer(challenged(at, wangs)), kiosk()

    assert told(hand_in(elsewhere, answer)) == (409, "card_challenge_over")
    challenged(elsewhere, wangs)
    assert told(hand_in(elsewhere, answer)) == (422, "card_answer_wrong")


def test_another_card_can_not_answer(at: Machine, wangs: Plastic) -> None:
    chens = Plastic(card(of=builders.chen()))

    answer = hand_in(at, chens.answer(challenged(at, wangs)))

    assert told(answer) == (422, "card_answer_wrong")
    assert not CitizenSession.objects.exists()


def test_a_challenge_lasts_a_minute(at: Machine, wangs: Plastic, clock: Clock) -> None:
    in_time = wangs.answer(challenged(at, wangs))
    clock.shift(card_session.LASTS - timedelta(milliseconds=1))
    opened = hand_in(at, in_time).status_code
    at.session = ""
    late = wangs.answer(challenged(at, wangs))
    clock.shift(card_session.LASTS)

    assert timedelta(seconds=60) >= card_session.LASTS
    assert (opened, told(hand_in(at, late))) == (201, (409, "card_challenge_over"))


def test_a_card_with_another_version_of_the_key_is_refused(at: Machine, wangs: Plastic) -> None:
    wangs.key_version = 2

    assert told(hand_in(at, wangs.answer(challenged(at, wangs)))) == (422, "card_answer_wrong")


def test_a_version_that_the_key_service_does_not_hold_is_told(at: Machine) -> None:
    plastic = Plastic(card(made=new_card(key_version=4)), key_version=3)

    answer = hand_in(at, plastic.answer(challenged(at, plastic)))

    assert told(answer) == (422, "card_key_version_unknown")


@pytest.mark.parametrize("state", list(WHY_NOT))
def test_only_a_card_in_use_is_asked(at: Machine, state: CardState) -> None:
    answer = ask(at, Plastic(card(state=state)))

    assert told(answer) == (422, "card_not_in_use")
    assert answer.json()["detail"] == WHY_NOT[state]


def test_a_card_that_is_reported_lost_meanwhile_opens_nothing(at: Machine, wangs: Plastic) -> None:
    answer = wangs.answer(challenged(at, wangs))
    become(wangs.row, CardState.REPORTED_LOST)

    refused = hand_in(at, answer)

    assert told(refused) == (422, "card_not_in_use")
    assert "挂失" in refused.json()["detail"]


def test_what_a_lost_card_has_opened_ends_at_once(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)
    become(wangs.row, CardState.LOST)

    assert told(balances(at, builders.wang())) == (401, "citizen_session_over")


def test_a_refused_card_is_on_record(at: Machine) -> None:
    row = card(state=CardState.LOST)
    ask(at, Plastic(row))

    act = Act.objects.get(name="cards.refused")
    assert (act.subject_id, act.party_id) == (str(row.pk), row.person_id)
    assert act.details == {"terminal": at.row.pk, "code": "card_not_in_use"}


def test_a_card_that_nobody_registered_is_unknown(at: Machine) -> None:
    answer = at.post(CHALLENGES, {"identification": new_card().identification})

    assert told(answer) == (422, "card_unknown")


def test_without_the_pin_nothing_opens_and_the_challenge_is_used_up(
    at: Machine, wangs: Plastic
) -> None:
    answer = wangs.answer(challenged(at, wangs))

    assert told(hand_in(at, answer, verified=wangs.verify("000000"))) == (
        422, "card_pin_not_verified",
    )  # fmt: skip
    assert told(hand_in(at, answer)) == (409, "card_challenge_over")


def test_a_pin_that_a_kiosk_sends_is_kept_nowhere(at: Machine, wangs: Plastic) -> None:
    answer = wangs.answer(challenged(at, wangs))
    at.post(SESSIONS, {"answer": answer, "pin_verified": True, "pin": PIN})

    with connection.cursor() as cursor:
        for table in (
            "audit_act",
            "access_citizensession",
            "cards_cardchallenge",
            "web_keptanswer",
        ):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{PIN}%"])
            assert cursor.fetchone() == (0,), table


def test_the_dead_open_nothing(at: Machine, wangs: Plastic) -> None:
    deaths.report(
        person_id=wangs.row.person_id, death_date=date(2026, 10, 1), source="POLICE",
        evidence="演示", case_id=1,
    )  # fmt: skip

    assert told(ask(at, wangs)) == (422, "card_holder_deceased")


def test_who_was_entered_twice_is_served_as_who_he_lives_on(at: Machine, wangs: Plastic) -> None:
    Alias.objects.create(party_id=wangs.row.person_id, survivor_id=builders.chen().pk, case_id=1)

    assert open_by(at, wangs).json()["person_id"] == builders.chen().pk


def test_the_session_ends_when_the_card_leaves(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)
    at.beat(present=False)

    assert told(balances(at, builders.wang())) == (401, "citizen_session_over")


def test_the_session_ends_five_seconds_after_the_last_heartbeat(
    at: Machine, wangs: Plastic, clock: Clock
) -> None:
    open_by(at, wangs)
    clock.shift(callers.PRESENT_FOR - timedelta(milliseconds=1))
    still = balances(at, builders.wang()).status_code
    clock.shift(timedelta(milliseconds=1))

    assert (still, told(balances(at, builders.wang()))) == (200, (401, "citizen_session_over"))


def test_a_session_of_one_kiosk_is_none_at_another(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)
    other = kiosk()
    other.session = at.session

    assert told(balances(other, builders.wang())) == (401, "citizen_session_over")


def test_a_card_that_is_put_into_another_kiosk_left_the_first(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)
    other = kiosk()
    open_by(other, wangs)

    assert told(balances(at, builders.wang())) == (401, "citizen_session_over")
    assert balances(other, builders.wang()).status_code == 200


def test_the_next_card_ends_the_session_of_the_one_before(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)
    before, at.session = at.session, ""
    open_by(at, Plastic(card(of=builders.chen())))
    at.session = before

    assert told(balances(at, builders.wang())) == (401, "citizen_session_over")


def test_nobody_opens_a_session_within_another(at: Machine, wangs: Plastic) -> None:
    open_by(at, wangs)

    assert told(ask(at, wangs)) == (403, "not_permitted")


@pytest.mark.parametrize("profile", [Profile.DESK, Profile.PERSONALISATION])
def test_cards_open_sessions_at_kiosks_only(wangs: Plastic, profile: Profile) -> None:
    assert told(ask(machine(profile=profile), wangs)) == (403, "route_not_in_profile")


def test_a_live_database_opens_no_session_with_software_keys(
    at: Machine, wangs: Plastic, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = wangs.answer(challenged(at, wangs))
    monkeypatch.setattr(software_keys, "is_demo", lambda: False)

    assert told(hand_in(at, answer)) == (422, "card_key_service_missing")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cards_cardchallenge SET answered_at = NULL",
        "DELETE FROM cards_cardchallenge",
        "UPDATE access_citizensession SET card_id = NULL",
        (
            "INSERT INTO access_citizensession (terminal_id, person_id, opened_at, active_at,"
            " present_at) SELECT terminal_id, person_id, opened_at, active_at, present_at"
            " FROM access_citizensession"
        ),
    ],
)
def test_the_application_can_make_no_other_of_an_answer_or_its_session(
    at: Machine, wangs: Plastic, change: str
) -> None:
    open_by(at, wangs)
    at.beat(present=False)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
