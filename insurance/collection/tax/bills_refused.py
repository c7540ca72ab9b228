"""Read what the tax bureau says of bill files that it refused (应缴文件被税务拒收): each once.

It lays ``bills-NNNNNN.refused`` into its outbox, a line that says why, and takes it away when
it has accepted the file. What it refused has not been asked of anybody: finance sees to it.
"""

import re
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from backend.audit.record import record
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax.tax_folders import tax_folder

CODE = "tax_bills_refused"
NAME = re.compile(r"bills-([0-9]{6})\.refused", re.ASCII)
READ_BYTES, DETAIL_MAX = 4096, 300


def take_refusals() -> list[TaxFile]:
    """Write down what was refused and is not known yet; gives the new records."""
    told = []
    for path in sorted(tax_folder(name="outbox").glob("bills-*.refused")):
        found = NAME.fullmatch(path.name)
        if found is not None:
            told += _told(path, int(found[1]))
    return told


@transaction.atomic
def _told(path: Path, serial: int) -> list[TaxFile]:
    try:
        with path.open("rb") as file:
            content = file.read(READ_BYTES)
    except OSError:
        return []  # the bureau has just taken it away, or it is not ours to read
    digest = sha256(content).hexdigest()
    refused = TaxFile.objects.filter(kind=TaxFileKind.BILLS, code=CODE)
    if refused.filter(serial=serial, sha256=digest).exists():
        return []
    row = TaxFile.objects.create(
        kind=TaxFileKind.BILLS,
        serial=serial,
        name=path.name,
        sha256=digest,
        accepted=False,
        code=CODE,
        detail=" ".join(content.decode("utf-8", "replace").split())[:DETAIL_MAX] or "没有写明原因",
    )
    record(
        name="collection.bills_refused",
        subject_kind="collection.tax_file",
        subject_id=str(row.pk),
        rows=1,
        details={"serial": serial, "name": path.name},
        digest=digest,
    )
    return [row]
