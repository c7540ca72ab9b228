"""Residents of a year by village (居民缴费名册): who is insured, at which level, paid by whom."""

import re
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
from insurance.enrolment import assess
from insurance.enrolment.groups import groups
from insurance.enrolment.intake import Shape, rules, take_in
from insurance.enrolment.models import EnrolmentFile, FileKind, Kind
from insurance.enrolment.pensioners import DrawsPension, Pensions, stage_pensions
from insurance.enrolment.reach import earliest_for

FORMAT = "yikatong-resident-roll/1"
HEADER = (
    *("id_kind", "id_number", "name", "village", "scheme", "year"),
    *("level", "group", "collective", "subsidised"),
)
ID_KINDS = frozenset(kind.value for kind in IdKind)
SCHEMES = assess.SCHEMES_OF["RESIDENT"]
YES_OR_NO = frozenset({"0", "1"})

_division = re.compile("[1-9][0-9]{11}", re.ASCII).fullmatch
_year = re.compile("20[0-9]{2}", re.ASCII).fullmatch

TABLES = """
DROP TABLE IF EXISTS take_roll, roll_rows, roll_done, roll_reach;
CREATE TEMP TABLE take_roll (
    line integer, id_kind text COLLATE "C", id_number text COLLATE "C", search_name text,
    village text COLLATE "C", scheme text, months daterange, chosen_fen bigint,
    support_group text, collective_fen bigint, subsidised boolean
) ON COMMIT DROP;
"""

RESOLVED = """
CREATE TEMP TABLE roll_rows ON COMMIT DROP AS
SELECT t.*, p.party_id AS person_id, p.birth_date,
    date_trunc('month', d.death_date)::date AS died, n.search_name = t.search_name AS same_name,
    y.id AS village_id, left(o.district, 6) AS district
FROM take_roll t
LEFT JOIN people_partyidentifier i ON i.number = t.id_number AND i.kind = t.id_kind
    AND i.superseded_at IS NULL
LEFT JOIN people_alias a ON a.party_id = i.party_id
LEFT JOIN people_person p ON p.party_id = coalesce(a.survivor_id, i.party_id)
LEFT JOIN people_partyname n ON n.party_id = p.party_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid)
LEFT JOIN people_death d ON d.person_id = p.party_id AND d.superseded_at IS NULL
LEFT JOIN (people_organisation o JOIN people_party y ON y.id = o.party_id AND y.kind = 'VILLAGE')
    ON o.district = t.village;
ANALYZE roll_rows;
CREATE TEMP TABLE roll_done ON COMMIT DROP AS
WITH ids AS (
    SELECT DISTINCT person_id AS canonical_id, person_id FROM roll_rows
    UNION SELECT a.survivor_id, a.party_id FROM people_alias a
        WHERE a.survivor_id IN (SELECT person_id FROM roll_rows)),
grouped AS (
    SELECT r.line, bool_or(g."group" = r.support_group) AS so FROM roll_rows r
    JOIN ids ON ids.canonical_id = r.person_id
    JOIN enrolment_supportgroup g ON g.person_id = ids.person_id AND g.superseded_at IS NULL
        AND g.valid && r.months
    GROUP BY r.line)
SELECT r.line, e.chosen_fen IS NOT DISTINCT FROM r.chosen_fen
    AND (e.collective_fen, e.subsidised) = (r.collective_fen, r.subsidised) AS same,
    r.support_group IS NULL OR coalesce(g.so, false) AS same_group
FROM roll_rows r JOIN ids ON ids.canonical_id = r.person_id
JOIN enrolment_rollentry e ON e.person_id = ids.person_id AND e.scheme = r.scheme
    AND e.superseded_at IS NULL AND e.valid && r.months
LEFT JOIN people_alias v ON v.party_id = e.village_id
LEFT JOIN grouped g ON g.line = r.line
WHERE coalesce(v.survivor_id, e.village_id) = r.village_id;
ANALYZE roll_done;
"""

# Which years are over where: their rolls are closed, for desk and file.
PAST = """
SELECT DISTINCT district FROM roll_rows WHERE lower(months) < %(now)s AND district IS NOT NULL
"""
REACH = """
CREATE TEMP TABLE roll_reach ON COMMIT DROP AS
SELECT district, earliest FROM unnest(%(districts)s::text[], %(earliest)s::date[])
    AS reach (district, earliest)
"""
IS_OVER = """
EXISTS (SELECT FROM roll_reach c WHERE c.district = r.district AND upper(r.months) <= c.earliest)
"""

CHANGED = """
SELECT count(*) FROM roll_rows r WHERE NOT EXISTS (
    SELECT FROM roll_done d WHERE d.line = r.line AND d.same AND d.same_group)
"""

NEW = "roll_rows r WHERE NOT EXISTS (SELECT FROM roll_done d WHERE d.line = r.line)"

NEW_PERSONS = f"SELECT DISTINCT r.person_id FROM {NEW} AND r.person_id IS NOT NULL"
PENSIONERS = f"""
SELECT r.line, r.id_number FROM {NEW} AND EXISTS (
    SELECT FROM pensions_drawn d WHERE (d.person_id, d.scheme) = (r.person_id, r.scheme)
        AND d.months && r.months)
"""

ENTRIES = f"""
INSERT INTO enrolment_rollentry (person_id, scheme, village_id, chosen_fen, collective_fen,
    subsidised, valid, source, source_id)
SELECT person_id, scheme, village_id, chosen_fen, collective_fen, subsidised, months, 'ROLL',
    %(file)s::bigint
FROM {NEW} ORDER BY line
"""

# Who joined at the desk during the year is enrolled already; the roll says what is to be paid.
ENROLMENTS = f"""
INSERT INTO enrolment_enrolment
    (person_id, scheme, kind, payer_id, district, valid, source, source_id)
SELECT person_id, scheme, 'RESIDENT', village_id, district, months, 'ROLL', %(file)s::bigint
FROM {NEW} AND NOT EXISTS (
    SELECT FROM enrolment_enrolment e WHERE e.person_id = r.person_id AND e.scheme = r.scheme
        AND e.payer_id = r.village_id AND e.superseded_at IS NULL AND e.valid && r.months)
ORDER BY line
"""

# The rolls of two schemes tell the same group of one person: it is kept once. A supplement may tell
# the group of somebody who is on the roll without it; an empty group says nothing.
GROUPS = """
INSERT INTO enrolment_supportgroup (person_id, "group", valid, source, source_id)
SELECT DISTINCT person_id, support_group, months, 'ROLL', %(file)s::bigint
FROM roll_rows r WHERE support_group IS NOT NULL AND NOT EXISTS (
    SELECT FROM roll_done d WHERE d.line = r.line AND d.same_group) AND NOT EXISTS (
    SELECT FROM enrolment_supportgroup g WHERE g.person_id = r.person_id
        AND g."group" = r.support_group AND g.superseded_at IS NULL AND g.valid && r.months)
"""


class RowTwice(assess.RuleSaysNo):
    """A person stands twice in one scheme and year (文件内重复)."""

    code = "roll_row_twice"
    words = "同一人同一险种同一年度在文件中只能有一行。"


class OnRollOtherwise(assess.RuleSaysNo):
    """The year's roll has the person with other facts (名册内容不同)."""

    code = "roll_differs"
    words = (
        "此人已在本村该年度名册中，档次、补助或困难群体不同；错误的须以“居民名册更正”业务件"
        "（ENROLMENT_ROLL）由两人办理。"
    )


class YearCleared(assess.RuleSaysNo):
    """The person's months of the year were closed as doubled (已按重复参保清退)."""

    code = "roll_cleared"
    words = "此人该年度在本村的参保已按重复参保清退，名册中不应再列。"


class YearTooFar(assess.RuleSaysNo):
    """Rolls are made for the next year at the latest (年度过晚)."""

    code = "roll_year_too_far"
    words = "名册年度最晚为明年。"


class YearOver(assess.RuleSaysNo):
    """The roll of a year is closed when the year is over (年度已过)."""

    code = "roll_year_over"
    words = "名册年度已过，不能再登记。"


def take_roll(
    *,
    path: Path,
    today: date,
    refused: list[RefusedRow],
    pensions: Pensions,
    name: str = "",
    received_by: int | None = None,
) -> EnrolmentFile:
    """Take in the roll that the JSON at ``path`` describes; see ``take_in``. ``pensions`` say
    who draws one."""
    return take_in(
        shape=SHAPE,
        path=path,
        name=name or f"{path.stem}.csv",
        judge=partial(_judge, today, pensions),
        store=_store,
        refused=refused,
        received_by=received_by,
    )


def _row(row: list[str]) -> tuple[str, ...]:
    """One resident's year, checked alone."""
    kind, number, name, village, scheme, year, level, group, collective, subsidised = row
    f.one_of(kind, ID_KINDS, "id_kind", "证件种类")
    number = f.number_on_paper(kind=kind, number=number)
    found_by = f.escaped(search_form(f.name_of_person(name)))
    if _division(village) is None:
        raise RowRefused("村(社区)应有12位区划代码。", column="village", value=village)
    f.one_of(scheme, SCHEMES, "scheme", "居民险种")
    if _year(year) is None:
        raise RowRefused("年度应为四位数字。", column="year", value=year)
    if scheme == "390" and level:
        raise RowRefused("居民医疗保险不分档次，不填档次。", column="level", value=level)
    chosen = NULL if scheme == "390" else f.fen(level, "level")
    if group and group not in _groups_of(scheme, int(year)):
        raise RowRefused("该年度该险种没有这种困难群体。", column="group", value=group)
    f.one_of(subsidised, YES_OR_NO, "subsidised", "政府补贴标志")
    months = f"[{year}-01-01,{int(year) + 1}-01-01)"
    aid = f.fen_or_zero(collective, "collective")
    return (
        *(kind, number, found_by, village, scheme, months, chosen),
        *(group or NULL, aid, subsidised),
    )


@lru_cache(maxsize=256)
def _groups_of(scheme: str, year: int) -> frozenset[str]:
    known = groups(on=date(year, 1, 1))
    return frozenset(code for code, group in known.items() if scheme in group.schemes)


def _judge(today: date, pensions: Pensions, cursor: Any) -> list[Rule]:
    cursor.execute(RESOLVED)
    _reach(today, cursor)
    stage_pensions(cursor=cursor, pensions=pensions, persons=NEW_PERSONS)
    year = "SELECT line, lower(months)::text FROM roll_rows WHERE"
    sixteen = f"birth_date + interval '{assess.RESIDENT_PENSION_AGE} years'"
    return rules(
        pairs=(
            (
                "id_number",
                assess.PersonUnknown,
                "SELECT line, id_number FROM roll_rows WHERE person_id IS NULL",
            ),
            (
                "name",
                assess.NameDiffers,
                "SELECT line, search_name FROM roll_rows WHERE same_name IS NOT TRUE",
            ),
            (
                "village",
                assess.PayerUnknown,
                "SELECT line, village FROM roll_rows WHERE village_id IS NULL",
            ),
            (
                "id_number",
                RowTwice,
                """SELECT r.line, r.id_number FROM roll_rows r JOIN (
                    SELECT person_id, scheme, months FROM roll_rows GROUP BY 1, 2, 3
                    HAVING count(*) > 1) d USING (person_id, scheme, months)""",
            ),
            ("year", YearTooFar, f"{year} lower(months) > '{today.year + 1}-01-01'"),
            ("year", YearOver, f"{year} line IN (SELECT r.line FROM {NEW} AND {IS_OVER})"),
            ("year", assess.BeforeBirth, f"{year} upper(months) <= birth_date"),
            (
                "year",
                assess.TooYoung,
                f"{year} scheme = '170' AND {sixteen} >= upper(months)",
            ),
            ("year", assess.Dead, f"{year} lower(months) > died"),
            (
                "id_number",
                YearCleared,
                f"""SELECT r.line, r.id_number FROM {NEW} AND EXISTS (
                    SELECT FROM enrolment_cleared c
                    JOIN enrolment_enrolment e ON e.id = c.enrolment_id
                    LEFT JOIN people_alias p ON p.party_id = c.person_id
                    WHERE coalesce(p.survivor_id, c.person_id) = r.person_id
                        AND c.scheme = r.scheme AND e.payer_id = r.village_id
                        AND r.months && daterange(c.from_month, c.until_month))""",
            ),
            ("id_number", DrawsPension, PENSIONERS),
            (
                "level",
                OnRollOtherwise,
                f"""SELECT r.line, r.chosen_fen::text FROM roll_rows r JOIN roll_done d USING (line)
                    WHERE NOT d.same OR NOT d.same_group AND {IS_OVER}""",
            ),
        )
    )


def _reach(today: date, cursor: Any) -> None:
    """Look up where rolls of years before may still come, if there are any."""
    now = Month(today.year, 1)
    cursor.execute(PAST, {"now": now.first_day})
    districts = [district for (district,) in cursor.fetchall()]
    earliest = [
        earliest_for(kind=Kind.RESIDENT, district=one, month=now.previous, today=today).first_day
        for one in districts
    ]
    cursor.execute(REACH, {"districts": districts, "earliest": earliest})


def _store(cursor: Any, file_id: int) -> int:
    rows = 0
    for statement in (ENTRIES, ENROLMENTS, GROUPS):
        cursor.execute(statement, {"file": file_id})
        rows += cursor.rowcount
    return rows


SHAPE = Shape(
    kind=FileKind.ROLL,
    format=FORMAT,
    header=HEADER,
    tables=TABLES,
    copied_to=(
        "take_roll (line, id_kind, id_number, search_name, village, scheme, months, chosen_fen,"
        " support_group, collective_fen, subsidised)"
    ),
    check=_row,
    resolved=RESOLVED,
    changed=CHANGED,
)
