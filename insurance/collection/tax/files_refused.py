"""Read what tax bureau and treasury say of our files that they refused (文件被拒收): each once.

``bills-NNNNNN.refused`` or ``refunds-NNNNNN.refused`` is laid into the outbox, a line that says
why, and taken away when the file has been accepted. What was refused has been asked of nobody:
finance sees to it.
"""

import re
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from backend.audit.record import record
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax.tax_folders import tax_folder

CODES = {TaxFileKind.BILLS: "tax_bills_refused", TaxFileKind.REFUNDS: "tax_refunds_refused"}
KINDS = {"bills": TaxFileKind.BILLS, "refunds": TaxFileKind.REFUNDS}
NAME = re.compile(r"(bills|refunds)-([0-9]{6})\.refused", re.ASCII)
READ_BYTES, DETAIL_MAX = 4096, 300


def take_refusals() -> list[TaxFile]:
    """Write down what was refused and is not known yet; gives the new records."""
    told = []
    for path in sorted(tax_folder(name="outbox").glob("*.refused")):
        found = NAME.fullmatch(path.name)
        if found is not None:
            told += _told(path, KINDS[found[1]], int(found[2]))
    return told


@transaction.atomic
def _told(path: Path, kind: TaxFileKind, serial: int) -> list[TaxFile]:
    try:
        with path.open("rb") as file:
            content = file.read(READ_BYTES)
    except OSError:
        return []  # the bureau has just taken it away, or it is not ours to read
    digest = sha256(content).hexdigest()
    refused = TaxFile.objects.filter(kind=kind, code=CODES[kind])
    if refused.filter(serial=serial, sha256=digest).exists():
        return []
    row = TaxFile.objects.create(
        kind=kind,
        serial=serial,
        name=path.name,
        sha256=digest,
        accepted=False,
        code=CODES[kind],
        detail=" ".join(content.decode("utf-8", "replace").split())[:DETAIL_MAX] or "没有写明原因",
    )
    record(
        name="collection.file_refused",
        subject_kind="collection.tax_file",
        subject_id=str(row.pk),
        rows=1,
        details={"kind": kind, "serial": serial, "file": path.name},
        digest=digest,
    )
    return [row]
