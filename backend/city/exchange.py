"""Files that come and go without a person (文件往来): returns of banks, lists for the window."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from backend.city.month_steps import Tell
from backend.deployment import is_demo
from backend.jobs.models import Job
from backend.jobs.queue import enqueue_all
from backend.kernel.months import Month
from payments.bank_folders import bank_folder, move_beside, set_aside, sha256_of
from payments.banks.form import CONTROL
from payments.banks.profile import bank_codes
from payments.models import Discrepancy, DiscrepancyKind, ReturnFile
from payments.returned_list import write_returned_list
from payments.returns import NAME_LONGEST, comes_too_early, refused_again

PREFIX, SUFFIX = "returned-", ".csv"
CAME_BACK = (DiscrepancyKind.RETURNED, DiscrepancyKind.LATE_RETURN)


@dataclass(frozen=True)
class Version:
    """A file as it was when looked at: whoever writes into it changes the instant."""

    path: Path
    inode: int
    size: int
    changed_ns: int


@dataclass(frozen=True)
class InFolder:
    """A return file that lies in a bank's folder."""

    bank: str
    path: Path
    sha256: str
    size: int
    changed_ns: int

    @property
    def key(self) -> str:
        """Of its job: the same bytes put there once more are another matter."""
        return f"payments.receive_return/{self.bank}/{self.sha256}/{self.changed_ns}"


def order_returns(*, quiet_seconds: float, tell: Tell) -> list[InFolder]:
    """Order a job for every return file that lies there and was not read yet; those now ordered.

    A file that changed within ``quiet_seconds`` may still be on its way, one that answers what is
    not recorded yet comes too early: both are left for later. What was refused, or came in before
    under another name, is told once and set aside.
    """
    ordered: list[InFolder] = []
    for bank in bank_codes(demo=is_demo()):
        for path in sorted(bank_folder(bank=bank, name="returns").iterdir()):
            try:
                found = _new_file(bank=bank, path=path, quiet_seconds=quiet_seconds)
                if found is not None and _is_to_read(found, tell=tell):
                    ordered.append(found)
            except FileNotFoundError:  # taken away meanwhile
                continue
            except OSError as error:
                tell(
                    f"  {_spoken(path)} 读不了（系统错误 {error.errno}），请检查文件的权限和名字。"
                )
    ordered.sort(key=lambda found: -found.size)  # then nobody waits long for the last
    enqueue_all(
        kind="payments.receive_return",
        arguments={one.key: {"bank": one.bank, "name": one.path.name} for one in ordered},
    )
    return ordered


def tell_taken_in(*, ordered: Sequence[InFolder], tell: Tell) -> None:
    """Tell what became of files whose jobs are done; the refused ones are set aside."""
    for found in ordered:
        file = ReturnFile.objects.filter(bank=found.bank, sha256=found.sha256).first()
        if file is None or not found.path.exists() or digest_of_file(found.path) != found.sha256:
            continue  # more of it has come meanwhile, or it is gone
        if _is_in(found, file=file):
            tell(f"  回盘 {found.path.name}：{file.line_count} 笔")
        else:
            _set_aside(found, file=file, tell=tell)


def _is_in(found: InFolder, *, file: ReturnFile) -> bool:
    return file.accepted and file.name == found.path.name[:NAME_LONGEST]


def _set_aside(found: InFolder, *, file: ReturnFile, tell: Tell) -> None:
    if file.accepted:
        why = f"与已导入的 {file.name} 内容相同。"
    elif Job.objects.filter(key=found.key).exists():
        why = file.detail
    else:
        why = refused_again(file)
    tell(f"  拒收 {found.path.name}：{why}")
    set_aside(bank=found.bank, path=found.path)


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


def _new_file(*, bank: str, path: Path, quiet_seconds: float) -> InFolder | None:
    """A file of the bank that was not taken in under its name and with its bytes.

    A name in another encoding than ours is written in ours first: the file is read the next time.
    """
    if path.name.startswith(".") or not path.is_file():
        return None
    if not is_quiet(path, seconds=quiet_seconds) or _renamed(path):
        return None
    stat = path.stat()
    found = InFolder(bank, path, digest_of_file(path), stat.st_size, stat.st_ctime_ns)
    accepted = ReturnFile.objects.filter(bank=bank, accepted=True, sha256=found.sha256)
    known = accepted.filter(name=path.name[:NAME_LONGEST]).exists()
    return None if known else found


def _is_to_read(found: InFolder, *, tell: Tell) -> bool:
    """Whether it is to be taken in now; what is known already is set aside."""
    file = ReturnFile.objects.filter(bank=found.bank, sha256=found.sha256).first()
    if file is not None:
        _set_aside(found, file=file, tell=tell)
        return False
    return not comes_too_early(bank=found.bank, path=found.path)


def _renamed(path: Path) -> bool:
    """Give a file a name that can be written down, if it has none."""
    if path.name == _spoken(path):
        return False
    move_beside(folder=path.parent, path=path, name=_spoken(path))
    return True


def _spoken(path: Path) -> str:
    """The name of a file: what is not UTF-8 is taken for GB18030, as other systems write it."""
    raw = os.fsencode(path.name)
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("gb18030", "replace")
    return CONTROL.sub("_", name)


@cache
def _sha256_of(version: Version) -> str:
    return sha256_of(version.path)
