"""Cases of collection as an act meets them (业务件样例): waiting, or decided on a test day."""

from collections.abc import Mapping
from datetime import date, datetime

from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.kernel.identity import Sex
from tests import builders

DECIDED_AT = datetime(2026, 12, 1, 9, 0, tzinfo=builders.CHINA)
TODAY = date(2026, 12, 1)


def waiting(*, kind: str, party_id: int, content: Mapping[str, object]) -> Case:
    """A case that was received on the day of the test."""
    case = receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=party_id,
        content=content,
        received_by=builders.person(name="石玉兰", sex=Sex.FEMALE).pk,
    )
    case.received_at = DECIDED_AT
    return case


def decided(*, kind: str, party_id: int, content: Mapping[str, object]) -> Case:
    """A case as its act is given it; signatures are tried elsewhere."""
    case = waiting(kind=kind, party_id=party_id, content=content)
    case.decided_at = DECIDED_AT
    return case
