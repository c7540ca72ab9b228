"""Take in what employers and villages put into a month's folder (参保文件接收): each by itself.

A file that is not whole yet is waited for, one that is refused is told and holds up no other.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.conf import settings

from backend.city.exchange import digest_of_file, is_quiet
from backend.city.month_steps import Tell
from backend.feeds.refused import RefusedRow
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.benefits.refund_check import rests_on
from insurance.enrolment.files import take_file
from insurance.enrolment.models import EnrolmentFile

DESCRIPTION, TABLE, SHEET = ".json", ".csv", ".xlsx"


def take_in_enrolments(*, period: Month, today: date, quiet_seconds: float, tell: Tell) -> None:
    """Take in the month's rosters, rolls and wage declarations; each content once, in their order.

    What was refused stays refused here: people mend the cause and import it again themselves. A
    description that was mended is another file.
    """
    known = _Known()
    for path in _files(period):
        try:
            told = _take_in(path, known, today, quiet_seconds)
        except Refusal as refusal:
            told = refusal.detail
        except OSError as trouble:  # on its way, or not ours to read: the next round tries again
            told = f"暂时不能读取（{trouble.strerror}）"
        if told:
            tell(f"  参保文件 {path.name}：{told}")


def enrolment_folder(*, period: Month) -> Path:
    """Where the files of employers and villages are put."""
    return Path(settings.VAR_DIR) / "city" / "months" / str(period) / "enrolment"


class _Known:
    """What came before by its bytes: taken, or refused as it was described."""

    def __init__(self) -> None:
        rows = EnrolmentFile.objects.values_list("accepted", "sha256", "description_sha256")
        files = list(rows)
        self._taken = {content for accepted, content, _ in files if accepted}
        self._refused = {tuple(digests) for accepted, *digests in files if not accepted}

    def knows(self, content: str, description: str = "") -> bool:
        """Whether a file of these digests need not be looked at again."""
        return content in self._taken or (content, description) in self._refused


def _take_in(path: Path, known: _Known, today: date, quiet_seconds: float) -> str:
    """What is to be told of a file; nothing when it is known or still changes."""
    parts = [path] if path.suffix == SHEET else [path.with_suffix(TABLE), path]
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        return f"等待 {missing[0]}"
    if not all(is_quiet(part, seconds=quiet_seconds) for part in parts):
        return ""
    if known.knows(*(digest_of_file(part) for part in parts)):
        return ""
    refused: list[RefusedRow] = []
    file = take_file(
        path=path, today=today, refused=refused, blockers=(rests_on,), pensions=pensions_drawn
    )
    return f"{file.row_count} 行" if file.accepted else f"拒收，{file.detail}"


def _files(period: Month) -> Iterator[Path]:
    """Descriptions and sheets, in the order of their names; hidden ones are on their way.

    A table that nobody describes stands for the description that it waits for.
    """
    folder = enrolment_folder(period=period)
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        if path.name.startswith("."):
            continue
        alone = path.suffix == TABLE and not path.with_suffix(DESCRIPTION).exists()
        if path.suffix in (DESCRIPTION, SHEET) or alone:
            yield path.with_suffix(DESCRIPTION) if alone else path
