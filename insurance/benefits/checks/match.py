"""Import a match of data that shows who lives (资格认证数据比对): proofs, and who was not found.

The file brings the people who were seen to live, each with the day, by trips, treatments or by
themselves (自助认证). Who is still to be checked then stands at the first step: not matched.
"""

from datetime import date
from pathlib import Path

from django.db import transaction

from backend.audit.record import record
from backend.feeds.fields import one_of, past_day
from backend.feeds.refused import RefusedRow
from insurance.benefits.checks import files
from insurance.benefits.checks.due import Area
from insurance.benefits.checks.files import SOUND, Taken
from insurance.benefits.checks.models import CheckFile, CheckFileKind, ProofMethod
from insurance.benefits.checks.prove import add_proofs
from insurance.benefits.checks.release_case import awaiting
from insurance.benefits.checks.rules import Stage
from insurance.benefits.checks.steps import By, take_step

FORMAT = "yikatong-life-match/1"
FIELDS = frozenset({"as_of", "source"})
HEADER = ("id_kind", "id_number", "name", "proven_on", "method")
METHODS = frozenset({ProofMethod.DATA_MATCH.value, ProofMethod.SELF_SERVICE.value})

PROVEN = f"""
SELECT DISTINCT ON (person_id, day, says) person_id, day AS proven_on, says AS method,
    ''::text AS evidence, %(file)s::int AS file_id, NULL::bigint AS case_id
FROM take_person WHERE {SOUND}
"""


def import_life_match(*, path: Path, today: date, received_by: int | None = None) -> Taken:
    """Import the match described by the JSON file ``path``; its CSV stands beside it.

    The same file again changes nothing. The business date is its ``as_of``.

    Raises:
        CheckFileInvalid, FileDamaged, ManifestInvalid: with file and line; NotVerified.
    """
    described = files.described(path=path, wanted=FORMAT, fields=FIELDS)
    as_of, source = described.day("as_of", today=today), described.text("source")
    with transaction.atomic():
        before = files.known(described=described)
        if before is not None:
            return Taken(before, already=True)
        listed = files.stage(
            folder=path.parent,
            described=described,
            header=HEADER,
            check=lambda row: _checked(row, as_of),
            brought_by=received_by,
        )
        file = CheckFile.objects.create(
            kind=CheckFileKind.MATCH,
            name=described.file.name,
            sha256=described.file.sha256,
            row_count=described.file.rows,
            as_of=as_of,
            source=source,
            received_by=received_by,
        )
        return _stored(file, listed)


def _checked(row: list[str], as_of: date) -> tuple[str, ...]:
    kind, number, name, proven_on, method = row
    past_day(proven_on, "proven_on", as_of)
    one_of(method, METHODS, "method", "认证方式")
    return *files.whom(kind=kind, number=number, name=name), proven_on, method, ""


def _stored(file: CheckFile, listed: list[RefusedRow]) -> Taken:
    proven = add_proofs(proven=PROVEN, values={"file": file.pk})
    held = sum(awaiting(file=file).values())
    unmatched = take_step(
        area=Area(),
        day=file.as_of,
        stage=Stage.UNMATCHED,
        by=By(channel="MATCH", done_on=file.as_of, person_id=file.received_by, file_id=file.pk),
    )
    record(
        name="benefits.life_match_imported",
        subject_kind="benefits.check_file",
        subject_id=str(file.pk),
        rows=1 + proven + unmatched,
        person_id=file.received_by,
        details={
            "told": file.row_count,
            "proven": proven,
            "held": held,
            "unmatched": unmatched,
            "listed": len(listed),
        },
        digest=file.sha256,
    )
    return Taken(file, False, proven, held, unmatched, tuple(listed))
