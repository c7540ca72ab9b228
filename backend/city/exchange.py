"""Files that come and go without a person (文件往来): returns of banks, lists for the window."""

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from backend.city.month_steps import Tell
from backend.kernel.months import Month
from payments.bank_files import bank_folder, sha256_of
from payments.banks.profile import bank_codes
from payments.models import Discrepancy, DiscrepancyKind, ReturnFile
from payments.returned_list import write_returned_list
from payments.returns import ReturnTooEarly, receive_return

PREFIX, SUFFIX = "returned-", ".csv"
CAME_BACK = (DiscrepancyKind.RETURNED, DiscrepancyKind.LATE_RETURN)


def take_in_returns(*, quiet_seconds: float, tell: Tell) -> int:
    """Take in every return file that lies there, in order; how many were new and accepted.

    A file that changed within ``quiet_seconds`` may still be on its way and is left for later.
    """
    accepted = 0
    for bank in bank_codes():
        for path in _new_files(bank=bank, quiet_seconds=quiet_seconds):
            refused = _refused(bank=bank, path=path)
            if refused is not None:
                tell(f"  拒收 {refused.name}：{refused.detail}")
                continue
            try:
                file = receive_return(bank=bank, path=path)
            except ReturnTooEarly:
                continue
            accepted += file.accepted
            tell(
                f"  回盘 {file.name}：{file.line_count} 笔"
                if file.accepted
                else f"  拒收 {file.name}：{file.detail}"
            )
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


def _new_files(*, bank: str, quiet_seconds: float) -> Iterator[Path]:
    """Files of the bank that were not taken in under their name."""
    accepted = ReturnFile.objects.filter(bank=bank, accepted=True)
    known = set(accepted.values_list("name", flat=True))
    for path in sorted(bank_folder(bank=bank, name="returns").iterdir()):
        if path.name.startswith(".") or path.name in known or not path.is_file():
            continue
        # The instant of the last change of any kind: a copy may bring an old mtime with it.
        if time.time() - path.stat().st_ctime >= quiet_seconds:
            yield path


def _refused(*, bank: str, path: Path) -> ReturnFile | None:
    """What was said of these very bytes when they were refused."""
    same = ReturnFile.objects.filter(
        bank=bank, name=path.name, size=path.stat().st_size, accepted=False
    )
    if not same.exists():
        return None
    return same.filter(sha256=sha256_of(path)).first()
