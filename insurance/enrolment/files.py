"""Take in a file of enrolments of whatever kind (参保文件): it, or its description, says which."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol

from backend.feeds.lines import NO_FILE
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import ManifestInvalid, read_json
from insurance.enrolment import roll, roster, wage_declaration
from insurance.enrolment.intake import DescriptionInvalid, arrival_of, refuse
from insurance.enrolment.models import EnrolmentFile, FileKind
from insurance.enrolment.pensioners import Pensions
from insurance.enrolment.rests import Blocker


class Take(Protocol):
    """How a file of one kind is taken in."""

    def __call__(
        self,
        *,
        path: Path,
        today: date,
        refused: list[RefusedRow],
        name: str,
        received_by: int | None,
    ) -> EnrolmentFile:
        """Give the record of the file."""


def take_file(
    *,
    path: Path,
    today: date,
    refused: list[RefusedRow],
    blockers: Sequence[Blocker],
    pensions: Pensions,
    name: str = "",
    received_by: int | None = None,
) -> EnrolmentFile:
    """Take in the roster or roll that the JSON at ``path`` describes, or a declaration in xlsx.

    Nobody can say what a file is whose description can not be read: it is refused as unknown.
    ``blockers`` say what rests on months that leavers of a roster take away, ``pensions`` who draws
    one.

    Raises:
        ManifestInvalid: there is no file at ``path``.
    """
    try:
        take = _take(path, blockers, pensions)
    except (DescriptionInvalid, ManifestInvalid) as refusal:
        if not path.is_file():
            raise
        arrival = arrival_of(
            kind=FileKind.UNKNOWN, path=path, name=name or path.name, received_by=received_by
        )
        return refuse(arrival=arrival, refusal=refusal)
    return take(path=path, today=today, refused=refused, name=name, received_by=received_by)


def _take(path: Path, blockers: Sequence[Blocker], pensions: Pensions) -> Take:
    """A spreadsheet says itself what it is.

    Raises:
        DescriptionInvalid, ManifestInvalid.
    """
    if path.suffix.lower() == wage_declaration.SUFFIX:
        if not path.is_file():
            raise ManifestInvalid(NO_FILE, file=path.name)
        return wage_declaration.take_wages
    wanted = read_json(path).get("format")
    takes: Mapping[str, Take] = {
        roster.FORMAT: partial(roster.take_roster, blockers=blockers, pensions=pensions),
        roll.FORMAT: partial(roll.take_roll, pensions=pensions),
    }
    take = takes.get(wanted) if isinstance(wanted, str) else None
    if take is None:
        raise DescriptionInvalid(f"说明文件格式应为 {'、'.join(takes)}。", file=path.name)
    return take
