"""Files with proofs of life (资格认证文件): read, staged, matched with persons.

A CSV is described by the JSON of the same name beside it. It is taken whole or refused whole; rows
that tell of nobody, of somebody else or of a dead person are listed for people and prove nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from backend.deployment import is_demo
from backend.feeds.copying import REFUSED_MAX, TooManyRefused, copy_rows
from backend.feeds.fields import escaped, masked, name_of_person, number_on_paper, one_of
from backend.feeds.lines import read_rows
from backend.feeds.refused import LISTED as ROW_LISTED
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import SignedFile, read_json
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind
from backend.kernel.names import search_form
from backend.people.queries import family_of
from insurance.benefits.checks.models import CheckFile

ID_KINDS = frozenset(kind.value for kind in IdKind)
TEXT_MAX = 100
LISTED = ("id_number", "name")  # what may be wrong with a row of a good file

STAGED = """
DROP TABLE IF EXISTS take_proof, take_person;
CREATE TEMP TABLE take_proof (
    line integer, id_kind text COLLATE "C", id_number text COLLATE "C", search_name text,
    day date, says text, note text
) ON COMMIT DROP
"""
COPIED_TO = "take_proof (line, id_kind, id_number, search_name, day, says, note)"

# Whom the rows tell of; a merged entry is its survivor.
RESOLVED = """
CREATE TEMP TABLE take_person ON COMMIT DROP AS
SELECT t.line, t.id_number, t.day, t.says, t.note, p.party_id AS person_id, p.village_id,
    n.search_name = t.search_name AS same_name, d.id IS NOT NULL AS dead,
    p.party_id = ANY (%(own)s::bigint[]) AS own
FROM take_proof t
LEFT JOIN people_partyidentifier i ON i.number = t.id_number AND i.kind = t.id_kind
    AND i.superseded_at IS NULL
LEFT JOIN people_alias a ON a.party_id = i.party_id
LEFT JOIN people_person p ON p.party_id = coalesce(a.survivor_id, i.party_id)
LEFT JOIN people_partyname n ON n.party_id = p.party_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid)
LEFT JOIN people_death d ON d.person_id = p.party_id AND d.superseded_at IS NULL;
ANALYZE take_person
"""
SOUND = "person_id IS NOT NULL AND same_name AND NOT dead AND NOT own"
DOUBTFUL = f"""
SELECT line, id_number, CASE WHEN person_id IS NULL THEN '不在本系统人员库中。'
    WHEN dead THEN '已有死亡信息，须人工核实。'
    WHEN own THEN '是报送人本人，须由另一人为其认证。'
    ELSE '号码相同而姓名不同，须人工核实。' END
FROM take_person WHERE ({SOUND}) IS NOT TRUE ORDER BY line LIMIT {REFUSED_MAX}
"""


class CheckFileInvalid(Refusal):
    """The description or a row of the file can not be read (资格认证文件不正确)."""

    code = "check_file_invalid"


@dataclass(frozen=True)
class Description:
    """What the JSON beside the file says of it, whatever its kind."""

    content: Mapping[str, Any]
    file: SignedFile

    def text(self, name: str) -> str:
        """A text that is there."""
        value = self.content[name]
        if not isinstance(value, str) or not 0 < len(value.strip()) <= TEXT_MAX:
            raise CheckFileInvalid(f"说明文件中的 {name} 不正确。", file=self.file.name)
        return value.strip()

    def day(self, name: str, *, today: date) -> date:
        """A day that is not to come; a demonstration plays months of its own."""
        try:
            found = date.fromisoformat(self.text(name))
        except ValueError:
            raise CheckFileInvalid(f"说明文件中的 {name} 不是日期。", file=self.file.name) from None
        if found > today and not is_demo():
            raise CheckFileInvalid(f"说明文件中的 {name} 晚于今天。", file=self.file.name)
        return found


@dataclass(frozen=True)
class Taken:
    """What a file did (导入结果): proofs, holds that wait for two persons, people left at
    a step; ``lines`` are those that a person should look at."""

    file: CheckFile
    already: bool
    proven: int = 0
    held: int = 0
    left: int = 0
    lines: tuple[RefusedRow, ...] = ()


def described(*, path: Path, wanted: str, fields: frozenset[str]) -> Description:
    """Read the description of a format.

    Raises:
        CheckFileInvalid, ManifestInvalid.
    """
    content = read_json(path)
    if content.get("format") != wanted or set(content) != fields | {"format", "rows", "sha256"}:
        raise CheckFileInvalid(f"说明文件格式应为 {wanted}，项目不能多也不能少。", file=path.name)
    rows, digest = content["rows"], content["sha256"]
    if type(rows) is not int or not isinstance(digest, str):
        raise CheckFileInvalid("说明文件中的行数或摘要不正确。", file=path.name)
    return Description(content, SignedFile(f"{path.stem}.csv", rows, digest))


def known(*, described: Description) -> CheckFile | None:
    """Give the record of the same bytes, taken before; others wait until these are in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('benefits.check_file'))")
    return CheckFile.objects.filter(sha256=described.file.sha256).first()


def stage(
    *,
    folder: Path,
    described: Description,
    header: tuple[str, ...],
    check: Callable[[list[str]], tuple[str, ...]],
    brought_by: int | None,
) -> list[RefusedRow]:
    """Bring the rows into ``take_person``; give those that people should look at.

    ``check`` gives id_kind, id_number, search_name, day, says and note in COPY's text form.
    Nobody proves by his own file (``brought_by``) that he lives himself.

    Raises:
        CheckFileInvalid: at the first row that is none, or when too many are; FileDamaged.
    """
    listed: list[RefusedRow] = []
    name = described.file.name
    with connection.cursor() as cursor:
        cursor.execute(STAGED)
        try:
            copy_rows(
                cursor=cursor,
                table=COPIED_TO,
                blocks=read_rows(folder=folder, signed=described.file, header=header),
                check=check,
                file=name,
                refused=listed,
            )
        except TooManyRefused:
            raise CheckFileInvalid("不合格的行过多，整份不接收。", file=name) from None
        for row in listed:
            if row.column not in LISTED:
                raise CheckFileInvalid(row.reason, file=name, line=row.line)
        own = [] if brought_by is None else family_of(party_id=brought_by)
        cursor.execute(RESOLVED, {"own": own})
        cursor.execute(DOUBTFUL)
        listed += [doubtful(name, *row) for row in cursor.fetchall()]
    return sorted(listed, key=lambda row: row.line)


def doubtful(name: str, line: int, number: str, reason: str) -> RefusedRow:
    """A row that people should look at, masked."""
    shown = masked(column="id_number", value=number)
    return RefusedRow(name, line, "id_number", shown, reason, ROW_LISTED)


def whom(*, kind: str, number: str, name: str) -> tuple[str, str, str]:
    """The first three columns of a row.

    Raises:
        RowRefused.
    """
    one_of(kind, ID_KINDS, "id_kind", "证件种类")
    found = number_on_paper(kind=kind, number=number)
    return kind, found, escaped(search_form(name_of_person(name)))
