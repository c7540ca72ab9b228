"""The statements of the recalculation (重算的 SQL): set-wise twin of ``formula.award_pension``.

Whole numbers as there; months and bases stay as they were, and so do an index and a balance that
were final, or whose rates are not all announced. The parts of an award, its successor, and the
components that take the place of what was awarded, in one statement of a range.

Parameters: ``run``, ``chunk``; ``first`` and ``last`` of its awards; ``region``, ``year_first`` and
``year_last``, the days of the year; ``months``, ``divisors``, ``marks``, ``rates`` and ``weaker``
(of two standings), the figures; ``years``, for which the average is known; ``rate_years``, of which
the account's rate is; ``version``, that of the policy.
"""

SCHEME = "110"
# The table has an index for awards that are interim.
OF_YEAR = f"""a.scheme = '{SCHEME}' AND (a.interim OR a.account_years IS NOT NULL)
    AND a.region = %(region)s
    AND a.retirement_month BETWEEN %(year_first)s AND %(year_last)s"""
# The rates of all years that an account waits for are announced.
ACCOUNT_KNOWN = """(a.account_years IS NOT NULL AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(a.account_years -> 'years') y (one)
        WHERE y.one ->> 'year' <> ALL (%(rate_years)s::text[])))"""
# Whose index waits for an average that is not known is computed again by a later run.
WAITING = f"""{OF_YEAR} AND (a.interim OR {ACCOUNT_KNOWN})
    AND (a.index_bases IS NULL OR NOT EXISTS (
        SELECT FROM jsonb_object_keys(a.index_bases) k (paid)
        WHERE k.paid::int <> ALL (%(years)s::int[])))"""
WITHOUT_SUCCESSOR = "NOT EXISTS (SELECT FROM pension_award n WHERE n.previous_id = a.id)"
PAID_YEARS = f"""
SELECT DISTINCT k.paid::int FROM pension_award a, jsonb_object_keys(a.index_bases) k (paid)
WHERE {OF_YEAR} AND {WITHOUT_SUCCESSOR}
"""
ACCOUNT_YEARS = f"""
SELECT DISTINCT (y.one ->> 'year')::int
FROM pension_award a, jsonb_array_elements(a.account_years -> 'years') y (one)
WHERE {OF_YEAR} AND {WITHOUT_SUCCESSOR}
"""
FIGURES = ("months", "divisors", "marks", "rates", "weaker")

FRAGMENTS = {
    "waiting": WAITING,
    "from_waiting": f"FROM pension_award a WHERE {WAITING}",
    "months": """jsonb_to_recordset(%(months)s::jsonb) AS m (month date, base_fen bigint,
        base_year smallint, rate_ppm bigint, coefficient_ppm bigint, unit bigint, list int,
        standings jsonb, multiple numeric, averages jsonb, index_standings jsonb)""",
    "divisors": "jsonb_to_recordset(%(divisors)s::jsonb) AS d (list int, age int, tenths bigint)",
    "age": """((extract(year FROM a.retirement_month) - extract(year FROM a.birth_month)) * 12
        + extract(month FROM a.retirement_month) - extract(month FROM a.birth_month))::int""",
    # Years in tenths, any part of a tenth up.
    "years": "((a.total_months * 10 + 11) / 12)",
    "deemed": "((a.deemed_months * 10 + 11) / 12)",
    # What an index that waited comes to, and the weakest average that it rests on.
    "shares": """LATERAL (
        SELECT sum(b.value::numeric * (m.averages -> b.key ->> 'weight')::numeric) AS fen,
            min((m.averages -> b.key ->> 'place')::int) AS place
        FROM jsonb_each_text(a.index_bases) b) s""",
    "again": """LATERAL (SELECT CASE WHEN a.index_bases IS NULL THEN a.average_index ELSE div(
            2 * m.unit * (s.fen + m.multiple * $earlier) + m.multiple * $paid_months,
            2 * m.multiple * $paid_months)::int END AS average_index OFFSET 0) i""",
    "earlier": """coalesce((a.figures ->> 'earlier_index')::numeric
                * (a.figures ->> 'earlier_months')::int, 0)""",
    "paid_months": "(a.total_months - a.deemed_months)",
    "index": "coalesce(i.average_index, 0)",
    # What an account that waited comes to, and the weakest of what else stays as it was.
    "account_known": ACCOUNT_KNOWN,
    "balance": """LATERAL (SELECT k.known,
            CASE WHEN k.known THEN pension_balance(a.account_years, %(rates)s::jsonb)
                ELSE a.balance_fen END AS balance_fen,
            CASE WHEN a.account_years IS NULL THEN a.figures ->> 'facts_standing'
                ELSE %(weaker)s::jsonb -> (a.figures ->> 'facts_standing') ->> CASE WHEN k.known
                    THEN (SELECT min((%(rates)s::jsonb -> (y.one ->> 'year') ->> 'place')::int)
                        FROM jsonb_array_elements(a.account_years -> 'years') y (one))
                    ELSE (a.account_years ->> 'place')::int END END AS facts
        FROM (SELECT $account_known AS known OFFSET 0) k OFFSET 0) w""",
    "standing": """CASE WHEN a.index_bases IS NULL THEN m.standings ->> w.facts
            ELSE m.index_standings -> w.facts ->> s.place END""",
    "whole": "(m.unit * 10 * 1000000)",
    # (2 × numerator + denominator) ÷ (2 × denominator): half up, once.
    "basic": """(2 * (m.base_fen * (m.unit + $index) * $years * m.rate_ppm) + 2 * $whole)
        / (4 * $whole)""",
    "account": "(20 * w.balance_fen + d.tenths) / (2 * d.tenths)",
    "transitional": """(2 * (m.base_fen * $index * $deemed * m.coefficient_ppm) + $whole)
        / (2 * $whole)""",
    # An award beside the one before it, and its amounts by component.
    "both": """r.entitlement_id, r.basic_fen, r.account_fen, r.transitional_fen,
        b.basic_fen AS basic_was, b.account_fen AS account_was,
        b.transitional_fen AS transitional_was""",
    "parts": """LATERAL (VALUES ('BASIC', t.basic_was, t.basic_fen),
        ('ACCOUNT', t.account_was, t.account_fen),
        ('TRANSITIONAL', t.transitional_was, t.transitional_fen))
        x (component, old_fen, new_fen)""",
    "of_component": """LATERAL (SELECT
        CASE c.component WHEN 'BASIC' THEN t.basic_was WHEN 'ACCOUNT' THEN t.account_was
            WHEN 'TRANSITIONAL' THEN t.transitional_was END AS old_fen,
        CASE c.component WHEN 'BASIC' THEN t.basic_fen WHEN 'ACCOUNT' THEN t.account_fen
            WHEN 'TRANSITIONAL' THEN t.transitional_fen END AS new_fen) x""",
    # Whatever a chunk writes carries one instant.
    "gave_way": """(c.fen = x.old_fen AND c.recorded_at < t.recorded_at
        AND (c.superseded_at IS NULL OR c.superseded_at = t.recorded_at))""",
    "came": "(c.fen = x.new_fen AND c.recorded_at = t.recorded_at)",
}

# The clock is read when nobody can open a month before this is committed: benefits_known_now().
# Amounts of other acts stay. ``standing`` is what is to be closed: whoever changed some of it
# meanwhile makes this chunk begin again.
COMPUTE = """
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
added AS (
    INSERT INTO pension_award (kind, previous_id, entitlement_id, person_id, scheme, route, region,
        birth_month, retirement_month, total_months, deemed_months, average_index, balance_fen,
        account_years, base_fen, base_year, basic_fen, account_fen, transitional_fen, extra_fen,
        figures, policy_version, standing, interim, case_id, recalculation_id, recorded_at)
    SELECT 'RECALCULATION', a.id, a.entitlement_id, a.person_id, a.scheme, a.route, a.region,
        a.birth_month, a.retirement_month, a.total_months, a.deemed_months, i.average_index,
        w.balance_fen, CASE WHEN NOT w.known THEN a.account_years END, m.base_fen, m.base_year,
        $basic, $account, $transitional, a.extra_fen, CASE WHEN w.known
            THEN jsonb_set(a.figures, '{facts_standing}', to_jsonb(w.facts)) ELSE a.figures END,
        %(version)s, $standing, false, a.case_id, %(run)s, (SELECT at FROM moment)
    FROM pension_award a JOIN $months ON m.month = a.retirement_month
    JOIN $divisors ON d.list = m.list AND d.age = $age
    LEFT JOIN $shares ON a.index_bases IS NOT NULL CROSS JOIN $again CROSS JOIN $balance
    WHERE a.id BETWEEN %(first)s AND %(last)s AND $waiting AND NOT EXISTS (
        SELECT FROM pension_award n
        WHERE n.previous_id = a.id AND n.previous_id BETWEEN %(first)s AND %(last)s)
    ORDER BY a.id
    RETURNING previous_id, entitlement_id, basic_fen, account_fen, transitional_fen, standing,
        case_id, retirement_month),
told AS MATERIALIZED (
    SELECT r.case_id, r.retirement_month, %(marks)s::jsonb ->> r.standing AS mark, $both
    FROM added r JOIN pension_award b ON b.id = r.previous_id
        AND b.id BETWEEN %(first)s AND %(last)s),
standing AS MATERIALIZED (
    SELECT c.id, x.new_fen, t.mark
    FROM told t JOIN benefits_component c ON c.entitlement_id = t.entitlement_id
        AND c.superseded_at IS NULL
    CROSS JOIN $of_component
    WHERE x.old_fen = c.fen AND (c.fen, c.standing) <> (x.new_fen, t.mark)),
closed AS (
    UPDATE benefits_component c SET superseded_at = (SELECT at FROM moment) FROM standing s
    WHERE c.id = s.id AND c.superseded_at IS NULL
    RETURNING c.entitlement_id, c.component, c.case_id, c.valid, s.new_fen, s.mark),
written AS (
    INSERT INTO benefits_component
        (entitlement_id, component, fen, standing, case_id, valid, recorded_at)
    SELECT entitlement_id, component, new_fen, mark, case_id, valid, (SELECT at FROM moment)
    FROM closed WHERE new_fen > 0
  UNION ALL  -- what came to nothing before
    SELECT t.entitlement_id, x.component, x.new_fen, t.mark, t.case_id,
        daterange((t.retirement_month + interval '1 month')::date, NULL), (SELECT at FROM moment)
    FROM told t CROSS JOIN $parts WHERE x.old_fen = 0 AND x.new_fen > 0
    RETURNING 1)
INSERT INTO pension_recalculationchunk
    (recalculation_id, chunk, award_count, more_fen, component_count)
SELECT %(run)s, %(chunk)s, count(*), coalesce(sum(
        basic_fen + account_fen + transitional_fen - basic_was - account_was - transitional_was),
    0), (SELECT count(*) FROM written)
FROM told
RETURNING award_count + component_count + 1, (SELECT count(*) FROM closed),
    (SELECT count(*) FROM standing)
"""

# An amount that gave way for nothing, or did not although it is another now. Of each award what
# gave way is weighed against what came in its place; only where they differ, or something was
# nothing before, they are held against each other one by one.
UNWRITTEN = """
SELECT t.id, wrong.component, wrong.new_fen
FROM (SELECT r.id, r.recorded_at, $both
    FROM pension_award r JOIN pension_award b ON b.id = r.previous_id
    WHERE r.recalculation_id = %(run)s) t
CROSS JOIN LATERAL (
    SELECT bool_or($gave_way AND c.superseded_at IS NULL)
        OR coalesce(sum(w.weight) FILTER (WHERE $gave_way AND x.new_fen > 0), 0)
            <> coalesce(sum(w.weight) FILTER (WHERE $came), 0)
        OR t.basic_was = 0 AND t.basic_fen > 0 OR t.account_was = 0 AND t.account_fen > 0
        OR t.transitional_was = 0 AND t.transitional_fen > 0 AS differ
    FROM benefits_component c CROSS JOIN $of_component CROSS JOIN LATERAL (
        SELECT hashtextextended(c.component, 0) # hash_range_extended(c.valid, 0) AS weight) w
    WHERE c.entitlement_id = t.entitlement_id AND x.new_fen <> x.old_fen) weighed
CROSS JOIN LATERAL (
    SELECT x.component, x.new_fen
    FROM $parts LEFT JOIN benefits_component c ON c.entitlement_id = t.entitlement_id
        AND c.component = x.component AND ($gave_way OR $came)
    WHERE weighed.differ AND x.new_fen <> x.old_fen
    GROUP BY x.component, x.old_fen, x.new_fen, c.valid
    HAVING bool_or($gave_way AND c.superseded_at IS NULL)
        OR x.new_fen > 0 AND NOT coalesce(bool_or($came), false)
            AND (x.old_fen = 0 OR bool_or($gave_way))) wrong
LIMIT 1
"""
