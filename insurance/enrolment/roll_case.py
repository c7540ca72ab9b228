"""Put a residents' roll right by a case of two persons (居民名册更正): superseded, never changed.

The residents' next run bills the year again, by difference. Who never was on the roll loses the
year: no benefit may rest on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import AlreadySuperseded
from insurance.enrolment import store
from insurance.enrolment.correct import OtherPerson, ReasonMissing
from insurance.enrolment.groups import groups
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import RollEntry, SupportGroup
from insurance.enrolment.rests import Blocker, refuse_rested_on

REASON_MIN, REASON_MAX = 2, 120

ENTRY = """
WITH closed AS (
    UPDATE enrolment_rollentry SET superseded_at = clock_timestamp()
    WHERE id = %(entry)s AND superseded_at IS NULL RETURNING *
), written AS (
    INSERT INTO enrolment_rollentry (person_id, scheme, village_id, chosen_fen, collective_fen,
        subsidised, valid, recorded_at, source, case_id)
    SELECT person_id, scheme, village_id, %(chosen)s::bigint, %(collective)s::bigint,
        %(subsidised)s::boolean, valid, superseded_at, 'CASE', %(case)s::bigint
    FROM closed WHERE %(keep)s::boolean
    RETURNING 1
)
SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM written)
"""

# Groups of the year are those told, for the whole of it; what lies outside the year stays.
GROUPS = """
WITH closed AS (
    UPDATE enrolment_supportgroup g SET superseded_at = clock_timestamp()
    WHERE g.person_id = ANY (%(persons)s) AND g.superseded_at IS NULL
        AND g.valid && %(year)s::daterange
        AND NOT (g."group" = ANY (%(groups)s) AND g.valid @> %(year)s::daterange)
    RETURNING g.*
), written AS (
    INSERT INTO enrolment_supportgroup (person_id, "group", valid, recorded_at, source, case_id)
    SELECT c.person_id, c."group", r.valid, c.superseded_at, 'CASE', %(case)s::bigint
    FROM closed c CROSS JOIN LATERAL (VALUES
        (c.valid * daterange(NULL, lower(%(year)s::daterange))),
        (c.valid * daterange(upper(%(year)s::daterange), NULL))) r (valid)
    WHERE NOT isempty(r.valid)
    UNION ALL
    SELECT %(person)s::bigint, code, %(year)s::daterange, clock_timestamp(), 'CASE',
        %(case)s::bigint
    FROM unnest(%(groups)s::text[]) AS code WHERE NOT EXISTS (
        SELECT FROM enrolment_supportgroup g WHERE g.person_id = ANY (%(persons)s)
            AND g."group" = code AND g.superseded_at IS NULL AND g.valid @> %(year)s::daterange)
    RETURNING 1
)
SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM written)
"""

# Who never was on the roll was not insured by it either.
ENROLMENTS = """
SELECT e.id AS enrolment_id, r.valid, 'CASE' AS source, NULL::bigint AS source_id,
    %(case)s::bigint AS case_id
FROM enrolment_enrolment e LEFT JOIN LATERAL (
    SELECT valid FROM (VALUES (e.valid * daterange(NULL, lower(%(year)s::daterange))),
        (e.valid * daterange(upper(%(year)s::daterange), NULL))) v (valid)
    WHERE NOT isempty(valid)) r ON true
WHERE e.person_id = ANY (%(persons)s) AND e.payer_id = ANY (%(villages)s)
    AND e.scheme = %(scheme)s AND e.superseded_at IS NULL AND e.valid && %(year)s::daterange
"""


class RollCaseInvalid(Refusal):
    """The case does not say how the roll should have been (申请内容不完整)."""

    code = "enrolment_roll_case_invalid"


class NothingChanges(Refusal):
    """The roll says so already (与名册相同，没有可更正的)."""

    code = "enrolment_roll_nothing_changes"


@dataclass(frozen=True)
class Asked:
    """How an entry should have been; ``groups`` None: they stay as they are."""

    entry: RollEntry
    keep: bool
    chosen_fen: int | None
    collective_fen: int
    subsidised: bool
    groups: tuple[str, ...] | None

    @property
    def is_as_told(self) -> bool:
        """Whether the entry, without the groups, says just so already."""
        facts = (self.chosen_fen, self.collective_fen, self.subsidised)
        row = self.entry
        return self.keep and facts == (row.chosen_fen, row.collective_fen, row.subsidised)


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt an ENROLMENT_ROLL case can be decided as it asks; writes nothing.

    Content: ``entry``; ``keep`` (false: never on the roll), ``level`` (yuan; null for 390),
    ``collective`` (yuan), ``subsidised``; ``groups`` (codes of the year; null: as they are);
    ``reason``.

    Raises:
        AlreadySuperseded, OtherPerson, RollCaseInvalid, ReasonMissing, NothingChanges,
        MoneyInvalid, MonthsRestedOn.
    """
    _asked(case, blockers)
    return 0


@transaction.atomic
def decide(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of an ENROLMENT_ROLL case; rows written.

    Raises:
        as ``check``.
    """
    person_id = canonical_id(party_id=case.party_id)
    lock_person(person_id=person_id)
    asked = _asked(case, blockers)
    entry = asked.entry
    values = {
        "case": case.pk,
        "person": person_id,
        "persons": family_of(party_id=person_id),
        "villages": family_of(party_id=entry.village_id),
        "scheme": entry.scheme,
        "year": entry.valid,
        "entry": entry.pk,
        "keep": asked.keep,
        "chosen": asked.chosen_fen,
        "collective": asked.collective_fen,
        "subsidised": asked.subsidised,
        "groups": list(asked.groups or ()),
    }
    rows = 0
    with connection.cursor() as cursor:
        for statement in _statements(asked):
            cursor.execute(statement, values)
            rows += int(cursor.fetchone()[0])
        if not asked.keep:
            rows += sum(store.rewrite(cursor=cursor, select=ENROLMENTS, parameters=values))
    return rows


def _statements(asked: Asked) -> list[str]:
    entry = [] if asked.is_as_told else [ENTRY]
    return entry if asked.groups is None else [*entry, GROUPS]


def _asked(case: Case, blockers: Sequence[Blocker]) -> Asked:
    """What a case asks for, as it may be done today."""
    asked = _told(case)
    if not asked.keep:
        entry = asked.entry
        refuse_rested_on(
            blockers=blockers,
            person_id=canonical_id(party_id=entry.person_id),
            scheme=entry.scheme,
            months=MonthRange(Month.of(entry.valid.lower), Month.of(entry.valid.upper)),
        )
    return asked


def _told(case: Case) -> Asked:
    content = case.content
    named = content.get("entry")
    entry = RollEntry.objects.filter(pk=named if type(named) is int else 0).first()
    if entry is None or entry.superseded_at is not None:
        raise AlreadySuperseded("该名册记录已被更新，请刷新后重办。", entry=str(named))
    if canonical_id(party_id=entry.person_id) != canonical_id(party_id=case.party_id):
        raise OtherPerson("这条名册记录不是当事人的。", entry=entry.pk)
    if not REASON_MIN <= len(str(content.get("reason", "")).strip()) <= REASON_MAX:
        raise ReasonMissing(f"更正原因应为{REASON_MIN}至{REASON_MAX}个字。")
    keep, subsidised = content.get("keep"), content.get("subsidised")
    if not isinstance(keep, bool) or (keep and not isinstance(subsidised, bool)):
        raise RollCaseInvalid("请写明是否保留在名册中（keep）、是否享受政府补贴（subsidised）。")
    asked = Asked(
        entry=entry,
        keep=keep,
        chosen_fen=_level(entry, content.get("level")) if keep else None,
        collective_fen=Money.yuan(content.get("collective")).fen if keep else 0,
        subsidised=subsidised is True,
        groups=_groups(content.get("groups"), entry.valid.lower),
    )
    if asked.collective_fen < 0:
        raise RollCaseInvalid("集体补助不能为负。")
    if asked.is_as_told and not _groups_change(asked):
        raise NothingChanges("所写与名册相同，没有可更正的。", entry=entry.pk)
    return asked


def _level(entry: RollEntry, level: object) -> int | None:
    if entry.scheme == "390":
        if level is not None:
            raise RollCaseInvalid("居民医疗保险不分档次，不填档次。")
        return None
    fen = Money.yuan(level).fen
    if fen <= 0:
        raise RollCaseInvalid("档次须大于零。")
    return fen


def _groups(told: object, on: date) -> tuple[str, ...] | None:
    if told is None:
        return None
    known = groups(on=on)
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise RollCaseInvalid("困难群体应为代码的列表；没有的写空列表，不更正的写 null。")
    if not set(told) <= set(known) or len(set(told)) != len(told):
        raise RollCaseInvalid(f"困难群体应为 {'、'.join(sorted(known))}，不重复。")
    return tuple(sorted(told))


def _groups_change(asked: Asked) -> bool:
    if asked.groups is None:
        return False
    year: SqlRange = asked.entry.valid
    rows = SupportGroup.objects.filter(
        person__in=family_of(party_id=asked.entry.person_id),
        superseded_at__isnull=True,
        valid__overlap=year,
    )
    held = [(row.group, row.valid.lower <= year.lower and _ends_after(row, year)) for row in rows]
    return sorted(held) != [(code, True) for code in asked.groups]


def _ends_after(row: SupportGroup, year: SqlRange) -> bool:
    return row.valid.upper is None or row.valid.upper >= year.upper
