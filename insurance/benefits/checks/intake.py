"""Take in a file with proofs of life (资格认证文件接收): its description says of which kind."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from django.db import transaction

from backend.access.models import Staff
from backend.feeds.signed import read_json
from insurance.benefits.checks import match, release_case, visits
from insurance.benefits.checks.files import CheckFileInvalid, Taken


class Take(Protocol):
    """How a file of one kind is taken in."""

    def __call__(self, *, path: Path, today: date, received_by: int | None) -> Taken:
        """Give what it did."""


TAKES: Mapping[str, Take] = {
    match.FORMAT: match.import_life_match,
    visits.FORMAT: visits.import_visit_list,
}


@transaction.atomic
def hand_in_checks(*, path: Path, today: date, staff: Staff) -> Taken:
    """Take in a file from somebody, who vouches for it where pensions are held; another confirms.

    Who hands in what came by the command vouches for that.

    Raises:
        as ``take_checks``; as ``release_case.vouch``.
    """
    taken = take_checks(path=path, today=today, received_by=staff.person_id)
    release_case.vouch(file=taken.file, agency=staff.agency, received_by=staff.person_id)
    return taken


def take_checks(*, path: Path, today: date, received_by: int | None = None) -> Taken:
    """Take in the file that the JSON at ``path`` describes, whole or not at all.

    Raises:
        CheckFileInvalid, FileDamaged, ManifestInvalid: with file and line; NotVerified.
    """
    wanted = read_json(path).get("format")
    take = TAKES.get(wanted) if isinstance(wanted, str) else None
    if take is None:
        raise CheckFileInvalid(f"说明文件格式应为 {'、'.join(TAKES)}。", file=path.name)
    return take(path=path, today=today, received_by=received_by)
