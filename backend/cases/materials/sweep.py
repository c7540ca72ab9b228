"""Find and remove scans that no row names (没有登记的影像): a crash left them before their row."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from backend.audit.record import record
from backend.cases.materials import folder
from backend.cases.materials.models import Material

LEFT_AFTER = timedelta(days=1)  # by then the row of a file is written, or never will be


def left_over(*, now: datetime) -> list[str]:
    """Give the names of files that no row names."""
    there = folder.names(before=(now - LEFT_AFTER).timestamp())
    known = set(Material.objects.values_list("stored_name", flat=True))
    return sorted(set(there) - known)


@transaction.atomic
def remove(*, names: Sequence[str]) -> None:
    """Remove files that no row names; how many is on record."""
    if not names:
        return
    record(
        name="cases.materials_swept",
        subject_kind="cases.material",
        subject_id="",
        details={"files": len(names)},
    )
    for name in names:
        folder.forget(name=name)
