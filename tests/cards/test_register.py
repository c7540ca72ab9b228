"""The register of cards: a card stays what it is, its state goes step by step, one is in use."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.audit.models import Act
from cards.models import Card, CardStanding
from cards.register import (
    CardKnown,
    LiveCardExists,
    StateChangeRefused,
    change_state,
    register_card,
    standing,
)
from cards.states import FIRST, CardState, may_become
from tests import builders
from tests.cards.card_builders import become, card, new_card

pytestmark = pytest.mark.django_db
PAIRS = [(state, to) for state in CardState for to in CardState]
LATER = date(2026, 12, 1)


def by_sql(row: Card, before: CardStanding | None, to: CardState) -> None:
    """Write the next state past the act."""
    with transaction.atomic():
        if before:
            CardStanding.objects.filter(pk=before.pk).update(superseded_at=timezone.now())
        CardStanding.objects.create(
            card=row, person_id=row.person_id, state=to.value, follows=before, reason="演示",
            valid=SqlRange(builders.TODAY, None),
        )  # fmt: skip


@pytest.mark.parametrize(("state", "to"), PAIRS)
def test_the_database_lets_a_card_become_what_the_table_says(
    state: CardState, to: CardState
) -> None:
    row = card(state=state)

    if may_become(state=state, to=to):
        by_sql(row, standing(card_id=row.pk), to)
        assert standing(card_id=row.pk).state == to
    else:
        with pytest.raises(IntegrityError, match="does not change its state so"):
            by_sql(row, standing(card_id=row.pk), to)


@pytest.mark.parametrize("to", [state for state in CardState if state is not FIRST])
def test_a_card_begins_as_made(to: CardState) -> None:
    row = Card.objects.create(person_id=builders.wang().pk, **vars(new_card()))

    with pytest.raises(IntegrityError, match="does not change its state so"):
        by_sql(row, None, to)


def test_a_lost_card_is_not_good_again() -> None:
    row = card(state=CardState.LOST)

    with pytest.raises(StateChangeRefused, match="正式挂失"):
        become(row, CardState.ACTIVE)


def test_a_card_that_was_found_again_is_good_again() -> None:
    row = card(state=CardState.REPORTED_LOST)
    become(row, CardState.ACTIVE)

    assert standing(card_id=row.pk).state == CardState.ACTIVE


def test_a_person_has_one_card_in_use() -> None:
    card()
    second = card(state=CardState.MADE)

    with pytest.raises(LiveCardExists, match="已有一张"):
        become(second, CardState.ACTIVE)


def test_a_new_card_is_used_once_the_old_one_is_lost() -> None:
    become(card(), CardState.LOST)

    assert standing(card_id=card().pk).state == CardState.ACTIVE


def test_a_card_is_registered_once() -> None:
    made = new_card()
    card(made=made)

    with pytest.raises(CardKnown, match="已经登记"):
        register_card(card=made, person_id=builders.chen().pk, on=builders.TODAY, by=None)


def test_what_was_known_of_a_card_stays_to_be_read() -> None:
    row = card()
    change_state(card=row, to=CardState.LOST, reason="演示", on=LATER, by=None, now=timezone.now())

    rows = CardStanding.objects.filter(card=row).order_by("pk")
    known = [(one.state, one.valid.lower, one.valid.upper) for one in rows if not one.superseded_at]
    past = [(one.state, one.valid.upper) for one in rows if one.superseded_at]
    assert known == [("ACTIVE", builders.TODAY, LATER), ("LOST", LATER, None)]
    assert past == [("MADE", None), ("ACTIVE", None)]


def test_who_changed_a_card_is_on_record_with_before_and_after() -> None:
    row, clerk = card(), builders.member(role="CLERK").staff
    change_state(card=row, to=CardState.LOST, reason="丢失", on=LATER, by=clerk, now=timezone.now())

    act = Act.objects.filter(name="cards.state_changed").latest("pk")
    assert (act.staff_id, act.party_id, act.rows) == (clerk.pk, row.person_id, 3)
    assert (act.before, act.after) == ({"state": "ACTIVE"}, {"state": "LOST"})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cards_card SET key_version = 2",
        "DELETE FROM cards_card",
        "UPDATE cards_cardstanding SET state = 'ACTIVE'",
        "DELETE FROM cards_cardstanding",
        # the last state closed, the one before opened again
        (
            "UPDATE cards_cardstanding SET superseded_at = now() WHERE state = 'LOST';"
            " UPDATE cards_cardstanding SET superseded_at = NULL WHERE state = 'ACTIVE'"
        ),
        # the last state closed, and a life of its own begun
        (
            "WITH closed AS (UPDATE cards_cardstanding SET superseded_at = now()"
            " WHERE superseded_at IS NULL RETURNING card_id, person_id, valid)"
            " INSERT INTO cards_cardstanding (card_id, person_id, state, reason, valid)"
            " SELECT card_id, person_id, 'MADE', '', valid FROM closed"
        ),
        "UPDATE cards_cardstanding SET person_id = {chen}",
    ],
)
def test_the_application_makes_no_lost_card_good(change: str) -> None:
    card(state=CardState.LOST)
    statement = change.format(chen=builders.chen().pk)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_state_is_of_the_cards_own_holder() -> None:
    row = card(state=CardState.MADE)
    row.person_id = builders.chen().pk

    with pytest.raises(IntegrityError, match="cards_standing_of_card"):
        by_sql(row, standing(card_id=row.pk), CardState.ACTIVE)
