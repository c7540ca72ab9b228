"""Whom number and name both mean (同一人): that one of them is known is not said."""

from django.utils import timezone

from backend.kernel.errors import Refusal
from backend.kernel.names import same_name
from backend.people import queries


class PersonNotFound(Refusal):
    """Nobody of this number and name is in the register (证件号码与姓名不符)."""

    code = "person_not_found"


def person_of(*, kind: str, number: str, name: str) -> int:
    """Give the person who has this number and, today, this name.

    Raises:
        PersonNotFound.
    """
    party_id = queries.party_by_number(number=number, kind=kind)
    if party_id is not None:
        known = queries.sights(party_ids=[party_id], on=timezone.localdate())[party_id].name
        if same_name(known, name):
            return party_id
    raise PersonNotFound("人员库中没有证件号码和姓名都相符的人，请先登记或核对。")
