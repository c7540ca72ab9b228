"""Files that come and go without a person (文件往来): returns of banks, lists for the window."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from backend.city.month_steps import Tell
from backend.kernel.months import Month
from payments.bank_folders import bank_folder, set_aside, sha256_of
from payments.banks.profile import bank_codes
from payments.models import Discrepancy, DiscrepancyKind, ReturnFile
from payments.returned_list import write_returned_list
from payments.returns import NAME_LONGEST, ReturnTooEarly, receive_return

PREFIX, SUFFIX = "returned-", ".csv"
CAME_BACK = (DiscrepancyKind.RETURNED, DiscrepancyKind.LATE_RETURN)


@dataclass(frozen=True)
class Version:
    """A file as it was when looked at: whoever writes into it changes the instant."""

    path: Path
    inode: int
    size: int
    changed_ns: int


def take_in_returns(*, quiet_seconds: float, tell: Tell) -> int:
    """Take in every return file that lies there, in order; how many were new and accepted.

    A file that changed within ``quiet_seconds`` may still be on its way and is left for later. One
    that is not taken in, refused or here before under another name, is told once and set aside.
    """
    accepted = 0
    for bank in bank_codes():
        for path in _new_files(bank=bank, quiet_seconds=quiet_seconds):
            try:
                file = receive_return(bank=bank, path=path)
            except ReturnTooEarly:
                continue
            if file.accepted and file.name == path.name[:NAME_LONGEST]:
                accepted += 1
                tell(f"  回盘 {path.name}：{file.line_count} 笔")
                continue
            why = f"与已导入的 {file.name} 内容相同。" if file.accepted else file.detail
            tell(f"  拒收 {path.name}：{why}")
            if sha256_of(path) == file.sha256:  # else more of it has come meanwhile
                set_aside(bank=bank, path=path)
    return accepted


def returned_list(*, period: Month) -> Path:
    """Where the list of a month's returned payments stands."""
    return _lists_folder() / f"{PREFIX}{period}{SUFFIX}"


def write_returned_lists() -> None:
    """Write the list of every month that has payments to correct, or had some when last written."""
    came_back = Discrepancy.objects.filter(kind__in=CAME_BACK, closed_at__isnull=True)
    open_days = came_back.values_list("batch__period", flat=True).distinct()
    listed = _lists_folder().glob(f"{PREFIX}*{SUFFIX}")
    known = {Month.parse(path.stem.removeprefix(PREFIX)) for path in listed}
    for period in sorted({Month.of(day) for day in open_days} | known):
        write_returned_list(period=period, path=returned_list(period=period))


def _lists_folder() -> Path:
    folder = Path(settings.VAR_DIR) / "returned"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_quiet(path: Path, *, seconds: float) -> bool:
    """Whether a file has not changed for so long; one that did may still be on its way.

    The instant of the last change of any kind: a copy may bring an old mtime with it.
    """
    return seconds <= 0 or time.time() - path.stat().st_ctime >= seconds


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file, read once: it may be a million lines long and is looked at every few
    seconds."""
    found = path.stat()
    return _sha256_of(Version(path, found.st_ino, found.st_size, found.st_ctime_ns))


def _new_files(*, bank: str, quiet_seconds: float) -> Iterator[Path]:
    """Files of the bank that were not taken in under their name and with their bytes."""
    accepted = ReturnFile.objects.filter(bank=bank, accepted=True)
    known = set(accepted.values_list("name", "sha256"))
    names = {name for name, _ in known}
    for path in sorted(bank_folder(bank=bank, name="returns").iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        if not is_quiet(path, seconds=quiet_seconds):
            continue
        name = path.name[:NAME_LONGEST]
        if name not in names or (name, digest_of_file(path)) not in known:
            yield path


@cache
def _sha256_of(version: Version) -> str:
    return sha256_of(version.path)
