"""Demo staff decide what they proposed themselves, and nothing that a visitor handed in."""

import pytest

from backend.city.demo_overpaid import REFUND, SUSPENSE, Proposal, proposed
from tests import builders

pytestmark = pytest.mark.django_db


def handed_in(number: int, **changes: object) -> int:
    content = {"suspense": number, **REFUND, "received_date": "2026-11-30", **changes}
    return builders.case(kind=SUSPENSE, content=content).pk


def test_what_a_visitor_proposed_is_left_to_him() -> None:
    own = handed_in(7)
    handed_in(8)  # of another suspense
    handed_in(9, decision="MATCH")

    numbers = (7, 9)
    asked = [Proposal("suspense", number, 1, REFUND) for number in numbers]

    assert proposed(kind=SUSPENSE, proposals=asked) == [own]
