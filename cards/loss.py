"""Report a card lost (挂失): for a while on somebody's word, for good by the holder's paper."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.queries import canonical_id
from backend.people.same_person import person_of
from cards.models import Card
from cards.register import SUBJECT, change_state
from cards.states import CardState


class HolderNotShown(Refusal):
    """A formal loss needs the holder's paper (正式挂失须核对持卡人证件)."""

    code = "card_holder_not_shown"
    status = 400


class HolderDiffers(Refusal):
    """The paper is that of somebody else (证件不是持卡人的)."""

    code = "card_holder_differs"


@dataclass(frozen=True)
class Shown:
    """What stands in the paper that lies before the clerk (出示的证件)."""

    kind: str
    number: str
    name: str


@transaction.atomic
def report_loss(
    *, card: Card, formal: bool, shown: Shown | None, reason: str, by: Staff, now: datetime
) -> None:
    """Let a card open nothing from this moment on. Who finds it again undoes a temporary loss
    (临时挂失); a formal one (正式挂失) is never undone, so the holder is told by his paper.

    Raises:
        HolderNotShown, HolderDiffers; PersonNotFound: number and name are not one person's.
        StateChangeRefused: the card's state does not allow it.
    """
    if formal and shown is None:
        raise HolderNotShown("正式挂失以后不能解除，请核对持卡人的证件，写明证件号码和姓名。")
    if shown is not None:
        _require_holder(card, shown)
    change_state(
        card=card,
        to=CardState.LOST if formal else CardState.REPORTED_LOST,
        reason=reason,
        on=timezone.localdate(now),
        by=by,
        now=now,
    )
    record(
        name="cards.loss_reported",
        subject_kind=SUBJECT,
        subject_id=str(card.pk),
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=card.person_id,
        details={"formal": formal, "id_kind": shown.kind if shown else ""},
    )


def _require_holder(card: Card, shown: Shown) -> None:
    person = person_of(kind=shown.kind, number=shown.number, name=shown.name)
    if person != canonical_id(party_id=card.person_id):
        raise HolderDiffers("出示的证件不是持卡人的，请核对要挂失的是哪一张卡。")
