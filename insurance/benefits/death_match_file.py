"""The file of a death match as it is kept (死亡比对文件存档): what two persons vouched for can be
read again, byte by byte."""

import uuid
from pathlib import Path

from django.conf import settings

from backend.feeds.lines import FileDamaged, read_rows
from backend.feeds.placed import sync_folder
from backend.feeds.signed import SignedFile
from insurance.benefits.models import DeathMatch
from payments.bank_folders import copy_digested

HEADER = ("id_kind", "id_number", "name", "death_date", "source")


def keep(*, path: Path, signed: SignedFile) -> None:
    """Keep the bytes under their digest, before any row of the database names them.

    Raises:
        FileDamaged: they are no longer what was read.
    """
    folder = kept_folder()
    copy = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        _, digest = copy_digested(source=path, target=copy)
        if digest != signed.sha256:
            raise FileDamaged("文件在读取时被改动。", file=signed.name)
        copy.replace(folder / _name(signed.sha256))
        sync_folder(folder)
    finally:
        copy.unlink(missing_ok=True)


def fault_of(*, match: DeathMatch) -> str:
    """Why the kept file is not what was confirmed; nothing when it is."""
    signed = SignedFile(_name(match.sha256), match.rows, match.sha256)
    try:
        for _ in read_rows(folder=kept_folder(), signed=signed, header=HEADER):
            pass
    except FileDamaged as damaged:
        return damaged.detail
    return ""


def kept_folder() -> Path:
    """Where the files stand."""
    folder = Path(settings.VAR_DIR) / "deaths"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _name(sha256: str) -> str:
    return f"{sha256}.csv"
