"""At the desk: whose cards there are, and a lost one reported at once."""

import itertools
from typing import Any

import pytest
from django.test import Client

from cards.register import standing
from cards.states import CardState
from tests import builders
from tests.cards.card_builders import card

pytestmark = pytest.mark.django_db
CARDS = "/api/v1/cards/"
_keys = itertools.count(1)


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


def report(clerk: Client, pk: int, **changed: Any) -> Any:
    body = {"formal": False, "reason": "来电挂失"} | changed
    key = {"Idempotency-Key": f"loss-{next(_keys)}"}
    return clerk.post(f"{CARDS}{pk}/loss", body, content_type="application/json", headers=key)


def test_a_persons_cards_are_listed_with_their_state_and_masked(clerk: Client) -> None:
    row = card()
    card(of=builders.chen())

    listed = clerk.get(CARDS, {"person": row.person_id}).json()["results"]

    assert [(one["id"], one["state_label"]) for one in listed] == [(row.pk, "正常")]
    assert row.card_number not in str(listed)
    assert row.identification not in str(listed)


@pytest.mark.parametrize(
    ("formal", "state"), [(False, CardState.REPORTED_LOST), (True, CardState.LOST)]
)
def test_a_lost_card_is_reported_by_one_clerk(
    clerk: Client, formal: bool, state: CardState
) -> None:
    row = card()

    answer = report(clerk, row.pk, formal=formal)

    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert standing(card_id=row.pk).state == state


def test_a_cancelled_card_is_not_lost(clerk: Client) -> None:
    answer = report(clerk, card(state=CardState.CANCELLED).pk)

    assert (answer.status_code, answer.json()["code"]) == (409, "card_state_refused")
