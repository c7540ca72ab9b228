"""The statements of monthly bills (按月核定的 SQL): twins of ``assess.py`` and ``difference.py``.

Parameters: ``run_id``, ``period`` (first day), ``known_at``, ``known_before``, ``first_month`` (of
the first run of all), ``first_id`` and ``last_id`` of a chunk's persons, ``kinds`` of insured. What
is asked (``term``) is read from the run itself; who is insured, for many months at once.
"""

from insurance.collection.bills.deaths_sql import MONTHS_AFTER, deaths_told, outlives
from insurance.collection.rules.terms import MILLION


def known(alias: str) -> str:
    """The row was on the books at ``known_at``."""
    return (
        f"{alias}.recorded_at <= %(known_at)s AND "
        f"({alias}.superseded_at IS NULL OR {alias}.superseded_at > %(known_at)s)"
    )


def known_before(alias: str) -> str:
    """The row was on the books at the run before."""
    return (
        f"{alias}.recorded_at <= %(known_before)s AND "
        f"({alias}.superseded_at IS NULL OR {alias}.superseded_at > %(known_before)s)"
    )


def changed(alias: str) -> str:
    """The row was written or superseded since the run before."""
    return (
        f"({alias}.recorded_at > %(known_before)s AND {alias}.recorded_at <= %(known_at)s OR "
        f"{alias}.superseded_at > %(known_before)s AND {alias}.superseded_at <= %(known_at)s)"
    )


def survivor(alias: str, of: str) -> str:
    """Join the party as whom ``of`` lives on."""
    return (
        f"LEFT JOIN people_alias {alias} ON {alias}.party_id = {of} "
        f"AND {alias}.recorded_at <= %(known_at)s::timestamptz"
    )


EVERY_MONTH = "datemultirange(daterange(%(first_month)s::date, %(period)s::date))"

TERM = """
term AS MATERIALIZED (
    SELECT t.* FROM collection_billrun r CROSS JOIN LATERAL jsonb_to_recordset(
        r.parameters -> 'terms') AS t (month date, scheme text, kind text, floor_fen bigint,
            ceiling_fen bigint, own_ppm bigint, employer_ppm bigint, account_ppm bigint,
            addend bigint, unit_fen bigint, rounds_once boolean, sums_to_ceiling boolean)
    WHERE r.id = %(run_id)s)"""

# Employers for whom nobody is assessed: they have not declared, or are deregistered.
SILENT_ROWS = """
    SELECT payer_id, valid, recorded_at, superseded_at FROM collection_undeclared
    UNION ALL
    SELECT payer_id, valid, recorded_at, superseded_at FROM enrolment_deregistration"""
SILENT = f"""
silent AS MATERIALIZED (
    SELECT coalesce(a.survivor_id, s.payer_id) AS payer_id, t.month
    FROM ({SILENT_ROWS}) s {survivor("a", "s.payer_id")}
    JOIN (SELECT DISTINCT month FROM term) t ON s.valid @> t.month WHERE {known("s")})"""


def _wage(*, of: str, month: str) -> str:
    """Join the wage of an enrolment, from among ``of``."""
    return f"""LEFT JOIN {of} ON w.person_id = e.person_id
        AND coalesce(w.payer_id, 0) = coalesce(e.payer_id, 0) AND w.valid @> {month}
        AND {known("w")}"""


def _enrolled(*, person: str, among: str, where: str, wage: str = "") -> str:
    """Who is insured, by month: persons and payers are survivors; who pays alone is the payer.

    ``wage`` joins the wage, if it is not yet in ``among``.
    """
    return f"""
    SELECT {person} AS person_id, coalesce(p.survivor_id, e.payer_id, {person}) AS payer_id,
        t.scheme, t.kind, t.month, lower(e.valid) AS since, e.id AS enrolment_id,
        least(t.ceiling_fen, greatest(t.floor_fen, coalesce(monthly_fen, 0))) AS bounded_fen,
        {person} <> e.person_id OR p.party_id IS NOT NULL AS merged
    FROM {among} JOIN term t ON t.scheme = e.scheme AND t.kind = e.kind AND e.valid @> t.month
    {survivor("p", "e.payer_id")}
    {wage}
    WHERE {known("e")} AND {where}
        AND {outlives(person=person, month="t.month", known=known("d"))}"""


def of_party(table: str, alias: str, party: str) -> str:
    """All rows of a person, looked up in the indexes of current and of past rows.

    OFFSET 0 keeps the planner from reading the whole table instead.
    """
    return f"""(
        SELECT * FROM {table} n WHERE n.person_id = {party}
            AND (n.superseded_at IS NULL OR n.superseded_at IS NOT NULL) OFFSET 0) {alias}"""


# All of a chunk's persons, for the month itself; those merged into them stand elsewhere by id.
# Enrolments meet wages before terms and behind OFFSET 0: the planner takes terms to leave next to
# no enrolments, and would go through all wages of the chunk for each.
_IN_RANGE = "BETWEEN %(first_id)s AND %(last_id)s"
_WAGES_IN_RANGE = f"(SELECT * FROM enrolment_wage n WHERE n.person_id {_IN_RANGE}) w"
_INSURED_NOW = f"""(
        SELECT e.*, monthly_fen FROM enrolment_enrolment e
        {_wage(of=_WAGES_IN_RANGE, month="%(period)s::date")}
        WHERE e.person_id {_IN_RANGE} AND e.valid @> %(period)s::date AND {known("e")}
        OFFSET 0) e"""
ENROLLED_NOW = (
    _enrolled(
        person="e.person_id",
        among=f"{_INSURED_NOW} {survivor('a', 'e.person_id')}",
        where="t.month = %(period)s AND a.party_id IS NULL",
    )
    + "\n    UNION ALL"
    + _enrolled(
        person="a.survivor_id",
        among="people_alias a CROSS JOIN LATERAL "
        + of_party("enrolment_enrolment", "e", "a.party_id"),
        where=f"t.month = %(period)s AND a.survivor_id {_IN_RANGE}"
        " AND a.recorded_at <= %(known_at)s",
        wage=_wage(of="LATERAL " + of_party("enrolment_wage", "w", "a.party_id"), month="t.month"),
    )
)

# Persons and months to be assessed again, with all entries that live on as one person.
MEMBER = f"""
member AS MATERIALIZED (
    SELECT c.person_id, y.party_id, c.from_month, c.until_month
    FROM collection_billchange c CROSS JOIN LATERAL (
        SELECT c.person_id AS party_id UNION ALL
        SELECT a.party_id FROM people_alias a WHERE a.survivor_id = c.person_id
            AND a.recorded_at <= %(known_at)s) y
    WHERE c.run_id = %(run_id)s AND c.person_id {_IN_RANGE})"""
ENROLLED_AGAIN = _enrolled(
    person="m.person_id",
    among="member m CROSS JOIN LATERAL " + of_party("enrolment_enrolment", "e", "m.party_id"),
    where="t.month >= m.from_month AND t.month < m.until_month",
    wage=_wage(of="LATERAL " + of_party("enrolment_wage", "w", "e.person_id"), month="t.month"),
)

# One enrolment counts at a payer, the first: several are entries of one person, or of one payer,
# found to be one. Where the ceiling bounds the sum over employers, those joined before come first.
# IS (NOT) TRUE keeps the lists of such persons, and of silent employers, hash tables: joins might
# be planned as loops in loops.
_OF_MERGED = "(person_id IN (SELECT person_id FROM enrolled WHERE merged)) IS TRUE"
_SHARES = f"""
counted AS (
    SELECT * FROM enrolled WHERE NOT {_OF_MERGED}
  UNION ALL (
    SELECT DISTINCT ON (person_id, scheme, month, payer_id) * FROM enrolled WHERE {_OF_MERGED}
    ORDER BY person_id, scheme, month, payer_id, since, enrolment_id)),
placed AS (
    SELECT * FROM counted
    WHERE ((payer_id, month) IN (SELECT payer_id, month FROM silent)) IS NOT TRUE),
based AS ({{based}}),"""
SHARED = f"""
shared AS (
    SELECT b.payer_id, b.person_id, b.scheme, b.kind, b.month, b.base_fen,
        (base_fen * own_ppm + addend) / ({MILLION} * unit_fen) * unit_fen AS own_fen,
        coalesce((base_fen * employer_ppm + addend) / ({MILLION} * unit_fen) * unit_fen, 0)
            AS employer_fen,
        coalesce((base_fen * account_ppm + addend) / ({MILLION} * unit_fen) * unit_fen, 0)
            AS to_account_fen
    FROM based b JOIN term t USING (scheme, kind, month))"""
_EACH = "SELECT p.*, bounded_fen AS base_fen FROM placed p"
_SUMMED = """
    SELECT p.*, CASE WHEN sums_to_ceiling THEN greatest(0, least(bounded_fen, ceiling_fen
            - coalesce(sum(bounded_fen) OVER (PARTITION BY person_id, scheme, kind, month
                ORDER BY since, payer_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))
        ELSE bounded_fen END::bigint AS base_fen
    FROM placed p JOIN term t USING (scheme, kind, month) OFFSET 0"""

# The account part comes from the own share first, the rest of it from the employer's.
ASSESSED = """
assessed AS (
    SELECT payer_id, person_id, scheme, month, 1::smallint AS part, own_fen AS fen,
        least(own_fen, to_account_fen) AS account_fen
    FROM shared WHERE own_fen > 0
  UNION ALL
    SELECT payer_id, person_id, scheme, month, 2::smallint, employer_fen,
        least(employer_fen, to_account_fen - least(own_fen, to_account_fen))
    FROM shared WHERE employer_fen > 0)"""


def bases(*, enrolled: str, each: bool = False) -> str:
    """Everybody's base and shares by payer (``shared``), of whom ``enrolled`` gives.

    ``each``: in no month does the ceiling bound a sum, so none is reckoned.
    """
    shares = _SHARES.format(based=_EACH if each else _SUMMED)
    return f"{SILENT},\nenrolled AS ({enrolled}),{shares}{SHARED}"


def assessed(*, enrolled: str, each: bool = False) -> str:
    """What is owed for each person (``assessed``), of whom ``enrolled`` gives."""
    return f"{bases(enrolled=enrolled, each=each)},{ASSESSED}"


WRITE = """
line AS (
    INSERT INTO collection_billline
        (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen, account_fen)
    SELECT id, coalesce(key_id, id), %(run_id)s, payer_id, person_id, scheme, month, part, fen,
        account_fen
    FROM (SELECT nextval('collection_billline_id_seq') AS id, o.* FROM owed o) numbered
    RETURNING fen)
SELECT count(*), coalesce(sum(fen), 0)::bigint FROM line"""


# Whose month a case billed (补缴) before it was billed at all: the first month of a database may be
# so, no other one can; and in whose month a one-off payment stands.
_DECIDED_NOW = f"""
decided AS MATERIALIZED (
    SELECT coalesce(p.survivor_id, l.payer_id) AS payer_id,
        coalesce(a.survivor_id, l.person_id) AS person_id, l.scheme
    FROM collection_billrun r
    JOIN collection_billline l ON l.run_id = r.id AND l.month = %(period)s
    {survivor("p", "l.payer_id")} {survivor("a", "l.person_id")}
    WHERE r.id < %(run_id)s AND (r.kind = 'ONE_OFF' OR r.kind = 'BACK_PAYMENT'
        AND r.parameters -> 'decided' ->> 'until' > %(period)s::text))"""


def assessed_now(*, each: bool) -> str:
    """What is owed for the month itself (``owing``), and is not billed by a decided case."""
    return f"""{_DECIDED_NOW}, {assessed(enrolled=ENROLLED_NOW, each=each)},
owing AS (
    SELECT * FROM assessed WHERE ((payer_id, person_id, scheme) IN (
        SELECT payer_id, person_id, scheme FROM decided)) IS NOT TRUE)"""


def bill(*, each: bool) -> str:
    """The month itself: every line is the first of its key."""
    return f"""
WITH {TERM}, {assessed_now(each=each)},
owed AS (
    SELECT NULL::bigint AS key_id, o.* FROM owing o
    ORDER BY payer_id, scheme, person_id, part),
{WRITE}
"""


# By which payers and persons lines may have been written, from all enrolments there ever were.
_PLACES = f"""
place AS (
    SELECT DISTINCT m.person_id, coalesce(p.survivor_id, e.payer_id, m.person_id) AS payer_id,
        x.key_person, coalesce(y.key_payer, x.key_person) AS key_payer, e.scheme,
        m.from_month, m.until_month
    FROM member m CROSS JOIN LATERAL {of_party("enrolment_enrolment", "e", "m.party_id")}
    {survivor("p", "e.payer_id")}
    CROSS JOIN LATERAL (VALUES (m.party_id), (m.person_id)) x (key_person)
    CROSS JOIN LATERAL (VALUES (e.payer_id), (p.survivor_id)) y (key_payer)
    WHERE e.kind = ANY (%(kinds)s) AND e.recorded_at <= %(known_at)s
        AND (e.payer_id IS NULL OR y.key_payer IS NOT NULL))"""

# What was billed so far, key by key; LIMIT (a key has so many parts) has each looked up by index.
# What a case decided of past months (补缴) stays as decided, until a monthly run has written of it:
# it took it back, and whoever is enrolled there now is billed like anybody else.
DECIDING = "('BACK_PAYMENT', 'ONE_OFF')"
MONTHLY = "('EMPLOYERS', 'INDIVIDUALS')"


def last_of(kinds: str, line: str) -> str:
    """The id of a line if a run of these kinds wrote it."""
    return (
        f"CASE WHEN {line}.run_id IN (SELECT id FROM collection_billrun WHERE kind IN {kinds}) "
        f"THEN {line}.id END"
    )


BILLED = f"""
billed AS (
    SELECT k.person_id, k.payer_id, f.scheme, f.month, f.part, f.id AS key_id,
        f.payer_id AS key_payer, f.person_id AS key_person,
        f.fen + coalesce(d.fen, 0) AS fen,
        f.account_fen + coalesce(d.account_fen, 0) AS account_fen,
        greatest(f.decided, d.decided, 0) > greatest(f.monthly, d.monthly, 0) AS decided,
        row_number() OVER (PARTITION BY k.person_id, k.payer_id, f.scheme, f.month, f.part
            ORDER BY f.id) AS n
    FROM place k
    JOIN (SELECT DISTINCT scheme, month FROM term) t ON t.scheme = k.scheme
        AND t.month >= k.from_month AND t.month < k.until_month
    CROSS JOIN LATERAL (
        SELECT l.*, {last_of(DECIDING, "l")} AS decided, {last_of(MONTHLY, "l")} AS monthly
        FROM collection_billline l
        WHERE l.payer_id = k.key_payer AND l.scheme = k.scheme AND l.month = t.month
            AND l.person_id = k.key_person AND l.key_id = l.id LIMIT 8) f
    LEFT JOIN LATERAL (
        SELECT sum(l.fen) AS fen, sum(l.account_fen) AS account_fen,
            max({last_of(DECIDING, "l")}) AS decided, max({last_of(MONTHLY, "l")}) AS monthly
        FROM collection_billline l WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true)"""

# f(known now) - f(billed so far). Of several keys of one person found to be one, the first stays.
DIFFERENCES = """
owed AS (
    SELECT b.key_id, coalesce(b.key_payer, payer_id) AS payer_id,
        coalesce(b.key_person, person_id) AS person_id, scheme, month, part,
        (coalesce(a.fen, 0) - coalesce(b.fen, 0))::bigint AS fen,
        (coalesce(a.account_fen, 0) - coalesce(b.account_fen, 0))::bigint AS account_fen
    FROM (SELECT *, 1::bigint AS n FROM assessed) a
    FULL JOIN billed b USING (payer_id, person_id, scheme, month, part, n)
    WHERE b.decided IS NOT TRUE
        AND (coalesce(a.fen, 0), coalesce(a.account_fen, 0))
            <> (coalesce(b.fen, 0), coalesce(b.account_fen, 0)))"""

BILL_AGAIN = f"""
WITH {TERM}, {MEMBER}, {assessed(enrolled=ENROLLED_AGAIN)}, {_PLACES}, {BILLED}, {DIFFERENCES},
{WRITE}
"""

CHANGES_TABLE = """
DROP TABLE IF EXISTS bill_changes;
CREATE TEMP TABLE bill_changes (person_id bigint, months datemultirange) ON COMMIT DROP
"""


def _told_otherwise(valid: str, row: str) -> str:
    """In which months the rows of a group say something else than at the run before."""
    before, now = (
        f"coalesce(range_agg({valid}) FILTER (WHERE {told}), '{{}}'::datemultirange)"
        for told in (known_before(row), known(row))
    )
    return f"({before} - {now}) + ({now} - {before})"


# Who may owe something else for months billed before: enrolments, wages, deaths, entries found to
# be one person or one employer, employers that fell silent or speak again.
LIST_CHANGES = f"""
WITH payer AS (
    SELECT payer_id, {_told_otherwise("valid", "s")} AS months FROM ({SILENT_ROWS}) s
    GROUP BY payer_id
  UNION ALL
    SELECT party_id, {EVERY_MONTH} FROM people_alias a
    WHERE a.recorded_at > %(known_before)s AND a.recorded_at <= %(known_at)s),
family AS (
    SELECT f.party_id, s.months FROM payer s {survivor("a", "s.payer_id")}
    CROSS JOIN LATERAL (
        SELECT coalesce(a.survivor_id, s.payer_id) AS party_id UNION ALL
        SELECT b.party_id FROM people_alias b
        WHERE b.survivor_id = coalesce(a.survivor_id, s.payer_id)) f
    WHERE NOT isempty(s.months)),
found AS (
    SELECT e.person_id, {_told_otherwise("e.valid", "e")} AS months
    FROM enrolment_enrolment e JOIN (
        SELECT DISTINCT person_id FROM enrolment_enrolment n WHERE {changed("n")}) n
        USING (person_id)
    WHERE e.kind = ANY (%(kinds)s)
    GROUP BY e.person_id, e.scheme, e.payer_id, lower(e.valid)
  UNION ALL
    SELECT w.person_id, {_told_otherwise("w.valid", "w")}
    FROM enrolment_wage w JOIN (
        SELECT DISTINCT person_id FROM enrolment_wage n WHERE {changed("n")}) n USING (person_id)
    WHERE (w.payer_id IS NULL) = ('FLEXIBLE' = ANY (%(kinds)s))
    GROUP BY w.person_id, w.payer_id, w.monthly_fen
  UNION ALL {deaths_told(months=_told_otherwise(MONTHS_AFTER, "d"), changed=changed("d"))}
  UNION ALL
    SELECT party_id, {EVERY_MONTH} FROM people_alias a
    WHERE a.recorded_at > %(known_before)s AND a.recorded_at <= %(known_at)s
        AND (EXISTS (SELECT FROM enrolment_enrolment e WHERE e.person_id = a.party_id)
            OR EXISTS (SELECT FROM people_death d WHERE d.person_id = a.party_id))
  UNION ALL
    SELECT e.person_id, f.months FROM family f
    JOIN enrolment_enrolment e ON e.payer_id = f.party_id AND e.kind = ANY (%(kinds)s))
INSERT INTO bill_changes
SELECT coalesce(a.survivor_id, f.person_id), f.months * {EVERY_MONTH}
FROM found f {survivor("a", "f.person_id")} WHERE NOT isempty(f.months * {EVERY_MONTH})
"""

# Everybody who was insured in these months, as known at any time.
LIST_EVERYBODY = f"""
INSERT INTO bill_changes
SELECT person_id, datemultirange(daterange(%(first_month)s::date, %(until_month)s::date))
FROM (SELECT DISTINCT coalesce(a.survivor_id, e.person_id) AS person_id
      FROM enrolment_enrolment e {survivor("a", "e.person_id")}
      WHERE e.valid && daterange(%(first_month)s::date, %(until_month)s::date)
          AND e.kind = ANY (%(kinds)s) AND e.recorded_at <= %(known_at)s) p
"""

FIRST_CHANGE = "SELECT min(lower(months)) FROM bill_changes"

WRITE_CHANGES = """
INSERT INTO collection_billchange (run_id, person_id, from_month, until_month)
SELECT %(run_id)s, person_id, lower(r), upper(r)
FROM (SELECT person_id, unnest(range_agg(months)) AS r FROM bill_changes GROUP BY person_id) c
"""

# Whom a run looks at: all that ever were insured in such a way, and who is to be assessed again.
INSURED = f"""
SELECT coalesce(a.survivor_id, e.person_id) AS person_id
FROM enrolment_enrolment e {survivor("a", "e.person_id")} WHERE e.kind = ANY (%(kinds)s)
    AND e.recorded_at <= %(known_at)s
UNION SELECT person_id FROM bill_changes
"""

CHUNKS = """
SELECT min(person_id), max(person_id) FROM (
    SELECT person_id, (row_number() OVER (ORDER BY person_id) - 1) / %(size)s AS chunk
    FROM ({persons}) p) c
GROUP BY chunk ORDER BY chunk
"""

# The totals of what a run wrote: what goes to the tax bureau, and until when it is to be paid. What
# is taken back of a month without figures here has the day of the period.
WRITE_BILLS = """
WITH day AS MATERIALIZED (
    SELECT d.* FROM collection_billrun r CROSS JOIN LATERAL jsonb_to_recordset(
        r.parameters -> 'pay_by') AS d (kind text, scheme text, month date, day date)
    WHERE r.id = %(run_id)s),
mode AS MATERIALIZED (
    SELECT m.key AS district, m.value AS mode FROM collection_billrun r
    CROSS JOIN LATERAL jsonb_each_text(r.parameters -> 'modes') m WHERE r.id = %(run_id)s),
total AS (
    SELECT payer_id, scheme, month, count(*) AS line_count, sum(fen)::bigint AS fen
    FROM collection_billline WHERE run_id = %(run_id)s GROUP BY payer_id, scheme, month),
placed AS (
    SELECT t.*, left(coalesce(o.district, p.district), 6) AS district, CASE y.kind
        WHEN 'PERSON' THEN 'FLEXIBLE' WHEN 'VILLAGE' THEN 'RESIDENT' ELSE 'EMPLOYED' END AS kind
    FROM total t JOIN people_party y ON y.id = t.payer_id
    LEFT JOIN people_organisation o ON o.party_id = t.payer_id
    LEFT JOIN people_person p ON p.party_id = t.payer_id)
INSERT INTO collection_bill (run_id, kind, payer_id, scheme, month, district, mode, line_count,
    fen, pay_by)
SELECT %(run_id)s, b.kind, b.payer_id, b.scheme, b.month, b.district,
    CASE b.kind WHEN 'EMPLOYED' THEN coalesce(m.mode, c.mode) ELSE 'ASSESSED' END,
    b.line_count, b.fen, coalesce(d.day, n.day)
FROM placed b
LEFT JOIN day d ON d.kind = b.kind AND d.scheme = b.scheme AND d.month = b.month
LEFT JOIN day n ON n.kind = b.kind AND n.scheme = b.scheme AND n.month = %(period)s
LEFT JOIN mode m ON m.district = b.district
LEFT JOIN mode c ON c.district = %(region)s
ORDER BY b.payer_id, b.scheme, b.month
"""

SUMMARY = """
SELECT scheme, sum(line_count)::bigint, sum(fen)::bigint, count(*) FROM collection_bill
WHERE run_id = %(run_id)s GROUP BY scheme ORDER BY scheme
"""
