"""Some citizens of the demo city have a card, and it opens a session."""

from datetime import date

import pytest
from django.db import connections
from django.utils import timezone

from backend.city import demo_cards
from backend.city.card_invariants import STEPS, broken_promises
from backend.city.demo_cards import NotADemo, issue_demo_cards
from backend.people import deaths
from cards.models import Card
from cards.register import standing
from cards.states import CardState
from tests import builders
from tests.cards.card_builders import Plastic, become, card, kiosk, open_by
from tests.conftest import OwnDatabase


def issue(most: int = 10) -> int:
    return issue_demo_cards(most=most, on=builders.TODAY, now=timezone.now())


@pytest.mark.django_db
def test_the_first_living_citizens_have_a_card_in_use() -> None:
    wang, dead, chen = builders.wang(), builders.li(), builders.chen()
    deaths.report(
        person_id=dead.pk, death_date=date(2026, 10, 1), source="POLICE", evidence="演示", case_id=1
    )

    assert issue(most=2) == 1
    assert issue() == 1
    assert issue() == 0
    cards = Card.objects.order_by("pk")
    assert [one.person_id for one in cards] == [wang.pk, chen.pk]
    assert {standing(card_id=one.pk).state for one in cards} == {CardState.ACTIVE}


@pytest.mark.django_db
def test_a_demo_card_opens_its_holders_session() -> None:
    for person in (builders.wang(), builders.li(), builders.zhao()):
        issue()
        assert open_by(kiosk(), Plastic(Card.objects.get(person=person))).status_code == 201


@pytest.mark.django_db
def test_a_live_database_gets_no_demo_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_cards, "is_demo", lambda: False)

    with pytest.raises(NotADemo, match="演示库"):
        issue()


@pytest.mark.django_db
def test_cards_as_they_were_changed_break_no_promise() -> None:
    row = card()
    open_by(kiosk(), Plastic(row))
    become(row, CardState.LOST)

    assert broken_promises() == []


@pytest.mark.django_db
def test_a_card_without_a_state_is_named() -> None:
    row = Card.objects.create(person_id=builders.wang().pk, **vars(demo_cards.demo_card(serial=7)))

    assert [(one.subject, one.found) for one in broken_promises()] == [(f"卡 {row.pk}", "0")]


def test_a_lost_card_that_somebody_made_good_past_the_triggers_is_named(
    own_database: OwnDatabase,
) -> None:
    row = card(state=CardState.LOST)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE cards_cardstanding DISABLE TRIGGER USER")
        cursor.execute("UPDATE cards_cardstanding SET state = 'ACTIVE' WHERE state = 'LOST'")

    (broken,) = broken_promises()
    assert (broken.promise, broken.subject) == (STEPS, f"卡 {row.pk}")
    assert broken.found == "ACTIVE → ACTIVE"
