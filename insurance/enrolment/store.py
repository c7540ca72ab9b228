"""Write enrolments and wages (参保关系、缴费工资入库): one statement, for one row or for a file.

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
SELECT (SELECT count(*) FROM closed), (SELECT count(*) FROM written)
"""

# A wage holds from a month on but where another one stays: a yearly declaration leaves what was
# declared of later months and every wage of a later year, that of a joiner leaves whatever begins
# later, and all leave what a case decided. So what is told of an earlier year changes no later one.
# A declaration is written even where it changes no amount, or a later word about the months before
# would run on into it.
OF_ONE = """
    w.person_id = t.person_id AND coalesce(w.payer_id, 0) = coalesce(t.payer_id, 0)
        AND w.superseded_at IS NULL"""
WAGES = f"""
WITH told AS MATERIALIZED ({{select}}), known AS (
    SELECT t.person_id, coalesce(t.payer_id, 0) AS payer, w.valid,
        w.case_id IS NOT NULL OR lower(w.valid) > t.from_month AND (t.wage_source = 'NEW_HIRE'
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
        coalesce(c.moment, clock_timestamp()), t.source, t.source_id, NULL
    FROM changed t LEFT JOIN (
        SELECT person_id, coalesce(payer_id, 0) AS payer, max(superseded_at) AS moment
        FROM closed GROUP BY 1, 2) c
        ON c.person_id = t.person_id AND c.payer = coalesce(t.payer_id, 0)
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
    """Close enrolments and write them anew with other months; give how many closed and written.

    ``select``: enrolment_id, valid, source, source_id, case_id; several rows for one enrolment
    write several, NULL for ``valid`` writes none.
    """
    cursor.execute(REWRITE.format(select=select), parameters)
    closed, written = cursor.fetchone()
    return int(closed), int(written)


def set_wages(*, cursor: Any, select: str, parameters: Mapping[str, Any]) -> int:
    """Let wages hold from a month on, but where others stay; give the rows closed and written.

    ``select``: person_id, payer_id, from_month, monthly_fen, confirmed, wage_source, source,
    source_id; one row for each person and payer.
    """
    cursor.execute(WAGES.format(select=select), parameters)
    (rows,) = cursor.fetchone()
    return int(rows)
