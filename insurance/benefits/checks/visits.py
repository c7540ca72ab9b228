"""Import a village's signed list of visits (上门签字名单): who was met, and who was not.

The village says who went from door to door on which day and who signed the list. Who was met has a
proof by visit. Who was not met, and was reminded before, stands at the last step: only now two
people may hold the pension.
"""

from datetime import date
from pathlib import Path

from django.db import connection, transaction

from backend.audit.record import record
from backend.feeds.fields import one_of, remark
from backend.feeds.refused import RefusedRow
from backend.people.models import Organisation
from insurance.benefits.checks import files
from insurance.benefits.checks.due import Area
from insurance.benefits.checks.files import SOUND, CheckFileInvalid, Description, Taken
from insurance.benefits.checks.models import CheckFile, CheckFileKind
from insurance.benefits.checks.prove import add_proofs
from insurance.benefits.checks.release_case import awaiting
from insurance.benefits.checks.rules import Stage
from insurance.benefits.checks.steps import By, take_step

FORMAT = "yikatong-visit-list/1"
FIELDS = frozenset({"village", "visited_on", "visited_by", "signed_on", "signed_by"})
HEADER = ("id_kind", "id_number", "name", "seen", "note")
SEEN = frozenset({"YES", "NO"})

PROVEN = f"""
SELECT DISTINCT ON (person_id) person_id, day AS proven_on, 'VISIT' AS method,
    note::varchar(120) AS evidence, %(file)s::int AS file_id, NULL::bigint AS case_id
FROM take_person WHERE {SOUND} AND village_id = %(village)s AND says = 'YES'
ORDER BY person_id, line
"""
NOT_SEEN = f"""
SELECT array_agg(DISTINCT person_id) FROM take_person
WHERE {SOUND} AND village_id = %(village)s AND says = 'NO'
    AND person_id NOT IN (SELECT person_id FROM take_person WHERE says = 'YES'
        AND person_id IS NOT NULL)
"""
OTHERWISE = f"""
SELECT line, id_number, '不是本村（社区）的人员，须人工核实。' FROM take_person
WHERE {SOUND} AND village_id IS DISTINCT FROM %(village)s
"""
TWICE = f"""
SELECT max(line), min(id_number), '名单上既有见到又有未见，按见到办理，须人工核实。'
FROM take_person WHERE {SOUND} GROUP BY person_id HAVING count(DISTINCT says) > 1
"""
# Not met, but nobody reminded them before, or they need no proof yet.
TOO_SOON = """
SELECT t.line, t.id_number, '不在已提醒的待认证人员中，上门未见未作为环节。' FROM take_person t
WHERE t.person_id = ANY (%(absent)s) AND t.says = 'NO' AND NOT EXISTS (
    SELECT FROM benefits_checkstep s WHERE s.person_id = t.person_id AND s.file_id = %(file)s)
"""


def import_visit_list(*, path: Path, today: date, received_by: int | None = None) -> Taken:
    """Import the list described by the JSON file ``path``; its CSV stands beside it.

    The same file again changes nothing.

    Raises:
        CheckFileInvalid, FileDamaged, ManifestInvalid: with file and line; NotVerified.
    """
    described = files.described(path=path, wanted=FORMAT, fields=FIELDS)
    with transaction.atomic():
        before = files.known(described=described)
        if before is not None:
            return Taken(before, already=True)
        file = _described(described, today, received_by)
        lines = files.stage(
            folder=path.parent,
            described=described,
            header=HEADER,
            check=lambda row: _checked(row, file.as_of),
            brought_by=received_by,
        )
        file.save(force_insert=True)
        return _stored(file, lines)


def _described(described: Description, today: date, received_by: int | None) -> CheckFile:
    village = Organisation.objects.filter(
        party__kind="VILLAGE", district=described.text("village")
    ).first()
    visited_on = described.day("visited_on", today=today)
    signed_on = described.day("signed_on", today=today)
    if village is None or signed_on < visited_on:
        raise CheckFileInvalid("没有这个村（社区），或签字早于上门。", file=described.file.name)
    return CheckFile(
        kind=CheckFileKind.VISITS,
        name=described.file.name,
        sha256=described.file.sha256,
        row_count=described.file.rows,
        as_of=visited_on,
        source="村（社区）上门",
        village_id=village.pk,
        visited_by=described.text("visited_by"),
        signed_by=described.text("signed_by"),
        signed_on=signed_on,
        received_by=received_by,
    )


def _checked(row: list[str], visited_on: date) -> tuple[str, ...]:
    kind, number, name, seen, note = row
    one_of(seen, SEEN, "seen", "结果，应为 YES 或 NO")
    whom = files.whom(kind=kind, number=number, name=name)
    return *whom, visited_on.isoformat(), seen, remark(note, "note")


def _stored(file: CheckFile, lines: list[RefusedRow]) -> Taken:
    assert file.signed_on is not None
    values = {"file": file.pk, "village": file.village_id}
    proven = add_proofs(proven=PROVEN, values=values)
    held = sum(awaiting(file=file).values())
    with connection.cursor() as cursor:
        cursor.execute(NOT_SEEN, values)
        absent = cursor.fetchone()[0] or []
    area = Area(persons=tuple(absent))
    visited = By("VISIT", file.as_of, name=file.visited_by, file_id=file.pk)
    signed = By("LIST", file.signed_on, name=file.signed_by, file_id=file.pk)
    rows = take_step(area=area, day=file.signed_on, stage=Stage.VISITED, by=visited)
    listed = take_step(area=area, day=file.signed_on, stage=Stage.LISTED, by=signed)
    lines = sorted([*lines, *_doubtful(file, absent)], key=lambda line: line.line)
    record(
        name="benefits.visit_list_imported",
        subject_kind="benefits.check_file",
        subject_id=str(file.pk),
        rows=1 + proven + rows + listed,
        person_id=file.received_by,
        details={
            "told": file.row_count,
            "proven": proven,
            "held": held,
            "listed": listed,
            "doubtful": len(lines),
        },
        digest=file.sha256,
    )
    return Taken(file, False, proven, held, listed, tuple(lines))


def _doubtful(file: CheckFile, absent: list[int]) -> list[RefusedRow]:
    values = {"file": file.pk, "village": file.village_id, "absent": absent}
    found = []
    with connection.cursor() as cursor:
        for statement in (OTHERWISE, TWICE, TOO_SOON):
            cursor.execute(statement, values)
            found += [files.doubtful(file.name, *row) for row in cursor.fetchall()]
    return found
