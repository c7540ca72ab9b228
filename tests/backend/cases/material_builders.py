"""A scan that was handed in with a case (演示)."""

from io import BytesIO

from backend.cases.materials import folder
from backend.cases.models import Case, Material
from tests import builders
from tests.backend.uploads import scans


def of(
    case: Case,
    *,
    title: str = "身份证",
    content: bytes = b"",
    replaces: Material | None = None,
) -> Material:
    """Kept without being looked at: cheap."""
    scan, name = content or scans.image("JPEG", size=(8, 8)), folder.new_name()
    return Material.objects.create(
        case=case,
        title=title,
        form="ORIGINAL",
        content_type="image/jpeg",
        pages=1,
        size=len(scan),
        sha256=folder.keep(name=name, source=BytesIO(scan)),
        stored_name=name,
        replaces=replaces,
        received_by=builders.person(name="石玉兰").pk,
    )
