"""Import a month's death match (死亡比对): reported deaths hold pay at once. The file is evidence
for the seal when two persons have vouched for it (``death_match_case``).

What was found false before – the same person, day and source – is listed for people and holds
nothing: a source that is wrong once is so every month.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.access.models import Agency
from backend.audit.record import record
from backend.cases.models import Case, CaseState
from backend.cases.receive import receive_case
from backend.feeds.fields import day, masked
from backend.feeds.lines import read_rows
from backend.feeds.refused import LISTED as ROW_LISTED
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import SignedFile, read_json
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind, identifier
from backend.kernel.months import Month
from backend.kernel.names import same_name
from backend.people import deaths
from insurance.benefits import death_match_case
from insurance.benefits.death_match_file import HEADER, keep
from insurance.benefits.models import DeathMatch

FORMAT = "yikatong-death-match/1"
FIELDS = frozenset({"format", "month", "as_of", "source", "rows", "sha256"})
SOURCE_MAX = 100
FALSE_BEFORE = "此前核实不实，又被列出，没有暂缓，须人工查看。"

FIND = """
SELECT t.line, c.canonical_id, p.birth_date, n.name, d.death_date, EXISTS (
    SELECT FROM people_canonical o JOIN people_death f ON f.person_id = o.party_id
    WHERE o.canonical_id = c.canonical_id AND f.superseded_at IS NOT NULL
        AND f.death_date = t.died AND f.source = t.source)
FROM unnest(%s::integer[], %s::text[], %s::text[], %s::date[], %s::text[])
    AS t (line, kind, number, died, source)
JOIN people_partyidentifier i ON i.number = t.number AND i.kind = t.kind
    AND i.superseded_at IS NULL
JOIN people_canonical c ON c.party_id = i.party_id
JOIN people_person p ON p.party_id = c.canonical_id
LEFT JOIN people_partyname n ON n.party_id = c.canonical_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid)
LEFT JOIN people_death d ON d.person_id = c.canonical_id AND d.superseded_at IS NULL
ORDER BY t.line
"""


class MatchInvalid(Refusal):
    """The description of the match can not be read, or a row can not be (比对文件不正确)."""

    code = "death_match_invalid"


class NoOneAgency(Refusal):
    """No agency, or more than one, would receive the cases (经办机构不明确)."""

    code = "death_match_agency_missing"


@dataclass(frozen=True)
class Description:
    """What the JSON beside the file says of it, and who handed both in."""

    month: Month
    as_of: date
    source: str
    file: SignedFile
    received_by: int | None


@dataclass(frozen=True)
class Told:
    """One death as told by a line of the file."""

    line: int
    kind: str
    number: str
    name: str
    death_date: date
    source: str


@dataclass(frozen=True)
class Known:
    """Whom a line tells of, as the register knows them."""

    person_id: int
    birth_date: date
    name: str
    death_date: date | None
    gone: bool  # this very report was on record once; where no death is now, it was false


@dataclass(frozen=True)
class Imported:
    """What an import found (比对结果); ``listed`` are the lines that a person should look at."""

    month: Month
    match: DeathMatch
    already: bool
    told: int
    reported: int
    known_dead: int
    listed: tuple[RefusedRow, ...]


def import_death_match(*, path: Path, received_by: int | None = None) -> Imported:
    """Import the match described by the JSON file ``path``; its CSV stands beside it.

    ``received_by`` is the natural person who handed it in, vouches for it, and decides neither that
    nor its cases; None where it came into the folder by itself: then two persons sign each death,
    and one has still to vouch for the file before another confirms it.

    The file is taken whole or refused whole; the same file again changes nothing but that who hands
    it in may be the first to vouch for it. What counts as today is its ``as_of``, which lies in its
    month, the month before or the month after: pay day may be as early as the 1st, and the seal may
    be late.

    Raises:
        MatchInvalid, FileDamaged, ManifestInvalid: with file and line.
    """
    described = _described(path, received_by)
    told, listed = _read(path.parent, described)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('benefits.death_match'))")
        match = DeathMatch.objects.filter(
            period=described.month.first_day, sha256=described.file.sha256
        ).first()
        already = match is not None
        if match is None:
            found = _found(cursor, told)
            reported, known_dead = _report_all(described, told, found, listed)
            keep(path=path.parent / described.file.name, signed=described.file)
            match = _recorded(described, reported, known_dead, len(listed))
        if received_by is not None:
            death_match_case.vouch(match=match, agency=_agency(), received_by=received_by)
    if already:
        return Imported(described.month, match, True, described.file.rows, 0, 0, ())
    listed.sort(key=lambda row: row.line)
    return Imported(
        described.month, match, False, match.rows, match.reported, match.known_dead, tuple(listed)
    )


def _described(path: Path, received_by: int | None) -> Description:
    content = read_json(path)
    if content.get("format") != FORMAT or set(content) != FIELDS:
        raise MatchInvalid(f"说明文件格式应为 {FORMAT}，项目不能多也不能少。", file=path.name)
    rows, digest = content["rows"], content["sha256"]
    try:
        month, as_of = Month.parse(content["month"]), date.fromisoformat(content["as_of"])
        apart = abs(Month.of(as_of).index - month.index)
    except (TypeError, ValueError, Refusal):
        raise MatchInvalid("说明文件中的月份或截止日期不正确。", file=path.name) from None
    if apart > 1:
        raise MatchInvalid("截止日期应在比对月份的前一个月至后一个月之内。", file=path.name)
    source = str(content["source"])
    if type(rows) is not int or not isinstance(digest, str) or not 0 < len(source) <= SOURCE_MAX:
        raise MatchInvalid("说明文件中的行数、摘要或来源不正确。", file=path.name)
    file = SignedFile(f"{path.stem}.csv", rows, digest)
    return Description(month, as_of, source, file, received_by)


def _read(folder: Path, described: Description) -> tuple[list[Told], list[RefusedRow]]:
    """All rows; those whose number can be nobody's are listed, other errors refuse the file."""
    told: list[Told] = []
    listed: list[RefusedRow] = []
    for first, rows in read_rows(folder=folder, signed=described.file, header=HEADER):
        for line, row in enumerate(rows, first):
            one = _told(line, row, described)
            try:
                number = identifier(IdKind(one.kind), one.number).number
            except Refusal as refusal:
                listed.append(_listed(described, one, refusal.detail))
            else:
                told.append(Told(line, one.kind, number, one.name, one.death_date, one.source))
    return told, listed


def _told(line: int, row: list[str], described: Description) -> Told:
    kind, number, name, died, source = row
    try:
        death_date, kind = date.fromisoformat(day(died, "death_date")), IdKind(kind).value
    except (ValueError, Refusal):
        raise MatchInvalid(
            "证件种类或死亡日期不正确。", file=described.file.name, line=line
        ) from None
    if death_date > described.as_of:
        raise MatchInvalid("死亡日期晚于数据截止日。", file=described.file.name, line=line)
    if source not in deaths.SOURCES:
        raise MatchInvalid("没有这种死亡信息来源。", file=described.file.name, line=line)
    return Told(line, kind, number, name, death_date, source)


def _found(cursor: Any, told: list[Told]) -> dict[int, Known]:
    """Whom the lines tell of, by line."""
    columns = zip(*((t.line, t.kind, t.number, t.death_date, t.source) for t in told), strict=True)
    cursor.execute(FIND, [list(column) for column in columns] or [[]] * 5)
    return {line: Known(*facts) for line, *facts in cursor.fetchall()}


def _report_all(
    described: Description,
    told: list[Told],
    found: Mapping[int, Known],
    listed: list[RefusedRow],
) -> tuple[int, int]:
    """Report each person's death once; give how many lines are new and how many were known."""
    agency = _agency()
    cases = Case.objects.filter(origin__startswith=f"death-match/{described.month}/")
    rejected = set(cases.filter(state=CaseState.REJECTED).values_list("origin", flat=True))
    received = set(cases.values_list("origin", flat=True))
    lines: dict[int, list[Told]] = {}
    for one in told:
        if one.line in found:
            lines.setdefault(found[one.line].person_id, []).append(one)
        else:
            listed.append(_listed(described, one, "不在本系统人员库中。"))
    reported = known_dead = 0
    for ones in lines.values():
        known = found[ones[0].line]
        if known.death_date or any(_origin(described, one) in received for one in ones):
            known_dead += len(ones)
            listed.extend(_other_dates(described, ones, known.death_date))
            listed.extend(
                _listed(described, one, FALSE_BEFORE)
                for one in ones
                if _origin(described, one) in rejected
            )
            continue
        new = [one for one in ones if not found[one.line].gone]
        listed.extend(_listed(described, one, FALSE_BEFORE) for one in ones if one not in new)
        listed.extend(_doubtful(described, new, known))
        possible = [one for one in new if one.death_date >= known.birth_date]
        if possible:
            first = min(possible, key=lambda one: (one.death_date, one.line))
            _report(described, first, known, agency, _origin(described, first))
            reported += 1
            known_dead += len(possible) - 1
    return reported, known_dead


def _other_dates(
    described: Description, ones: list[Told], known: date | None
) -> Iterator[RefusedRow]:
    for one in ones:
        if known not in (None, one.death_date):
            yield _listed(described, one, "与已登记的死亡日期不同。")


def _doubtful(described: Description, ones: list[Told], known: Known) -> Iterator[RefusedRow]:
    """Lines that a person should look at although the earliest death is reported."""
    dates = {one.death_date for one in ones if one.death_date >= known.birth_date}
    for one in ones:
        if one.death_date < known.birth_date:
            yield _listed(described, one, "死亡日期早于出生日期。")
            continue
        if len(dates) > 1:
            words = f"同一人有不同的死亡日期，已按较早的{min(dates)}暂缓，须核实。"
            yield _listed(described, one, words)
        if not same_name(one.name, known.name):
            yield _listed(described, one, "号码相同而姓名不同，已暂缓，须核实。")


def _report(described: Description, one: Told, known: Known, agency: Agency, origin: str) -> None:
    """A DEATH case that two people will decide, and the death as reported: pay is held from now."""
    evidence = f"死亡比对 {described.month} {described.file.sha256[:16]} 第{one.line}行"
    case = receive_case(
        kind="DEATH",
        agency=agency,
        party_id=known.person_id,
        content={
            "death_date": one.death_date.isoformat(),
            "source": one.source,
            "evidence": evidence,
            "name": one.name,
        },
        origin=origin,
        received_by=described.received_by,
    )
    deaths.report(
        person_id=known.person_id,
        death_date=one.death_date,
        source=one.source,
        evidence=evidence,
        case_id=case.pk,
        today=described.as_of,
    )


def _recorded(described: Description, reported: int, known_dead: int, listed: int) -> DeathMatch:
    match = DeathMatch.objects.create(
        period=described.month.first_day,
        as_of=described.as_of,
        source=described.source,
        rows=described.file.rows,
        sha256=described.file.sha256,
        reported=reported,
        known_dead=known_dead,
        listed=listed,
        received_by=described.received_by,
    )
    record(
        name="benefits.death_match_imported",
        subject_kind="benefits.death_match",
        subject_id=str(described.month),
        rows=1,  # the cases and deaths are recorded by their own acts
        details={
            "told": described.file.rows,
            "reported": reported,
            "known_dead": known_dead,
            "listed": listed,
            "source": described.source,
        },
        digest=described.file.sha256,
    )
    return match


def _origin(described: Description, one: Told) -> str:
    number = sha256(f"{one.kind}/{one.number}".encode()).hexdigest()
    return f"death-match/{described.month}/{number[:32]}"


def _agency() -> Agency:
    agencies = list(Agency.objects.filter(kind="PENSION")[:2])
    if len(agencies) != 1:
        raise NoOneAgency("没有唯一的养老保险经办机构，请先设置。")
    return agencies[0]


def _listed(described: Description, one: Told, reason: str) -> RefusedRow:
    shown = masked(column="id_number", value=one.number)
    return RefusedRow(described.file.name, one.line, "id_number", shown, reason, ROW_LISTED)
