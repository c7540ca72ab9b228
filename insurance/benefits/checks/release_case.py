"""Pay again whom a file shows to live (资格认证恢复确认): one hands it in, another signs.

A file is anybody's to write. Its proofs stand on record at once, and who is paid goes on being
paid; what is held, with its back pay, waits until a second person has signed for the file.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from backend.access.models import Agency
from backend.cases.decide import hands_of
from backend.cases.models import Case, CaseState
from backend.cases.own_matter import OwnMatter
from backend.cases.receive import receive_case
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from insurance.benefits.checks.models import CheckFile
from insurance.benefits.checks.prove import held_of, release

KIND = "CHECK_RELEASE"
UNDER_WAY = (CaseState.RECEIVED, CaseState.REVIEWED)
OF_FILE = """
SELECT person_id, proven_on FROM benefits_proof
WHERE file_id = %(file)s AND superseded_at IS NULL
"""
VOID = """
UPDATE benefits_proof SET superseded_at = clock_timestamp()
WHERE file_id = %(file)s AND superseded_at IS NULL
"""


class ReleaseCaseInvalid(Refusal):
    """The case does not say what the file is (资格认证恢复确认内容不符)."""

    code = "check_release_invalid"


class ReleaseInHand(Refusal):
    """Somebody vouches for this file already (已有人受理确认)."""

    code = "check_release_in_hand"
    status = 409


def content_of(*, file: CheckFile, holds: int) -> dict[str, object]:
    """What the case asks to confirm: the file as it is on record, and how many holds wait."""
    return {
        "file": file.pk,
        "kind": file.kind,
        "as_of": file.as_of.isoformat(),
        "source": file.source,
        "rows": file.row_count,
        "sha256": file.sha256,
        "holds": holds,
    }


def vouch(*, file: CheckFile, agency: Agency, received_by: int) -> Case | None:
    """Receive the confirmation from whoever handed the file in; None where nothing waits for it or
    another is under way.

    Raises:
        OwnMatter.
    """
    holds = sum(awaiting(file=file).values())
    if not holds or _in_hand(file).exists():
        return None
    return receive_case(
        kind=KIND,
        agency=agency,
        party_id=received_by,
        content=content_of(file=file, holds=holds),
        received_by=received_by,
    )


def awaiting(*, file: CheckFile) -> dict[int, int]:
    """Who is held, and shown to live by a file: person and how many holds."""
    return held_of(proven=OF_FILE, values={"file": file.pk}, day=_day(file))


def check(case: Case) -> int:
    """At its receipt the case says of a file what is on record; writes nothing.

    Content: as ``content_of``.

    Raises:
        ReleaseCaseInvalid: it does not, or nothing waits for the file.
        ReleaseInHand: another case asks the same.
        OwnMatter: the file would pay the receiver himself.
    """
    file = _asked(case)
    if _in_hand(file).filter(~Q(pk=case.pk)).exists():
        raise ReleaseInHand("已有人受理这份名单的恢复确认，请由另一人审批。", file=file.pk)
    held = awaiting(file=file)
    if not held or sum(held.values()) != case.content.get("holds"):
        raise ReleaseCaseInvalid("名单上没有人等着恢复，或等着恢复的数目不符。", file=file.pk)
    _refuse_own(case, held)
    return 0


def confirm(case: Case) -> int:
    """Set-wise, end the holds of whom the file shows to live; rows written.

    Raises:
        ReleaseCaseInvalid; OwnMatter: it would pay one of those who vouch for it.
    """
    file = _asked(case)
    _refuse_own(case, awaiting(file=file))
    return release(proven=OF_FILE, values={"file": file.pk}, day=_day(file)).rows


def reject(case: Case) -> int:
    """A file that nobody vouches for proves nothing: its proofs count no more; rows written."""
    with connection.cursor() as cursor:
        cursor.execute(VOID, {"file": _asked(case).pk})
        return int(cursor.rowcount)


def _asked(case: Case) -> CheckFile:
    said: Mapping[str, Any] = case.content
    number = said.get("file")
    file = CheckFile.objects.filter(pk=number).first() if type(number) is int else None
    if file is None:
        raise ReleaseCaseInvalid("没有这份资格认证文件。")
    if type(said.get("holds")) is not int or dict(said) != content_of(
        file=file, holds=said["holds"]
    ):
        raise ReleaseCaseInvalid(
            "内容与接收的文件不符，须照 GET check-files/ 所列填写。", file=file.pk
        )
    return file


def _refuse_own(case: Case, held: Mapping[int, int]) -> None:
    own = {entry for hand in hands_of(case=case) for entry in family_of(party_id=hand)}
    if own & held.keys():
        raise OwnMatter("名单会恢复办理人本人的待遇，须由另外的人受理、审批。")


def _in_hand(file: CheckFile) -> QuerySet[Case]:
    return Case.objects.filter(kind=KIND, state__in=UNDER_WAY, content__file=file.pk)


def _day(file: CheckFile) -> date:
    return file.signed_on or file.as_of
