"""Take in what tax bureau and treasury sent, of whatever kind (税务文件): by file, by folder."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from backend.audit.record import record
from backend.feeds.refused import RefusedRow
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax import declarations_in, receipts_in, refunded_in, transfers_in
from insurance.collection.tax.tax_description import (
    SERIAL_MAX,
    DescriptionInvalid,
    read_description,
)
from insurance.collection.tax.tax_folders import tax_folder
from insurance.collection.tax.tax_intake import SerialGap
from payments.bank_folders import move_beside, sha256_of


class Take(Protocol):
    """How a file of one kind is taken in."""

    def __call__(
        self,
        *,
        path: Path,
        today: date,
        name: str = "",
        received_by: int | None = None,
        refused: list[RefusedRow] | None = None,
    ) -> TaxFile:
        """Give the record of the file."""


# In the order in which they are taken in: what was declared before what was paid.
TAKES: Mapping[str, Take] = {
    declarations_in.FORMAT: declarations_in.take_declarations,
    receipts_in.FORMAT: receipts_in.take_receipts,
    refunded_in.FORMAT: refunded_in.take_refunded,
    transfers_in.FORMAT: transfers_in.take_transfers,
}
STEMS = dict(zip(("declarations-", "receipts-", "refunded-", "transfers-"), TAKES, strict=True))
KINDS = dict(
    zip(
        TAKES,
        (
            *(TaxFileKind.DECLARATIONS, TaxFileKind.RECEIPTS),
            *(TaxFileKind.REFUNDED, TaxFileKind.TRANSFERS),
        ),
        strict=True,
    )
)


def take_file(
    *,
    path: Path,
    today: date,
    name: str = "",
    received_by: int | None = None,
    refused: list[RefusedRow] | None = None,
) -> TaxFile:
    """Take in the file that the JSON at ``path`` describes; see ``tax_intake.take_in``.

    Its kind is said by the description, or else by its name: ``name``, if it came under another.

    Raises:
        DescriptionInvalid: neither says what it is, so it is not even written down.
    """
    wanted = _format_of(path, name or path.name)
    if not wanted:
        raise DescriptionInvalid(f"说明文件格式应为 {'、'.join(TAKES)}。", file=name or path.name)
    return TAKES[wanted](
        path=path, today=today, name=name, received_by=received_by, refused=refused
    )


def take_arrived(*, today: date) -> list[TaxFile]:
    """Take in what lies in the tax bureau's outbox, in order; give each file's record.

    What was taken goes away: a copy is kept. What was refused is set aside, but a file that waits
    for the one before it stays, and is told once. What is no tax file at all is set aside, too, and
    only written down. Whoever calls sees to it that nobody else does at the same time.
    """
    taken = []
    for path in _arrived():
        if _still_waits(path):
            continue
        try:
            file = take_file(path=path, today=today)
        except DescriptionInvalid as refusal:
            _tell_unknown(path, refusal)
            _set_aside(path)
            continue
        if file.accepted:
            _clear(path, file)
        elif file.code != SerialGap.code:
            _set_aside(path)
        taken.append(file)
    return taken


def _still_waits(path: Path) -> bool:
    """It was found to wait before, and what it waits for has not been taken since."""
    serial = _said(path).get("serial")
    if type(serial) is not int or not 0 < serial <= SERIAL_MAX:
        return False
    files = TaxFile.objects.filter(kind=KINDS.get(_format_of(path, path.name)))
    known = files.filter(serial=serial, code=SerialGap.code).exists()
    return known and not files.filter(serial=serial - 1, accepted=True).exists()


def _arrived() -> list[Path]:
    """The descriptions, by kind and name; those whose name begins with a dot are not finished."""
    files = (path for path in tax_folder(name="outbox").glob("*.json") if path.is_file())
    found = [path for path in files if path.name[0] != "."]
    kinds = list(TAKES)

    def turn(path: Path) -> tuple[int, str]:
        wanted = _format_of(path, path.name)
        return kinds.index(wanted) if wanted else len(kinds), path.name

    return sorted(found, key=turn)


def _format_of(path: Path, name: str) -> str:
    wanted = _said(path).get("format")
    if isinstance(wanted, str) and wanted in TAKES:
        return wanted
    return next((wanted for stem, wanted in STEMS.items() if name.startswith(stem)), "")


def _said(path: Path) -> dict[str, Any]:
    try:
        return read_description(path=path)
    except DescriptionInvalid:
        return {}


def _clear(path: Path, file: TaxFile) -> None:
    """Remove what was taken, the description first; not what came in its place meanwhile."""
    csv = path.with_suffix(".csv")
    if csv.exists() and sha256_of(csv) == file.sha256:
        path.unlink()
        csv.unlink()


def _set_aside(path: Path) -> None:
    for part in (path, path.with_suffix(".csv")):
        if part.is_file():
            move_beside(folder=tax_folder(name="refused"), path=part)


def _tell_unknown(path: Path, refusal: DescriptionInvalid) -> None:
    record(
        name="collection.tax_file_unknown",
        subject_kind="collection.tax_file",
        subject_id=path.name,
        details={"name": path.name, "code": refusal.code},
    )
