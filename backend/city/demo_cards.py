"""Cards for citizens of the demo city (演示社会保障卡): some of them, made, handed out, in use.

Their keys are those of ``cards.software_keys``; nothing on them is a real card's.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.people.models import Death, Person
from cards.chip.authentication import Algorithm
from cards.models import Card
from cards.register import NewCard, change_state, register_card
from cards.states import CardState

SERIAL_BITS = 24


class NotADemo(Refusal):
    """Only invented people get invented cards (只限演示库)."""

    code = "demo_cards_live"


@transaction.atomic
def issue_demo_cards(*, most: int, on: date, now: datetime) -> int:
    """Give a card to each of the first ``most`` persons of the city; give how many were new.

    Raises:
        NotADemo.
    """
    if not is_demo():
        raise NotADemo("演示卡只能在演示库里登记。")
    return sum(_issue(person_id, on, now) for person_id in list(_without(most)))


def _without(most: int) -> Iterator[int]:
    """Those of the first persons who have no card, and of whom no death is known."""
    first = Person.objects.order_by("pk").values_list("pk", flat=True)[:most]
    held = set(Card.objects.values_list("person_id", flat=True))
    dead = set(Death.objects.filter(superseded_at=None).values_list("person_id", flat=True))
    yield from (person_id for person_id in first if person_id not in held | dead)


def _issue(person_id: int, on: date, now: datetime) -> int:
    card = register_card(card=demo_card(serial=person_id), person_id=person_id, on=on, by=None)
    change_state(card=card, to=CardState.ACTIVE, reason="领卡启用(演示)", on=on, by=None, now=now)
    return 1


def demo_card(*, serial: int) -> NewCard:
    """Every third is of the third generation, with SM4; key versions go round."""
    short = serial % 2**SERIAL_BITS
    third = serial % 3 == 0
    return NewCard(
        identification=f"340800D156000005{'03' if third else '02'}{short:014X}",
        card_number=f"Y{short:08d}",
        spec_version="3.00" if third else "2.00",
        algorithm=Algorithm.SM4 if third else Algorithm.TDES,
        key_version=serial % 3 + 1,
        reset_info=f"{'00' * 7}261105{short:06X}",
    )
