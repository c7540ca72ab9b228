"""The statements that compute awards of 170 again (居民重算的 SQL): set-wise twin of
``resident_reckoning.recalculate_resident``.

An award waits while it is not what the figures of its first month give. Whole numbers as there;
years and birth month stay as they were, and so does a balance that was final, or whose rates are
not all announced. The years decide whether the extra amount is added; where it is not known, nobody
who has it is computed again. What an adjustment added to an amount since stays: amounts change by
difference, wherever they are in force.

Parameters: as of ``recalculation_sql``, but ``months`` by district, and ``weaker_marks`` (of two
marks of amounts).
"""

from insurance.pension import recalculation_sql as employees

SCHEME = "170"
FIGURES = ("months", "marks", "rates", "weaker", "weaker_marks")
WAITING = """
FROM pension_award a JOIN $months ON m.region = a.region AND m.month = a.retirement_month
CROSS JOIN $balance
WHERE $of_year AND (a.extra_fen = 0 OR m.extra_fen IS NOT NULL) AND (w.known
    OR (m.basic_fen, $account, $extra, $standing)
        IS DISTINCT FROM (a.basic_fen, a.account_fen, a.extra_fen, a.standing))
"""
FRAGMENTS = {
    "of_year": f"""a.scheme = '{SCHEME}' AND a.region = %(region)s
    AND a.retirement_month BETWEEN %(year_first)s AND %(year_last)s""",
    "from_waiting": WAITING,
    "balance": employees.FRAGMENTS["balance"],
    "account_known": employees.FRAGMENTS["account_known"],
    "months": """jsonb_to_recordset(%(months)s::jsonb) AS m (region text, month date,
        basic_fen bigint, extra_fen bigint, least int, added bigint, unit bigint, unit_fen bigint,
        standings jsonb, extra_standings jsonb)""",
    "with_extra": "(a.total_months / 12 > m.least AND m.extra_fen IS NOT NULL)",
    "extra": """CASE WHEN $with_extra THEN (a.total_months / 12 - m.least) * m.extra_fen
        ELSE 0 END""",
    "account": "(2 * w.balance_fen + m.added) / m.unit * m.unit_fen",
    "standing": "CASE WHEN $with_extra THEN m.extra_standings ELSE m.standings END ->> w.facts",
    "parts": """LATERAL (VALUES ('BASIC', b.basic_fen, r.basic_fen),
        ('ACCOUNT', b.account_fen, r.account_fen),
        ('EXTRA_YEARS', b.extra_fen, r.extra_fen)) x (component, old_fen, new_fen)
    """,
    "marked": """CASE c.standing WHEN t.old_mark THEN t.mark
        ELSE coalesce(%(weaker_marks)s::jsonb -> c.standing ->> t.mark, t.mark) END""",
    "reached": """c.entitlement_id = t.entitlement_id AND c.component = t.component
        AND c.superseded_at IS NULL AND (t.new_fen <> t.old_fen OR c.standing <> $marked)""",
}
# Regions and years of awards that were not computed by the figures of now.
OTHERWISE = f"""
SELECT DISTINCT a.region, extract(year FROM a.retirement_month)::int FROM pension_award a
WHERE a.scheme = '{SCHEME}' AND a.policy_version <> %(version)s AND {employees.WITHOUT_SUCCESSOR}
ORDER BY 2, 1
"""
ACCOUNT_YEARS = f"""
SELECT DISTINCT (y.one ->> 'year')::int
FROM pension_award a, jsonb_array_elements(a.account_years -> 'years') y (one)
WHERE $of_year AND {employees.WITHOUT_SUCCESSOR}
"""
# The clock is read when nobody can open a month before this is committed: benefits_known_now().
# Whoever changed an amount meanwhile makes this chunk begin again.
COMPUTE = """
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
added AS (
    INSERT INTO pension_award (kind, previous_id, entitlement_id, person_id, scheme, route, region,
        birth_month, retirement_month, total_months, deemed_months, balance_fen, account_years,
        basic_fen, account_fen, transitional_fen, extra_fen, figures, policy_version, standing,
        interim, case_id, recalculation_id, recorded_at)
    SELECT 'RECALCULATION', a.id, a.entitlement_id, a.person_id, a.scheme, a.route, a.region,
        a.birth_month, a.retirement_month, a.total_months, a.deemed_months, w.balance_fen,
        CASE WHEN NOT w.known THEN a.account_years END, m.basic_fen, $account, 0, $extra,
        CASE WHEN w.known THEN jsonb_set(a.figures, '{facts_standing}', to_jsonb(w.facts))
            ELSE a.figures END,
        %(version)s, $standing, false, a.case_id, %(run)s, (SELECT at FROM moment)
    $from_waiting AND a.id BETWEEN %(first)s AND %(last)s AND NOT EXISTS (
        SELECT FROM pension_award n
        WHERE n.previous_id = a.id AND n.previous_id BETWEEN %(first)s AND %(last)s)
    ORDER BY a.id
    RETURNING previous_id, entitlement_id, basic_fen, account_fen, extra_fen, standing, case_id,
        retirement_month),
told AS MATERIALIZED (
    SELECT r.entitlement_id, x.component, x.old_fen, x.new_fen, r.case_id, r.retirement_month,
        %(marks)s::jsonb ->> b.standing AS old_mark, %(marks)s::jsonb ->> r.standing AS mark
    FROM added r JOIN pension_award b ON b.id = r.previous_id
        AND b.id BETWEEN %(first)s AND %(last)s, $parts
    WHERE x.old_fen > 0 OR x.new_fen > 0),
closed AS (
    UPDATE benefits_component c SET superseded_at = (SELECT at FROM moment) FROM told t
    WHERE $reached
    RETURNING c.entitlement_id, c.component, t.case_id, c.valid,
        c.fen + t.new_fen - t.old_fen AS fen, $marked AS standing),
written AS (
    INSERT INTO benefits_component
        (entitlement_id, component, fen, standing, case_id, valid, recorded_at)
    SELECT entitlement_id, component, fen, standing, case_id, valid, (SELECT at FROM moment)
    FROM closed WHERE fen > 0
  UNION ALL  -- what came to nothing before
    SELECT entitlement_id, component, new_fen, mark, case_id,
        daterange((retirement_month + interval '1 month')::date, NULL), (SELECT at FROM moment)
    FROM told WHERE old_fen = 0
    RETURNING 1)
INSERT INTO pension_recalculationchunk
    (recalculation_id, chunk, award_count, more_fen, component_count)
SELECT %(run)s, %(chunk)s, (SELECT count(*) FROM added),
    (SELECT coalesce(sum(new_fen - old_fen), 0) FROM told), (SELECT count(*) FROM written)
RETURNING award_count + component_count + 1, (SELECT count(*) FROM closed), (
    SELECT count(*) FROM told t JOIN benefits_component c ON $reached)
"""
# An amount of before that is in force, or one that did not take its place.
UNWRITTEN = """
SELECT r.id, x.component, x.new_fen
FROM pension_award r JOIN pension_award b ON b.id = r.previous_id CROSS JOIN $parts
WHERE r.recalculation_id = %(run)s AND x.new_fen <> x.old_fen AND (
    EXISTS (SELECT FROM benefits_component o WHERE o.entitlement_id = r.entitlement_id
        AND o.component = x.component AND o.recorded_at < r.recorded_at
        AND (o.superseded_at IS NULL OR o.superseded_at > r.recorded_at))
    OR EXISTS (SELECT FROM benefits_component o
        LEFT JOIN benefits_component c ON c.entitlement_id = o.entitlement_id
            AND c.component = o.component AND c.recorded_at = r.recorded_at
            AND c.valid = o.valid AND c.fen = o.fen + x.new_fen - x.old_fen
        WHERE o.entitlement_id = r.entitlement_id AND o.component = x.component
            AND o.superseded_at = r.recorded_at AND o.fen + x.new_fen > x.old_fen
            AND c.id IS NULL)
    OR x.old_fen = 0 AND NOT EXISTS (SELECT FROM benefits_component c
        WHERE c.entitlement_id = r.entitlement_id AND c.component = x.component
            AND c.recorded_at = r.recorded_at AND c.fen = x.new_fen))
LIMIT 1
"""
