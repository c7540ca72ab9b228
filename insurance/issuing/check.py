"""Tell a stranger whether a paper is genuine (文书核验), and nothing of whom it is about."""

import hmac
from dataclasses import dataclass
from datetime import date

from backend.deployment import is_demo
from insurance.issuing.models import IssuedPaper


@dataclass(frozen=True)
class Found:
    """What anybody may know of a paper; empty where number and check do not belong together."""

    genuine: bool
    kind: str = ""
    agency: str = ""
    issued_on: date | None = None
    newest: bool | None = None  # False: the same was put on paper again with other contents
    demo: bool = False


def check_paper(*, number: str, check: str) -> Found:
    """Compare with what was kept; hyphens and small letters of a check read out do not matter."""
    spoken = check.replace("-", "").upper()
    row = IssuedPaper.objects.select_related("agency").filter(number=number.upper()).first()
    if row is None or not hmac.compare_digest(row.check_code.encode(), spoken.encode()):
        return Found(genuine=False, demo=is_demo())
    later = IssuedPaper.objects.filter(
        case=row.case_id,
        party=row.party_id,
        kind=row.kind,
        about=row.about,
        pk__gt=row.pk,
    )
    return Found(
        genuine=True,
        kind=row.get_kind_display(),
        agency=row.agency.name,
        issued_on=row.issued_on,
        newest=not later.exists(),
        demo=is_demo(),
    )
