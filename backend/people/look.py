"""Full names and numbers are shown for a purpose, and the look is written down (查询留痕)."""

from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal

LOOKED, PARTY = "people.looked", "people.party"
PURPOSE_MIN, PURPOSE_MAX = 2, 100


class PurposeInvalid(Refusal):
    """A purpose is a few words long (请写明查询用途)."""

    code = "purpose_invalid"


def look(*, staff: Staff, party_id: int, purpose: str, at: str) -> None:
    """Write down who looked at whom, at what and why; the person can be told.

    Raises:
        PurposeInvalid: when the purpose is no purpose.
    """
    if not PURPOSE_MIN <= len(purpose.strip()) <= PURPOSE_MAX:
        raise PurposeInvalid(f"查询用途应为{PURPOSE_MIN}至{PURPOSE_MAX}个字。")
    record(
        name=LOOKED,
        subject_kind=PARTY,
        subject_id=str(party_id),
        staff_id=staff.pk,
        person_id=staff.person_id,
        details={"purpose": purpose.strip(), "at": at},
    )
