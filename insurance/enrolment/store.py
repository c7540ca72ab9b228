"""Write enrolments, wages, households (参保关系、缴费工资、户籍入库): one statement, for one row or
for a file.

``select`` gives the rows; a closed row and those that take its place bear one instant, so that at
each instant one of them is known.
"""

from collections.abc import Mapping
from typing import Any

ADD = """
INSERT INTO enrolment_enrolment
    (person_id, scheme, kind, payer_id, district, valid, source, source_id)
SELECT person_id, scheme, kind, payer_id, district, valid, source, source_id FROM ({select}) told
"""

REWRITE = """
WITH told AS MATERIALIZED ({select}), closed AS (
    UPDATE enrolment_enrolment e SET superseded_at = clock_timestamp()
    WHERE e.superseded_at IS NULL AND e.id IN (SELECT enrolment_id FROM told)
    RETURNING e.*
), written AS (
    INSERT INTO enrolment_enrolment (person_id, scheme, kind, payer_id, district, valid,
        recorded_at, source, source_id, case_id)
    SELECT c.person_id, c.scheme, c.kind, c.payer_id, c.district, t.valid, c.superseded_at,
        t.source, t.source_id, t.case_id
    FROM closed c JOIN told t ON t.enrolment_id = c.id WHERE t.valid IS NOT NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM closed), (SELECT count(*) FROM written),
    (SELECT array_agg(id) FROM closed)
"""

# What a case decided is the wage of months in which somebody is insured there, in whichever scheme,
# under whatever entries: of months taken back nothing is left that whoever joins anew would follow.
END_DECIDED = """
WITH place AS MATERIALIZED (
    SELECT DISTINCT p.canonical_id AS person, y.canonical_id AS payer
    FROM enrolment_enrolment e JOIN people_canonical p ON p.party_id = e.person_id
    LEFT JOIN people_canonical y ON y.party_id = e.payer_id
    WHERE e.id = ANY (%(closed)s::bigint[])
), decided AS MATERIALIZED (
    SELECT w.*, l.person, l.payer FROM place l JOIN people_canonical p ON p.canonical_id = l.person
    JOIN enrolment_wage w ON w.person_id = p.party_id AND w.superseded_at IS NULL
        AND w.case_id IS NOT NULL AND w.wage_source <> 'DECLARED'
    LEFT JOIN people_canonical y ON y.party_id = w.payer_id
    WHERE y.canonical_id IS NOT DISTINCT FROM l.payer
), insured AS MATERIALIZED (
    SELECT d.id, coalesce(range_agg(e.valid) FILTER (WHERE e.id IS NOT NULL
        AND y.canonical_id IS NOT DISTINCT FROM d.payer), '{}') AS months
    FROM decided d JOIN people_canonical p ON p.canonical_id = d.person
    LEFT JOIN enrolment_enrolment e ON e.person_id = p.party_id AND e.superseded_at IS NULL
    LEFT JOIN people_canonical y ON y.party_id = e.payer_id GROUP BY d.id
), closed AS (
    UPDATE enrolment_wage w SET superseded_at = clock_timestamp() FROM insured i
    WHERE i.id = w.id AND NOT i.months @> w.valid
    RETURNING w.*, i.months
), written AS (
    INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source, valid,
        recorded_at, source, source_id, case_id)
    SELECT person_id, payer_id, monthly_fen, confirmed, wage_source,
        unnest(datemultirange(valid) * months), superseded_at, source, source_id, case_id
    FROM closed
    RETURNING 1
)
SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM written)
"""

# A wage holds from a month on but where another one stays: a yearly declaration leaves what was
# declared of later months and every wage of a later year, that of a joiner leaves whatever begins
# later or was declared of the same year, and all leave what a case decided (补缴核定). So what is
# told of an earlier year changes no later one.
# A declaration is written even where it changes no amount, or a later word about the months before
# would run on into it.
OF_ONE = """
    w.person_id = t.person_id AND coalesce(w.payer_id, 0) = coalesce(t.payer_id, 0)
        AND w.superseded_at IS NULL"""
WAGES = f"""
WITH told AS MATERIALIZED ({{select}}), known AS (
    SELECT t.person_id, coalesce(t.payer_id, 0) AS payer, w.valid,
        w.case_id IS NOT NULL AND w.wage_source <> 'DECLARED'
            OR w.wage_source = 'DECLARED' AND t.wage_source = 'NEW_HIRE'
                AND date_trunc('year', lower(w.valid)) = date_trunc('year', t.from_month)
            OR lower(w.valid) > t.from_month AND (t.wage_source = 'NEW_HIRE'
            OR w.wage_source <> 'NEW_HIRE'
            OR date_trunc('year', lower(w.valid)) > date_trunc('year', t.from_month)) AS stays,
        (w.monthly_fen, w.confirmed) = (t.monthly_fen, t.confirmed)
            AND (t.wage_source = 'NEW_HIRE' OR w.wage_source = t.wage_source) AS same
    FROM told t JOIN enrolment_wage w ON {OF_ONE}
), held AS MATERIALIZED (
    SELECT person_id, payer, range_agg(valid) FILTER (WHERE stays) AS stay,
        range_agg(valid) FILTER (WHERE same) AS same,
        array_agg(lower(valid)) FILTER (WHERE same) AS begins
    FROM known GROUP BY person_id, payer
), changed AS MATERIALIZED (
    SELECT t.*, m.months
    FROM told t LEFT JOIN held h ON h.person_id = t.person_id AND h.payer = coalesce(t.payer_id, 0)
    CROSS JOIN LATERAL (SELECT datemultirange(daterange(t.from_month, NULL))
        - coalesce(h.stay, '{{{{}}}}') AS months) m
    WHERE NOT isempty(m.months) AND (h.same @> m.months
        AND (t.wage_source = 'NEW_HIRE' OR lower(m.months) = ANY (h.begins))) IS NOT TRUE
), closed AS (
    UPDATE enrolment_wage w SET superseded_at = clock_timestamp() FROM changed t
    WHERE {OF_ONE} AND w.valid && t.months
    RETURNING w.*, t.months
), written AS (
    INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source, valid,
        recorded_at, source, source_id, case_id)
    SELECT person_id, payer_id, monthly_fen, confirmed, wage_source,
        unnest(datemultirange(valid) - months), superseded_at, source, source_id, case_id
    FROM closed
    UNION ALL
    SELECT t.person_id, t.payer_id, t.monthly_fen, t.confirmed, t.wage_source, unnest(t.months),
        coalesce(c.moment, clock_timestamp()), t.source, t.source_id, t.case_id
    FROM changed t LEFT JOIN (
        SELECT person_id, coalesce(payer_id, 0) AS payer, max(superseded_at) AS moment
        FROM closed GROUP BY 1, 2) c
        ON c.person_id = t.person_id AND c.payer = coalesce(t.payer_id, 0)
    RETURNING 1
)
SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM written)
"""

# A place holds from a month on, up to that of which another was told.
HOUSEHOLDS = """
WITH told AS MATERIALIZED ({select}), changed AS MATERIALIZED (
    SELECT t.*, (SELECT min(lower(h.valid)) FROM enrolment_householdplace h
        WHERE h.person_id = t.person_id AND h.superseded_at IS NULL
            AND lower(h.valid) > t.from_month) AS until_month
    FROM told t WHERE NOT EXISTS (
        SELECT FROM enrolment_householdplace h
        WHERE h.person_id = t.person_id AND h.superseded_at IS NULL AND h.region = t.region
            AND h.valid @> t.from_month)
), closed AS (
    UPDATE enrolment_householdplace h SET superseded_at = clock_timestamp() FROM changed t
    WHERE h.person_id = t.person_id AND h.superseded_at IS NULL AND h.valid @> t.from_month
    RETURNING h.*, t.from_month
), written AS (
    INSERT INTO enrolment_householdplace
        (person_id, region, evidence, valid, recorded_at, source, source_id)
    SELECT person_id, region, evidence, daterange(lower(valid), from_month), superseded_at,
        source, source_id
    FROM closed WHERE lower(valid) < from_month
    UNION ALL
    SELECT t.person_id, t.region, t.evidence, daterange(t.from_month, t.until_month),
        coalesce(c.superseded_at, clock_timestamp()), t.source, t.source_id
    FROM changed t LEFT JOIN closed c ON c.person_id = t.person_id
    RETURNING 1
)
SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM written)
"""


def add(*, cursor: Any, select: str, parameters: Mapping[str, Any]) -> int:
    """Insert new enrolments; give how many.

    ``select``: person_id, scheme, kind, payer_id, district, valid, source, source_id.
    """
    cursor.execute(ADD.format(select=select), parameters)
    return int(cursor.rowcount)


def rewrite(*, cursor: Any, select: str, parameters: Mapping[str, Any]) -> tuple[int, int]:
    """Close enrolments and write them anew with other months; give how many of them were closed,
    and what was written, with the wages that a case decided of months that are gone.

    ``select``: enrolment_id, valid, source, source_id, case_id; several rows for one enrolment
    write several, NULL for ``valid`` writes none.
    """
    cursor.execute(REWRITE.format(select=select), parameters)
    closed, written, ids = cursor.fetchone()
    if closed:
        cursor.execute(END_DECIDED, {"closed": ids})
        written += cursor.fetchone()[0]
    return int(closed), int(written)


def set_wages(*, cursor: Any, select: str, parameters: Mapping[str, Any]) -> int:
    """Let wages hold from a month on, but where others stay; give the rows closed and written.

    ``select``: person_id, payer_id, from_month, monthly_fen, confirmed, wage_source, source,
    source_id, case_id; one row for each person and payer.
    """
    cursor.execute(WAGES.format(select=select), parameters)
    (rows,) = cursor.fetchone()
    return int(rows)


def set_households(*, cursor: Any, select: str, parameters: Mapping[str, Any]) -> int:
    """Let places of households hold from a month on; give the rows closed and written.

    ``select``: person_id, region, evidence, from_month, source, source_id; one row a person.
    """
    cursor.execute(HOUSEHOLDS.format(select=select), parameters)
    (rows,) = cursor.fetchone()
    return int(rows)
