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

# What holds already is not written again; what was known for later months gives way.
WAGES = """
WITH told AS MATERIALIZED ({select}), changed AS (
    SELECT t.* FROM told t WHERE NOT EXISTS (
        SELECT FROM enrolment_wage w WHERE w.person_id = t.person_id
            AND coalesce(w.payer_id, 0) = coalesce(t.payer_id, 0) AND w.superseded_at IS NULL
            AND upper_inf(w.valid) AND w.valid @> t.from_month
            AND (w.monthly_fen, w.confirmed) = (t.monthly_fen, t.confirmed))
), closed AS (
    UPDATE enrolment_wage w SET superseded_at = clock_timestamp() FROM changed t
    WHERE w.person_id = t.person_id AND coalesce(w.payer_id, 0) = coalesce(t.payer_id, 0)
        AND w.superseded_at IS NULL AND (upper_inf(w.valid) OR upper(w.valid) > t.from_month)
    RETURNING w.*, t.from_month
), written AS (
    INSERT INTO enrolment_wage (person_id, payer_id, monthly_fen, confirmed, wage_source, valid,
        recorded_at, source, source_id, case_id)
    SELECT person_id, payer_id, monthly_fen, confirmed, wage_source,
        daterange(lower(valid), from_month), superseded_at, source, source_id, case_id
    FROM closed WHERE lower(valid) < from_month
    UNION ALL
    SELECT t.person_id, t.payer_id, t.monthly_fen, t.confirmed, t.wage_source,
        daterange(t.from_month, NULL), coalesce(c.moment, clock_timestamp()),
        t.source, t.source_id, NULL
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
    """Let wages hold from a month on; give the rows closed and written.

    ``select``: person_id, payer_id, from_month, monthly_fen, confirmed, wage_source, source,
    source_id; one row for each person and payer.
    """
    cursor.execute(WAGES.format(select=select), parameters)
    (rows,) = cursor.fetchone()
    return int(rows)
