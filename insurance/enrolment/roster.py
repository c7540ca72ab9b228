"""Joiners and leavers of employers by file (增减员文件): the rules of the desk, set-wise."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from backend.feeds import fields as f
from backend.feeds.fields import NULL, RowRefused
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule
from backend.kernel.identity import IdKind
from backend.kernel.months import Month
from backend.kernel.names import search_form
from backend.people.models import Person
from insurance.enrolment import assess, store
from insurance.enrolment.assess import latest_month
from insurance.enrolment.households import Household
from insurance.enrolment.intake import Shape, rules, take_in
from insurance.enrolment.models import EnrolmentFile, FileKind, Kind
from insurance.enrolment.pensioners import DrawsPension, Pensions, stage_pensions
from insurance.enrolment.reach import earliest_for
from insurance.enrolment.rests import Blocker
from insurance.enrolment.roster_rests import rested_rules
from insurance.enrolment.temporary_accounts import open_temporary
from insurance.policy.regions import is_region

FORMAT = "yikatong-roster/1"
HEADER = ("change", "id_kind", "id_number", "name", "credit_code", "schemes", "month", "wage")
OPTIONAL = ("household",)
CHANGES = frozenset({"JOIN", "LEAVE"})
ID_KINDS = frozenset(kind.value for kind in IdKind)
SCHEMES = assess.SCHEMES_OF["EMPLOYED"]

TABLES = """
DROP TABLE IF EXISTS take_roster, roster_rows, roster_parts, roster_held, roster_done,
    roster_reach;
CREATE TEMP TABLE take_roster (
    line integer, change text, id_kind text COLLATE "C", id_number text COLLATE "C",
    search_name text, credit_code text COLLATE "C", schemes text[], month date, wage_fen bigint,
    household text
) ON COMMIT DROP;
"""

# Whom and what the rows name; a merged entry is its survivor.
RESOLVED = """
CREATE TEMP TABLE roster_rows ON COMMIT DROP AS
SELECT t.*, p.party_id AS person_id, date_trunc('month', p.birth_date)::date AS born,
    date_trunc('month', d.death_date)::date AS died, n.search_name = t.search_name AS same_name,
    y.id AS payer_id, left(o.district, 6) AS district, lower(g.valid) AS gone_from
FROM take_roster t
LEFT JOIN people_partyidentifier i ON i.number = t.id_number AND i.kind = t.id_kind
    AND i.superseded_at IS NULL
LEFT JOIN people_alias ia ON ia.party_id = i.party_id
LEFT JOIN people_person p ON p.party_id = coalesce(ia.survivor_id, i.party_id)
LEFT JOIN people_partyname n ON n.party_id = p.party_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid)
LEFT JOIN people_death d ON d.person_id = p.party_id AND d.superseded_at IS NULL
LEFT JOIN people_partyidentifier c ON c.number = t.credit_code AND c.kind = 'CREDIT_CODE'
    AND c.superseded_at IS NULL
LEFT JOIN people_alias ca ON ca.party_id = c.party_id
LEFT JOIN people_party y ON y.id = coalesce(ca.survivor_id, c.party_id)
    AND y.kind IN ('EMPLOYER', 'INSTITUTION')
LEFT JOIN people_organisation o ON o.party_id = y.id
LEFT JOIN enrolment_deregistration g ON g.payer_id = y.id AND g.superseded_at IS NULL;
CREATE TEMP TABLE roster_parts ON COMMIT DROP AS
SELECT line, change, person_id, payer_id, district, month, scheme,
    (month + interval '1 month')::date AS until
FROM roster_rows, unnest(schemes) AS scheme WHERE person_id IS NOT NULL AND payer_id IS NOT NULL;
ANALYZE roster_rows, roster_parts;
CREATE TEMP TABLE roster_held ON COMMIT DROP AS
WITH ids AS (
    SELECT DISTINCT person_id AS canonical_id, person_id FROM roster_parts
    UNION SELECT a.survivor_id, a.party_id FROM people_alias a
        WHERE a.survivor_id IN (SELECT person_id FROM roster_parts))
SELECT p.line, p.scheme, e.id, e.kind, e.valid,
    coalesce(y.survivor_id, e.payer_id) IS NOT DISTINCT FROM p.payer_id AS here
FROM roster_parts p JOIN ids ON ids.canonical_id = p.person_id
JOIN enrolment_enrolment e ON e.person_id = ids.person_id AND e.scheme = p.scheme
    AND e.superseded_at IS NULL
LEFT JOIN people_alias y ON y.party_id = e.payer_id;
CREATE TEMP TABLE roster_done ON COMMIT DROP AS
SELECT h.line, h.scheme FROM roster_held h JOIN roster_parts p USING (line, scheme)
WHERE h.here AND CASE p.change WHEN 'JOIN' THEN h.valid = daterange(p.month, NULL)
    ELSE upper(h.valid) = p.until AND NOT EXISTS (
        SELECT FROM roster_held o WHERE (o.line, o.scheme) = (h.line, h.scheme) AND o.here
            AND upper_inf(o.valid) AND lower(o.valid) <= p.month) END;
ANALYZE roster_held, roster_done;
"""

# Where months before this one are named, and from which month on a file may do so there.
PAST = """
SELECT DISTINCT district FROM roster_parts
WHERE CASE change WHEN 'JOIN' THEN month ELSE until END < %(now)s
"""
REACH = """
CREATE TEMP TABLE roster_reach ON COMMIT DROP AS
SELECT district, earliest FROM unnest(%(districts)s::text[], %(earliest)s::date[])
    AS reach (district, earliest)
"""

OPEN_PARTS = """
roster_parts p WHERE NOT EXISTS (
    SELECT FROM roster_done d WHERE (d.line, d.scheme) = (p.line, p.scheme))
"""

OVERLAPPING = f"""
SELECT p.line, p.scheme FROM {OPEN_PARTS} AND p.change = 'JOIN' AND EXISTS (
    SELECT FROM roster_held h WHERE (h.line, h.scheme) = (p.line, p.scheme)
        AND h.valid && daterange(p.month, NULL) AND %s)
"""

RUNNING = """
SELECT FROM roster_held h WHERE (h.line, h.scheme) = (p.line, p.scheme)
    AND h.here AND upper_inf(h.valid)
"""

TOO_FAR_BACK = f"""
SELECT p.line, p.month::text FROM {OPEN_PARTS} AND p.change = '%s' AND EXISTS (
    SELECT FROM roster_reach r WHERE r.district = p.district AND p.%s < r.earliest)
"""

JOINERS = f"""
SELECT p.person_id, p.scheme, 'EMPLOYED' AS kind, p.payer_id, p.district,
    daterange(p.month, NULL) AS valid, 'ROSTER' AS source, %(file)s::bigint AS source_id
FROM {OPEN_PARTS} AND p.change = 'JOIN' ORDER BY p.line, p.scheme
"""

LEAVERS = f"""
SELECT h.id AS enrolment_id, daterange(lower(h.valid), p.until) AS valid, 'ROSTER' AS source,
    %(file)s::bigint AS source_id, NULL::bigint AS case_id
FROM roster_held h JOIN (SELECT * FROM {OPEN_PARTS} AND p.change = 'LEAVE') p
    ON (h.line, h.scheme) = (p.line, p.scheme)
WHERE h.here AND upper_inf(h.valid)
"""

WAGES = f"""
SELECT r.person_id, r.payer_id, r.month AS from_month, r.wage_fen AS monthly_fen,
    false AS confirmed, 'NEW_HIRE' AS wage_source, 'ROSTER' AS source,
    %(file)s::bigint AS source_id, NULL::bigint AS case_id
FROM roster_rows r WHERE r.change = 'JOIN' AND r.line IN (SELECT p.line FROM {OPEN_PARTS})
"""

HOUSEHOLDS = """
SELECT DISTINCT ON (r.person_id) r.person_id, r.household AS region,
    left('增减员文件 ' || f.name, 120) AS evidence, r.month AS from_month, 'ROSTER' AS source,
    f.id AS source_id
FROM roster_rows r, enrolment_enrolmentfile f
WHERE f.id = %(file)s AND r.change = 'JOIN' AND r.household <> '' ORDER BY r.person_id, r.line
"""

# Who joins 110 for the first time, and of whom the file tells where the household is.
NEWCOMERS = f"""
SELECT DISTINCT ON (p.person_id) p.person_id, r.household, p.month, p.district
FROM (SELECT * FROM {OPEN_PARTS} AND p.change = 'JOIN' AND p.scheme = '110') p
JOIN roster_rows r ON r.line = p.line AND r.household <> ''
WHERE NOT EXISTS (
    SELECT FROM roster_held h WHERE (h.line, h.scheme) = (p.line, p.scheme))
ORDER BY p.person_id, p.line
"""

WHO_JOINS = f"SELECT DISTINCT p.person_id FROM {OPEN_PARTS} AND p.change = 'JOIN'"
PENSIONERS = f"""
SELECT p.line, p.scheme FROM {OPEN_PARTS} AND p.change = 'JOIN' AND EXISTS (
    SELECT FROM pensions_drawn d WHERE (d.person_id, d.scheme) = (p.person_id, p.scheme)
        AND d.months && daterange(p.month, NULL))
"""

# Joiners with less than the employer declared of them for the year.
LOWERED = f"""
WITH joiner AS MATERIALIZED (
    SELECT r.line, r.person_id, r.payer_id, r.wage_fen, date_trunc('year', r.month) AS year
    FROM roster_rows r WHERE r.change = 'JOIN' AND r.line IN (SELECT p.line FROM {OPEN_PARTS})),
ids AS (
    SELECT DISTINCT person_id AS canonical_id, person_id FROM joiner
    UNION SELECT a.survivor_id, a.party_id FROM people_alias a
        WHERE a.survivor_id IN (SELECT person_id FROM joiner))
SELECT DISTINCT j.line, round(j.wage_fen / 100.0, 2)::text
FROM joiner j JOIN ids ON ids.canonical_id = j.person_id
JOIN enrolment_wage w ON w.person_id = ids.person_id AND w.superseded_at IS NULL
    AND w.wage_source = 'DECLARED' AND date_trunc('year', lower(w.valid)) = j.year
    AND w.monthly_fen > j.wage_fen
JOIN people_canonical y ON y.party_id = w.payer_id AND y.canonical_id = j.payer_id
"""

# Rows of which a scheme is otherwise today, the household, or the wage that the file brought.
CHANGED = """
WITH ids AS (
    SELECT DISTINCT person_id AS canonical_id, person_id FROM roster_parts
    UNION SELECT a.survivor_id, a.party_id FROM people_alias a
        WHERE a.survivor_id IN (SELECT person_id FROM roster_parts)),
wage AS (
    SELECT r.line, bool_or(w.source = 'ROSTER' AND w.source_id = %(file)s) AS told,
        bool_or(w.superseded_at IS NULL AND w.valid @> r.month AND w.monthly_fen = r.wage_fen)
            AS holds
    FROM roster_rows r JOIN ids ON ids.canonical_id = r.person_id
    JOIN (SELECT * FROM enrolment_wage WHERE superseded_at IS NULL
        UNION ALL SELECT * FROM enrolment_wage WHERE superseded_at IS NOT NULL) w
        ON w.person_id = ids.person_id
    LEFT JOIN people_alias y ON y.party_id = w.payer_id
    WHERE r.change = 'JOIN' AND coalesce(y.survivor_id, w.payer_id) = r.payer_id
    GROUP BY r.line)
SELECT count(*) FROM roster_rows r LEFT JOIN wage w ON w.line = r.line
WHERE w.told AND NOT w.holds OR cardinality(r.schemes) <> (
    SELECT count(DISTINCT d.scheme) FROM roster_done d WHERE d.line = r.line)
    OR r.household <> '' AND NOT EXISTS (
        SELECT FROM ids JOIN enrolment_householdplace h ON h.person_id = ids.person_id
        WHERE ids.canonical_id = r.person_id AND h.superseded_at IS NULL
            AND h.region = r.household AND h.valid @> r.month)
"""


def take_roster(
    *,
    path: Path,
    today: date,
    refused: list[RefusedRow],
    blockers: Sequence[Blocker],
    pensions: Pensions,
    name: str = "",
    received_by: int | None = None,
    matter: str = "",
) -> EnrolmentFile:
    """Take in the roster that the JSON at ``path`` describes; see ``take_in``. ``blockers``
    say what rests on months that leavers take away, ``pensions`` which joiners draw one."""
    return take_in(
        shape=SHAPE,
        path=path,
        name=name or f"{path.stem}.csv",
        judge=partial(_judge, today, blockers, pensions),
        store=_store,
        refused=refused,
        received_by=received_by,
        matter=matter,
    )


def _row(row: list[str]) -> tuple[str, ...]:
    """One joiner or leaver, checked alone."""
    change, kind, number, name, code, schemes, month, wage, *more = row
    f.one_of(change, CHANGES, "change", "变动类别")
    f.one_of(kind, ID_KINDS, "id_kind", "证件种类")
    number = f.number_on_paper(kind=kind, number=number)
    found_by = f.escaped(search_form(f.name_of_person(name)))
    code = f.credit_code_of_payer(code)
    wanted = _schemes(schemes)
    if not wanted:
        raise RowRefused(
            "险种应为 110、210、310，用加号连接，不能重复。", column="schemes", value=schemes
        )
    first = f.month(month, "month")
    if change == "LEAVE" and wage:
        raise RowRefused("减员不填缴费工资。", column="wage", value=wage)
    fen = f.fen(wage, "wage") if change == "JOIN" else NULL
    household = _household(change, *more)
    return change, kind, number, found_by, code, wanted, first, fen, household


def _household(change: str, region: str = "") -> str:
    """Where a joiner's household is registered; empty: it is not told."""
    if not region:
        return ""
    if change == "LEAVE":
        raise RowRefused("减员不填户籍所在地。", column="household", value=region)
    if not is_region(text=region):
        raise RowRefused(
            "户籍所在地应为6位行政区划代码，前两位是省级代码。", column="household", value=region
        )
    return region


@lru_cache(maxsize=256)
def _schemes(text: str) -> str:
    """The schemes as an array for COPY; empty when they are none."""
    parts = text.split("+")
    right = SCHEMES.issuperset(parts) and len(set(parts)) == len(parts)
    return "{" + ",".join(sorted(parts)) + "}" if right else ""


def _judge(
    today: date, blockers: Sequence[Blocker], pensions: Pensions, cursor: Any
) -> Iterator[Rule]:
    cursor.execute(RESOLVED)
    _reach(today, cursor)
    stage_pensions(cursor=cursor, pensions=pensions, persons=WHO_JOINS)
    latest = latest_month(today=today).first_day
    joiner = "SELECT line, month::text FROM roster_rows WHERE change = 'JOIN' AND"
    yield from rules(
        pairs=(
            (
                "id_number",
                assess.PersonUnknown,
                "SELECT line, id_number FROM roster_rows WHERE person_id IS NULL",
            ),
            (
                "name",
                assess.NameDiffers,
                "SELECT line, search_name FROM roster_rows WHERE same_name IS NOT TRUE",
            ),
            (
                "credit_code",
                assess.PayerUnknown,
                "SELECT line, credit_code FROM roster_rows WHERE payer_id IS NULL",
            ),
            (
                "id_number",
                RowTwice,
                """SELECT r.line, r.id_number FROM roster_rows r JOIN (
                    SELECT person_id, payer_id FROM roster_rows GROUP BY 1, 2
                    HAVING count(*) > 1) d USING (person_id, payer_id)""",
            ),
            (
                "month",
                assess.TooFarAhead,
                f"SELECT line, month::text FROM roster_rows WHERE month > '{latest}'",
            ),
            ("month", assess.BeforeBirth, f"{joiner} month < born"),
            ("month", assess.Dead, f"{joiner} month > died"),
            ("month", assess.PayerDeregistered, f"{joiner} month >= gone_from"),
            ("schemes", assess.AlreadyEnrolled, OVERLAPPING % "h.here"),
            ("schemes", assess.OtherCapacity, OVERLAPPING % "h.kind <> 'EMPLOYED'"),
            (
                "schemes",
                assess.NotEnrolled,
                f"""SELECT p.line, p.scheme FROM {OPEN_PARTS} AND p.change = 'LEAVE'
                    AND NOT EXISTS ({RUNNING})""",
            ),
            (
                "month",
                assess.LeaveBeforeJoin,
                f"""SELECT p.line, p.month::text FROM {OPEN_PARTS} AND p.change = 'LEAVE'
                    AND EXISTS ({RUNNING} AND lower(h.valid) > p.month)""",
            ),
            ("month", assess.TooFarBack, TOO_FAR_BACK % ("JOIN", "month")),
            ("month", assess.LeftTooFarBack, TOO_FAR_BACK % ("LEAVE", "until")),
            ("wage", assess.LowerNeedsTwo, LOWERED),
            ("schemes", DrawsPension, PENSIONERS),
        )
    )
    yield from rested_rules(cursor=cursor, today=today, blockers=blockers)


def _reach(today: date, cursor: Any) -> None:
    """Look up how far back the file may speak, if it does at all."""
    now = Month.of(today)
    cursor.execute(PAST, {"now": now.first_day})
    districts = [district for (district,) in cursor.fetchall()]
    earliest = [
        earliest_for(kind=Kind.EMPLOYED, district=one, month=now.previous, today=today).first_day
        for one in districts
    ]
    cursor.execute(REACH, {"districts": districts, "earliest": earliest})


def _store(cursor: Any, file_id: int) -> int:
    values = {"file": file_id}
    cursor.execute(NEWCOMERS)
    newcomers = cursor.fetchall()
    rows = sum(store.rewrite(cursor=cursor, select=LEAVERS, parameters=values))
    rows += store.add(cursor=cursor, select=JOINERS, parameters=values)
    rows += store.set_households(cursor=cursor, select=HOUSEHOLDS, parameters=values)
    rows += sum(_open_temporary(file_id, *one) for one in newcomers)
    return rows + store.set_wages(cursor=cursor, select=WAGES, parameters=values)


def _open_temporary(file_id: int, person_id: int, region: str, month: date, district: str) -> int:
    """As the desk does, for a newcomer at home in another province and past the age."""
    return open_temporary(
        person=Person.objects.get(pk=person_id),
        household=Household(region, f"增减员文件 {file_id}"),
        month=Month.of(month),
        district=district,
        roster_file=file_id,
    )


class RowTwice(assess.RuleSaysNo):
    """Person and employer stand in two rows of one file (文件内重复)."""

    code = "enrolment_row_twice"
    words = "同一人同一单位在文件中只能有一行。"


SHAPE = Shape(
    kind=FileKind.ROSTER,
    format=FORMAT,
    header=HEADER,
    tables=TABLES,
    copied_to=(
        "take_roster (line, change, id_kind, id_number, search_name, credit_code, schemes,"
        " month, wage_fen, household)"
    ),
    check=_row,
    resolved=RESOLVED,
    changed=CHANGED,
    optional=OPTIONAL,
)
