"""The statement of a chunk of an adjustment (调整的 SQL): set-wise twin of the pure rules.

Facts, what is owed by them, what of it differs from what the runs before said; rows, and components
that take the place of those in force. A component grows by the difference wherever it is in force
from the first month on: whatever else changed it meanwhile stays. What is added to a pension is
added for as long as there is one.

Parameters: ``run_id``, ``case_id``, ``standing``; ``chunk`` with ``first_id`` and ``last_id`` of
its entitlements, ``first_person`` and ``last_person``; ``books``; ``since`` (first day of the first
month at the new amount), ``before`` (of the month before) and ``year``; ``raised`` (the component
that grows) and ``beside`` (another that grows for some); ``earlier`` (the runs of this adjustment
before); ``without`` (persons who take no part), of whom ``custody`` is said, as it is with
``prison_out`` of whom the old system held for prison; ``by_old_system``: the old system did it for
those whom it paid; and ``terms``, the figures.
"""

import json
from string import Template
from typing import Any

from backend.kernel.months import Month
from insurance.pension.adjusting.kind_sql import KINDS
from insurance.pension.adjusting.models import Kind, Run

GIVEN = ("fixed_fen", "linked_fen", "supplement_fen")
SAYS = (
    *(
        "left_out",
        "district",
        "paid_months",
        "age",
        "before_fen",
        "raised_from_fen",
        "supplement_from_fen",
    ),
    *("years_fen", "share_fen", *GIVEN),
)
EVERYBODY = "entitlement_id BETWEEN %(first_id)s AND %(last_id)s"
# Of a follow-up: only those of whom something else is known.
LISTED = """entitlement_id IN (SELECT g.entitlement_id FROM adjusting_change g
        WHERE g.run_id = %(run_id)s AND g.entitlement_id BETWEEN %(first_id)s AND %(last_id)s)"""

FRAGMENTS = {
    "age": "(%(year)s - 1 - extract(year FROM coalesce(f.birth_month, p.birth_date)))::smallint",
    # What the runs before gave, as far as nobody took it away; a correction that lets a pension
    # begin after the adjustment took it.
    "raised": "CASE WHEN $took_part THEN coalesce(a.raised_fen, 0) ELSE 0 END",
    "supplement": "CASE WHEN $took_part THEN coalesce(a.supplement_fen, 0) ELSE 0 END",
    "in_custody": "(e.person_id = ANY (%(without)s) OR h.entitlement_id IS NOT NULL)",
    "kept": "least(coalesce(s.more_fen, 0), $raised)",
    "kept_supplement": "least(coalesce(s.supplement_fen, 0), $supplement)",
    "from": """$kept AS kept_fen, $kept_supplement AS kept_supplement_fen,
        $raised - $kept AS raised_from_fen,
        $supplement - $kept_supplement AS supplement_from_fen""",
    "entitled": """(SELECT id, id AS entitlement_id, person_id, book_id, start_month, paid_months,
            paid_through, district
        FROM benefits_entitlement) e
    JOIN people_person p ON p.party_id = e.person_id AND e.$among AND e.book_id = ANY (%(books)s)
        AND p.party_id BETWEEN %(first_person)s AND %(last_person)s
    LEFT JOIN pension_archivefacts f ON f.person_id = e.person_id AND f.superseded_at IS NULL
        AND f.person_id BETWEEN %(first_person)s AND %(last_person)s
    LEFT JOIN amount a ON a.entitlement_id = e.id
    LEFT JOIN said s ON s.entitlement_id = e.id
    LEFT JOIN (SELECT DISTINCT entitlement_id FROM benefits_hold  -- as the old system told it
        WHERE $among AND superseded_at IS NULL AND valid @> %(since)s::date
            AND reason = 'IN_PRISON' AND case_id IS NULL) h
        ON h.entitlement_id = e.id AND %(prison_out)s
    LEFT JOIN people_death x ON x.person_id = e.person_id AND x.confirmed
        AND x.superseded_at IS NULL AND x.death_date < %(since)s
        AND x.person_id BETWEEN %(first_person)s AND %(last_person)s""",
    "says": ", ".join(SAYS),
    "owed_says": ", ".join(f"o.{column}" for column in SAYS),
    "said_says": ", ".join(f"s.{column}" for column in SAYS),
    # Of the month before and of the first month; the latter hold what was given already.
    "amount": """
    SELECT entitlement_id,
        sum(fen) FILTER (WHERE valid @> %(before)s::date)::bigint AS before_fen,
        sum(fen) FILTER (WHERE valid @> %(since)s::date)::bigint AS since_fen,
        sum(fen) FILTER (WHERE component = %(raised)s AND valid @> %(since)s::date)::bigint
            AS raised_fen,
        sum(fen) FILTER (WHERE component = %(beside)s AND valid @> %(since)s::date)::bigint
            AS supplement_fen,
        bool_or($awarded AND valid @> %(since)s::date) AS in_payment,
        bool_or($awarded AND $whole) AS for_good,
        count(*) FILTER (WHERE component = %(raised)s AND $later) AS raised_rows,
        count(*) FILTER (WHERE component = %(beside)s AND $later) AS supplement_rows,
        bool_or(component = %(raised)s AND $whole) AS raised_whole,
        bool_or(component = %(beside)s AND $whole) AS supplement_whole
    FROM benefits_component WHERE $among AND superseded_at IS NULL
    GROUP BY entitlement_id""",
    "awarded": "component NOT IN ('ADJUSTMENT', 'AGE_SUPPLEMENT')",
    "later": "(upper_inf(valid) OR upper(valid) > %(since)s)",
    "whole": "lower(valid) <= %(since)s AND upper_inf(valid)",
    "said": """
    SELECT DISTINCT ON (entitlement_id) *, fixed_fen + linked_fen AS more_fen
    FROM adjusting_row WHERE run_id = ANY (%(earlier)s) AND $among
    ORDER BY entitlement_id, run_id DESC""",
}

# The clock is read when nobody can open a month before this is committed: benefits_known_now().
COMPUTE = """
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
amount AS ($amount), said AS ($said), fact AS MATERIALIZED ($facts), owed AS ($owed),
fresh AS MATERIALIZED (
    SELECT o.*, o.fixed_fen + o.linked_fen - o.kept_fen AS more_fen,
        o.supplement_fen - o.kept_supplement_fen AS more_supplement_fen,
        o.fixed_fen + o.linked_fen + o.supplement_fen
            - coalesce(s.more_fen + s.supplement_fen, 0) AS said_more_fen
    FROM owed o LEFT JOIN said s ON s.entitlement_id = o.entitlement_id
    WHERE s.entitlement_id IS NULL OR ($owed_says) IS DISTINCT FROM ($said_says)
        OR o.fixed_fen + o.linked_fen <> o.kept_fen OR o.supplement_fen <> o.kept_supplement_fen),
says AS (
    INSERT INTO adjusting_row (run_id, entitlement_id, $says)
    SELECT %(run_id)s, entitlement_id, $says FROM fresh),
difference AS MATERIALIZED (
    SELECT f.entitlement_id, d.component, d.fen, coalesce(d.rows, 0) AS rows,
        coalesce(d.whole, false) AS whole, a.for_good
    FROM fresh f LEFT JOIN amount a ON a.entitlement_id = f.entitlement_id, LATERAL (VALUES
        (%(raised)s, f.more_fen, a.raised_rows, a.raised_whole),
        (%(beside)s, f.more_supplement_fen, a.supplement_rows, a.supplement_whole))
        AS d (component, fen, rows, whole)
    WHERE d.fen <> 0),
closed AS MATERIALIZED (
    UPDATE benefits_component c SET superseded_at = (SELECT at FROM moment)
    FROM difference d
    WHERE c.entitlement_id = d.entitlement_id AND c.component = d.component
        AND c.superseded_at IS NULL AND c.$among
        AND (upper_inf(c.valid) OR upper(c.valid) > %(since)s)
    RETURNING c.entitlement_id, c.component, c.valid, c.fen, c.standing, d.fen AS more_fen,
        d.whole),
piece AS (
    SELECT entitlement_id, component, fen, standing, daterange(lower(valid), %(since)s) AS valid
    FROM closed WHERE lower(valid) < %(since)s
  UNION ALL
    SELECT entitlement_id, component, fen + more_fen,
        CASE standing WHEN 'UNVERIFIED' THEN standing ELSE %(standing)s END,
        valid * daterange(%(since)s, NULL)
    FROM closed WHERE fen + more_fen > 0
  UNION ALL  -- where nothing of the kind was added yet
    SELECT d.entitlement_id, d.component, d.fen, %(standing)s, span
    FROM difference d
    LEFT JOIN (
        SELECT entitlement_id, component, range_agg(valid) AS taken FROM closed WHERE NOT whole
        GROUP BY 1, 2) t ON t.entitlement_id = d.entitlement_id AND t.component = d.component,
        unnest(CASE WHEN d.for_good THEN datemultirange(daterange(%(since)s, NULL)) ELSE (
            SELECT range_agg(valid * daterange(%(since)s, NULL)) FROM benefits_component
            WHERE entitlement_id = d.entitlement_id AND superseded_at IS NULL AND $awarded)
            END - coalesce(t.taken, datemultirange())) AS span
    WHERE d.fen > 0 AND NOT d.whole AND d.component <> 'BASIC'),
put AS (
    INSERT INTO benefits_component
        (entitlement_id, component, fen, standing, valid, case_id, recorded_at)
    SELECT entitlement_id, component, fen, standing, valid, %(case_id)s, (SELECT at FROM moment)
    FROM piece
    RETURNING 1)
INSERT INTO adjusting_chunk
    (run_id, chunk, first_id, last_id, row_count, left_out_count, more_fen, component_count)
SELECT %(run_id)s, %(chunk)s, %(first_id)s, %(last_id)s, count(*),
    count(*) FILTER (WHERE left_out <> ''), coalesce(sum(said_more_fen), 0),
    (SELECT count(*) FROM put)
FROM fresh
RETURNING row_count + component_count + 1, (SELECT count(*) FROM closed),
    (SELECT coalesce(sum(rows), 0) FROM difference)
"""

BOUNDS = """
SELECT coalesce(min(person_id), 0), coalesce(max(person_id), 0) FROM (
    SELECT person_id FROM benefits_entitlement WHERE id BETWEEN %s AND %s OFFSET 0) of_chunk
"""


def rendered(statement: str, *, run: Run) -> str:
    """Fill the fragments of a run's kind into a statement."""
    fragments = {**FRAGMENTS, **KINDS[Kind(run.kind)]}
    fragments["among"] = EVERYBODY if run.decided else LISTED
    text = statement
    for _ in range(5):  # fragments hold fragments, five levels deep
        text = Template(text).safe_substitute(fragments)
    return text


def parameters(*, run: Run, **more: Any) -> dict[str, Any]:
    """What every statement of a run is given, and ``more``."""
    since, custody = Month.of(run.since), run.custody
    return {
        "run_id": run.pk,
        "case_id": run.case_id,
        "known_at": run.known_at,
        "since": run.since,
        "before": since.previous.first_day,
        "year": since.year,
        "raised": Kind(run.kind).raised,
        "beside": Kind(run.kind).beside,
        "standing": run.parameters["standing"],
        "terms": json.dumps(run.parameters["terms"]),
        "custody": custody.left_out.name,
        "prison_out": custody.is_prison_left_out,
        "by_old_system": run.parameters["by_old_system"],
        **{name: run.parameters[name] for name in ("books", "earlier", "without")},
        **more,
    }
