"""Enter cards into the register and change how they stand (社会保障卡登记、启用、挂失、注销)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access import citizens
from backend.access.constraints import violated
from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.supersede import replace_from
from cards.chip.authentication import Algorithm
from cards.models import NOW, Card, CardStanding
from cards.states import FIRST, CardState, may_become

SUBJECT = "cards.card"


class CardKnown(Refusal):
    """The card is in the register already (卡识别码已登记)."""

    code = "card_known"


class StateChangeRefused(Refusal):
    """A card does not go from that state to this one (用卡状态不能这样变更)."""

    code = "card_state_refused"
    status = 409


class LiveCardExists(Refusal):
    """A person has one card in use (一人只能有一张在用的卡)."""

    code = "card_live_exists"
    status = 409


@dataclass(frozen=True)
class NewCard:
    """A card as it left its maker; ``identification`` and ``reset_info`` are hexadecimal."""

    identification: str
    card_number: str
    spec_version: str
    algorithm: Algorithm
    key_version: int
    reset_info: str


@transaction.atomic
def register_card(*, card: NewCard, person_id: int, on: date, by: Staff | None) -> Card:
    """Enter a card that was made for somebody (封存): it opens nothing until it is handed out.

    Raises:
        CardKnown.
    """
    row = Card(person_id=person_id, **vars(card))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != "cards_card_identification_key":
            raise
        raise CardKnown("这张卡已经登记过。") from None
    CardStanding.objects.create(
        card=row, person_id=person_id, state=FIRST.value, reason="制卡", valid=SqlRange(on, None)
    )
    _record("cards.card_registered", row, rows=2, by=by)
    return row


@transaction.atomic
def change_state(
    *, card: Card, to: CardState, reason: str, on: date, by: Staff | None, now: datetime
) -> CardStanding:
    """Let a card stand otherwise from a day on; known at once, whatever the day.

    What is open with the card at a kiosk ends, unless it is in use now.

    Raises:
        StateChangeRefused: no such step, as where somebody else changed it meanwhile.
        LiveCardExists: the person has another card in use.
    """
    before = standing_held(card_id=card.pk)
    state = CardState(before.state)
    if not may_become(state=state, to=to):
        raise StateChangeRefused(
            f"这张卡现在是“{state.label}”，不能改为“{to.label}”。", state=state.value
        )
    after = CardStanding(
        card=card, person_id=card.person_id, state=to.value, follows=before, reason=reason
    )
    rows = _replace(after, on)
    if to is not CardState.ACTIVE:
        citizens.end_of_card(card_id=card.pk, now=now)
    _record("cards.state_changed", card, rows=rows, by=by, change=(state, to), reason=reason)
    return after


def standing(*, card_id: int) -> CardStanding:
    """How a card stands now."""
    return CardStanding.objects.get(NOW, card=card_id)


def standing_held(*, card_id: int) -> CardStanding:
    """How a card stands now, and until this transaction is over.

    Who waited for somebody else's change finds the row closed, and looks again.
    """
    rows = CardStanding.objects.select_for_update(no_key=True).filter(NOW, card=card_id)
    return rows.first() or rows.get()


def _replace(after: CardStanding, on: date) -> int:
    try:
        with transaction.atomic():
            current = CardStanding.objects.filter(card=after.card_id, superseded_at=None)
            return replace_from(current=current, successor=after, from_date=on, case_id=None)
    except IntegrityError as error:
        if violated(error) != "cards_one_live_card":
            raise
        raise LiveCardExists("持卡人已有一张在用的卡，请先注销或挂失那一张。") from None


def _record(
    name: str,
    card: Card,
    *,
    rows: int,
    by: Staff | None,
    change: tuple[CardState, CardState] | None = None,
    reason: str = "",
) -> None:
    record(
        name=name,
        subject_kind=SUBJECT,
        subject_id=str(card.pk),
        rows=rows,
        staff_id=by.pk if by else None,
        person_id=by.person_id if by else None,
        party_id=card.person_id,
        before={"state": change[0].value} if change else None,
        after={"state": change[1].value} if change else None,
        details={"reason": reason} if reason else None,
    )
