"""The statements of the recalculation (重算的 SQL): set-wise twin of ``formula.award_pension``.

Whole numbers as there; months and bases stay as they were, and so do an index and a balance that
were final, or whose rates are not all announced. The parts of an award, its successor, and the
components that take the place of what was awarded, in one statement of a range.

Parameters: ``run``, ``chunk``; ``first`` and ``last`` of its awards, ``first_entitlement`` and
``last_entitlement`` of theirs; ``region``, ``year_first`` and ``year_last``, the days of the year;
``months``, ``divisors``, ``marks``, ``rates`` and ``weaker`` (of two standings), the figures;
``years``, for which the average is known; ``rate_years``, of which the account's rate is;
``version``, that of the policy.
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
    "among": "entitlement_id BETWEEN %(first_entitlement)s AND %(last_entitlement)s",
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
    "parts": """LATERAL (VALUES ('BASIC', b.basic_fen, r.basic_fen),
        ('ACCOUNT', b.account_fen, r.account_fen),
        ('TRANSITIONAL', b.transitional_fen, r.transitional_fen)) x (component, old_fen, new_fen)
    """,
}

# The clock is read when nobody can open a month before this is committed: benefits_known_now().
# Amounts of other acts stay. ``matched`` counts what is to be closed: whoever changed it meanwhile
# makes this chunk begin again.
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
    SELECT r.entitlement_id, x.component, x.old_fen, x.new_fen, r.case_id, r.retirement_month,
        %(marks)s::jsonb ->> r.standing AS mark
    FROM added r JOIN pension_award b ON b.id = r.previous_id
        AND b.id BETWEEN %(first)s AND %(last)s, $parts
    WHERE x.old_fen > 0 OR x.new_fen > 0),
closed AS (
    UPDATE benefits_component c SET superseded_at = (SELECT at FROM moment) FROM told t
    WHERE c.entitlement_id = t.entitlement_id AND c.component = t.component
        AND c.fen = t.old_fen AND c.superseded_at IS NULL AND c.$among
        AND (c.fen, c.standing) <> (t.new_fen, t.mark)
    RETURNING c.entitlement_id, c.component, c.case_id, c.valid, t.new_fen, t.mark),
written AS (
    INSERT INTO benefits_component
        (entitlement_id, component, fen, standing, case_id, valid, recorded_at)
    SELECT entitlement_id, component, new_fen, mark, case_id, valid, (SELECT at FROM moment)
    FROM closed WHERE new_fen > 0
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
    SELECT count(*) FROM told t JOIN benefits_component c
        ON c.entitlement_id = t.entitlement_id AND c.component = t.component
        AND c.fen = t.old_fen AND c.superseded_at IS NULL AND c.$among
        AND (c.fen, c.standing) <> (t.new_fen, t.mark))
"""

# An amount that gave way for nothing, or did not although it is another now. Whatever a chunk
# writes carries one instant.
UNWRITTEN = """
SELECT r.id, x.component, x.new_fen
FROM pension_award r JOIN pension_award b ON b.id = r.previous_id CROSS JOIN $parts
LEFT JOIN benefits_component o ON o.entitlement_id = r.entitlement_id AND o.component = x.component
    AND o.fen = x.old_fen AND o.recorded_at < r.recorded_at
    AND (o.superseded_at IS NULL OR o.superseded_at = r.recorded_at)
LEFT JOIN benefits_component c ON c.entitlement_id = r.entitlement_id AND c.component = x.component
    AND c.fen = x.new_fen AND c.recorded_at = r.recorded_at
    AND (o.id IS NULL OR c.valid = o.valid)
WHERE r.recalculation_id = %(run)s AND x.new_fen <> x.old_fen AND (
    o.id IS NOT NULL AND o.superseded_at IS NULL
    OR c.id IS NULL AND x.new_fen > 0 AND (o.id IS NOT NULL OR x.old_fen = 0))
LIMIT 1
"""
