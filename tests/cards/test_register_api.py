"""At the desk: whose cards there are, and a lost one reported at once."""

import itertools
from typing import Any

import pytest
from django.test import Client

from backend.audit.models import Act
from backend.people import queries
from backend.people.models import Alias, Person
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


def paper(of: Person) -> dict[str, str]:
    """What the paper of somebody says."""
    sight = queries.sights(party_ids=[of.pk], on=builders.TODAY)[of.pk]
    return {"id_number": sight.number, "name": sight.name}


def test_a_card_is_reported_lost_for_a_while_on_somebodys_word(clerk: Client) -> None:
    row = card()

    answer = report(clerk, row.pk)

    assert (answer.status_code, answer.json()["state"]) == (200, CardState.REPORTED_LOST)
    assert standing(card_id=row.pk).state == CardState.REPORTED_LOST


def test_it_is_reported_lost_for_good_by_the_holders_paper(clerk: Client) -> None:
    row = card()

    answer = report(clerk, row.pk, formal=True, **paper(builders.wang()))

    assert (answer.status_code, answer.json()["state"]) == (200, CardState.LOST)
    act = Act.objects.get(name="cards.loss_reported")
    assert (act.party_id, act.details) == (row.person_id, {"formal": True, "id_kind": "CITIZEN"})


@pytest.mark.parametrize("formal", [True, False])
def test_the_paper_of_another_reports_no_card_lost(clerk: Client, formal: bool) -> None:
    row = card()

    answer = report(clerk, row.pk, formal=formal, **paper(builders.chen()))

    assert (answer.status_code, answer.json()["code"]) == (422, "card_holder_differs")
    assert standing(card_id=row.pk).state == CardState.ACTIVE


def test_the_paper_of_who_lives_on_as_the_holder_will_do(clerk: Client) -> None:
    row = card(of=builders.chen())
    case = builders.case()
    Alias.objects.create(
        party=builders.chen().party, survivor=builders.wang().party, case_id=case.pk
    )

    answer = report(clerk, row.pk, formal=True, **paper(builders.wang()))

    assert answer.json()["state"] == CardState.LOST


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({}, 400, "card_holder_not_shown"),
        ({"name": "王秀英"}, 400, "invalid"),
        ({"name": "王秀英", "id_number": "340802195803120012"}, 422, "person_not_found"),
    ],
)
def test_without_the_holders_paper_no_card_is_lost_for_good(
    clerk: Client, told: dict[str, str], status: int, code: str
) -> None:
    row = card()

    answer = report(clerk, row.pk, formal=True, **told)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert standing(card_id=row.pk).state == CardState.ACTIVE


def test_a_cancelled_card_is_not_lost(clerk: Client) -> None:
    answer = report(clerk, card(state=CardState.CANCELLED).pk)

    assert (answer.status_code, answer.json()["code"]) == (409, "card_state_refused")
