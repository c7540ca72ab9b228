"""The statements of residents' yearly bills (居民年度核定的 SQL): twin of ``residents.py``.

Parameters as in ``bill_sql``; amounts by year and scheme, grades and support groups are read from
the run. Of several support groups the one that pays most counts, as of the first of January; one
without an amount stops the entry, and so does a grade that is none.
"""

from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_sql import changed, known, of_party, survivor
from insurance.collection.bills.deaths_sql import ENTRIES_OF_DEAD, outlives

GRADE_UNKNOWN = "collection_grade_unknown"
COLLECTIVE_TOO_HIGH = "collection_collective_too_high"
NO_SUPPORT = "collection_support_not_configured"
IN_RANGE = "BETWEEN %(first_id)s AND %(last_id)s"
NEW = "r.recorded_at > %(known_before)s AND r.recorded_at <= %(known_at)s"
JANUARY = "date_trunc('year', lower(r.valid))::date"

_FIGURES = """
term AS MATERIALIZED (
    SELECT t.* FROM collection_billrun r CROSS JOIN LATERAL jsonb_to_recordset(
        r.parameters -> 'years') AS t (month date, scheme text, amount_fen bigint,
            subsidy_fen bigint, collective_max_fen bigint, code text)
    WHERE r.id = %(run_id)s),
grade AS MATERIALIZED (
    SELECT g.* FROM collection_billrun r CROSS JOIN LATERAL jsonb_to_recordset(
        r.parameters -> 'grades') AS g (month date, chosen_fen bigint, subsidy_fen bigint)
    WHERE r.id = %(run_id)s),
support AS MATERIALIZED (
    SELECT s.* FROM collection_billrun r CROSS JOIN LATERAL jsonb_to_recordset(
        r.parameters -> 'support') AS s (month date, scheme text, code text, amount bigint)
    WHERE r.id = %(run_id)s)"""

_ENTRY = f"""
    r.id AS entry_id, coalesce(v.survivor_id, r.village_id) AS payer_id, r.scheme,
        {JANUARY} AS month, r.chosen_fen, r.collective_fen, r.subsidised"""

# Entries that came since the run before, of persons of whom nothing else was told for the year.
ENTRIES_NEW = f"""
    SELECT r.person_id, {_ENTRY}
    FROM enrolment_rollentry r {survivor("v", "r.village_id")}
    WHERE {known("r")} AND {NEW} AND r.person_id {IN_RANGE} AND NOT EXISTS (
        SELECT FROM collection_billchange c WHERE c.run_id = %(run_id)s
            AND c.person_id = r.person_id AND c.from_month <= {JANUARY}
            AND c.until_month > {JANUARY})
        AND NOT EXISTS (SELECT FROM people_alias a WHERE a.party_id = r.person_id
            AND a.recorded_at <= %(known_at)s)
        AND {outlives(person="r.person_id", month=JANUARY, known=known("d"))}"""

ENTRIES_AGAIN = f"""
    SELECT m.person_id, {_ENTRY}
    FROM member m CROSS JOIN LATERAL {of_party("enrolment_rollentry", "r", "m.party_id")}
    {survivor("v", "r.village_id")}
    WHERE {known("r")} AND {JANUARY} >= m.from_month AND {JANUARY} < m.until_month
        AND {outlives(person="m.person_id", month=JANUARY, known=known("d"))}"""


def _judged(*, entries: str, groups: str) -> str:
    """Entries with their figures, and the reason why one can not be assessed: the year's first.

    ``groups`` gives person_id and code of the support groups, with valid, to choose from.
    """
    return f"""
entry AS MATERIALIZED (
    SELECT DISTINCT ON (person_id, payer_id, scheme, month) n.* FROM ({entries}) n
    ORDER BY person_id, payer_id, scheme, month, entry_id),
chosen_group AS (
    SELECT DISTINCT ON (g.person_id, s.scheme, s.month) g.person_id, s.scheme, s.month, s.code,
        s.amount
    FROM ({groups}) g JOIN support s ON s.code = g.code AND g.valid @> s.month
    ORDER BY g.person_id, s.scheme, s.month, s.amount DESC NULLS FIRST, s.code),
judged AS MATERIALIZED (
    SELECT e.*, t.amount_fen, coalesce(d.subsidy_fen, t.subsidy_fen, 0) AS year_subsidy_fen,
        coalesce(g.amount, 0) AS support, CASE
            WHEN t.code IS NOT NULL THEN t.code
            WHEN e.scheme = '170' AND d.chosen_fen IS NULL THEN '{GRADE_UNKNOWN}'
            WHEN e.scheme = '170' AND e.collective_fen > t.collective_max_fen
                THEN '{COLLECTIVE_TOO_HIGH}'
            WHEN g.code IS NOT NULL AND g.amount IS NULL THEN '{NO_SUPPORT}' END AS code
    FROM entry e JOIN term t ON t.scheme = e.scheme AND t.month = e.month
    LEFT JOIN grade d ON e.scheme = '170' AND d.month = e.month AND d.chosen_fen = e.chosen_fen
    LEFT JOIN chosen_group g ON g.person_id = e.person_id AND g.scheme = e.scheme
        AND g.month = e.month)"""


# 170: the group pays up to the grade chosen; 390: a share of the amount, in thousandths.
_ASSESSED = """
assessed AS (
    SELECT j.payer_id, j.person_id, j.scheme, j.month, v.part, v.fen,
        CASE j.scheme WHEN '170' THEN v.fen ELSE 0 END AS account_fen
    FROM (SELECT j.*, coalesce(amount_fen, chosen_fen) AS asked_fen, CASE scheme
            WHEN '170' THEN least(support, chosen_fen)
            ELSE (amount_fen * support + 500) / 1000 END AS behalf_fen
          FROM judged j WHERE code IS NULL) j
    CROSS JOIN LATERAL (VALUES
        (1::smallint, asked_fen - behalf_fen), (5::smallint, behalf_fen),
        (6::smallint, CASE scheme WHEN '170' THEN collective_fen ELSE 0 END),
        (7::smallint, CASE WHEN subsidised THEN year_subsidy_fen ELSE 0 END)) v (part, fen)
    WHERE v.fen > 0)"""

_REFUSED = """
refused AS (
    INSERT INTO collection_notbilled (run_id, payer_id, person_id, scheme, month, code)
    SELECT %(run_id)s, payer_id, person_id, scheme, month, code FROM judged
    WHERE code IS NOT NULL)"""

_GROUPS_IN_RANGE = f"""
    SELECT s.person_id, s."group" AS code, s.valid FROM enrolment_supportgroup s
    WHERE {known("s")} AND s.person_id {IN_RANGE}"""
_GROUPS_OF_MEMBERS = f"""
    SELECT m.person_id, s."group" AS code, s.valid
    FROM (SELECT DISTINCT person_id, party_id FROM member) m
    CROSS JOIN LATERAL {of_party("enrolment_supportgroup", "s", "m.party_id")}
    WHERE {known("s")}"""

ASSESSED_NEW = (
    f"""{_FIGURES}, {_judged(entries=ENTRIES_NEW, groups=_GROUPS_IN_RANGE)},{_ASSESSED}"""
)

# Of a line l: who is on the list of recalculation is not among the new entries.
OF_NOBODY_LISTED = """
    NOT EXISTS (SELECT FROM collection_billchange c WHERE c.run_id = l.run_id
        AND c.person_id = l.person_id AND c.from_month <= l.month AND c.until_month > l.month)"""

BILL = f"""
WITH {ASSESSED_NEW}, {_REFUSED},
owed AS (
    SELECT NULL::bigint AS key_id, a.* FROM assessed a
    ORDER BY payer_id, scheme, month, person_id, part),
{sql.WRITE}
"""

# By which villages lines may have been written, from all entries there ever were. What can not be
# assessed any more stays as it was billed.
_PLACES = f"""
place AS (
    SELECT DISTINCT m.person_id, coalesce(v.survivor_id, r.village_id) AS payer_id, x.key_person,
        y.key_payer, r.scheme, m.from_month, m.until_month
    FROM member m CROSS JOIN LATERAL {of_party("enrolment_rollentry", "r", "m.party_id")}
    {survivor("v", "r.village_id")}
    CROSS JOIN LATERAL (VALUES (m.party_id), (m.person_id)) x (key_person)
    CROSS JOIN LATERAL (VALUES (r.village_id), (v.survivor_id)) y (key_payer)
    WHERE r.recorded_at <= %(known_at)s AND y.key_payer IS NOT NULL AND NOT EXISTS (
        SELECT FROM judged j WHERE j.code IS NOT NULL AND j.person_id = m.person_id
            AND j.payer_id = coalesce(v.survivor_id, r.village_id) AND j.scheme = r.scheme
            AND j.month >= m.from_month AND j.month < m.until_month))"""

BILL_AGAIN = f"""
WITH {sql.MEMBER}, {_FIGURES},
{_judged(entries=ENTRIES_AGAIN, groups=_GROUPS_OF_MEMBERS)},{_ASSESSED}, {_REFUSED},
{_PLACES}, {sql.BILLED}, {sql.DIFFERENCES},
{sql.WRITE}
"""

# Of whom more than one thing was told for a year, whose group changed, whose death before the year
# was confirmed or withdrawn, who was left out before.
LIST_CHANGES = f"""
WITH found AS (
    SELECT r.person_id, {JANUARY} AS month FROM enrolment_rollentry r
    WHERE {changed("r")} AND (r.superseded_at <= %(known_at)s OR EXISTS (
            SELECT FROM enrolment_rollentry o WHERE o.person_id = r.person_id
                AND o.scheme = r.scheme AND o.id <> r.id AND o.valid && r.valid
                AND o.recorded_at <= %(known_at)s)
        OR EXISTS (SELECT FROM people_alias a WHERE r.person_id IN (a.party_id, a.survivor_id)
            AND a.recorded_at <= %(known_at)s))
  UNION
    SELECT r.person_id, {JANUARY} FROM enrolment_supportgroup g
    JOIN enrolment_rollentry r ON r.person_id = g.person_id AND g.valid @> {JANUARY}
    WHERE NOT %(is_first)s AND {changed("g")} AND r.recorded_at <= %(known_at)s
  UNION
    SELECT r.person_id, {JANUARY} FROM people_alias a
    JOIN enrolment_rollentry r ON r.person_id IN (a.party_id, a.survivor_id)
        OR r.village_id = a.party_id
    WHERE NOT %(is_first)s AND a.recorded_at > %(known_before)s AND a.recorded_at <= %(known_at)s
        AND r.recorded_at <= %(known_at)s
  UNION
    SELECT r.person_id, {JANUARY} FROM people_death d {ENTRIES_OF_DEAD}
    JOIN enrolment_rollentry r ON r.person_id = f.party_id AND d.death_date < {JANUARY}
    WHERE NOT %(is_first)s AND d.confirmed AND {changed("d")} AND r.recorded_at <= %(known_at)s
  UNION
    SELECT n.person_id, n.month FROM collection_notbilled n WHERE n.run_id = %(previous)s)
INSERT INTO bill_changes
SELECT DISTINCT coalesce(a.survivor_id, f.person_id),
    datemultirange(daterange(month, (month + interval '1 month')::date))
FROM found f {survivor("a", "f.person_id")}
"""

# Who ever stood on a roll of these years.
LIST_EVERYBODY = f"""
INSERT INTO bill_changes
SELECT DISTINCT coalesce(a.survivor_id, r.person_id),
    datemultirange(daterange({JANUARY}, ({JANUARY} + interval '1 month')::date))
FROM enrolment_rollentry r {survivor("a", "r.person_id")}
WHERE r.recorded_at <= %(known_at)s
    AND {JANUARY} >= %(first_month)s AND {JANUARY} < %(until_month)s
"""

PERSONS = f"""
SELECT r.person_id FROM enrolment_rollentry r WHERE {known("r")} AND {NEW}
UNION SELECT person_id FROM bill_changes
"""

YEARS = f"""
SELECT DISTINCT extract(year FROM lower(r.valid))::int FROM enrolment_rollentry r
WHERE {known("r")} AND {NEW}
UNION SELECT extract(year FROM lower(months))::int FROM bill_changes
ORDER BY 1
"""
