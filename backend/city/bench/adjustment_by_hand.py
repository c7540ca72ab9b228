"""A yearly adjustment by hand (手写的年度调整): what a good engineer types for the same rows.

One statement over everybody into the same tables, with all that they promise, and one that looks
whether anybody was forgotten. No chunks, no jobs, no audit, no differences to an earlier run, and
only amounts without an end.
"""

from typing import Any

from django.db.backends.utils import CursorWrapper

FILL = """
INSERT INTO people_party (kind) SELECT 'PERSON' FROM generate_series(1, %(pensions)s);
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT id, date '1930-01-01' + (id * 7919 %% 13500)::int, 1, '01', '340802' FROM people_party
WHERE kind = 'PERSON';
INSERT INTO benefits_entitlement (person_id, scheme, book_id, start_month, paid_through,
    paid_months, baseline_id, source_no)
SELECT party_id, '110', %(book)s, date '2012-03-01', date '2026-12-01',
    CASE WHEN party_id %% 200 <> 0 THEN 180 + (party_id * 104729 %% 320)::int END, %(baseline)s, ''
FROM people_person ORDER BY party_id;
INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid)
SELECT e.id, part, 20000 + (e.id * 15485863 + ord * 31) %% 180000, 'BASELINE', '[2020-01-01,)'
FROM benefits_entitlement e JOIN people_person p ON p.party_id = e.person_id,
    unnest(ARRAY['BASIC', 'ACCOUNT', 'TRANSITIONAL', 'ADJUSTMENT', 'AGE_SUPPLEMENT'])
        WITH ORDINALITY AS x (part, ord)
WHERE CASE part WHEN 'TRANSITIONAL' THEN e.id %% 2 = 0 WHEN 'ADJUSTMENT' THEN e.id %% 5 <> 0
    WHEN 'AGE_SUPPLEMENT' THEN p.birth_date < '1956-01-01' ELSE true END
ORDER BY e.id;
INSERT INTO people_death (person_id, death_date, source, confirmed, evidence)
SELECT person_id, date '2026-12-01' + (id %% 60)::int, 'POLICE', true, '' FROM benefits_entitlement
WHERE id %% 100 = 7;
INSERT INTO benefits_stop (entitlement_id, reason, case_id, valid)
SELECT id, '', 1, '[2026-11-01,)' FROM benefits_entitlement WHERE id %% 200 = 9;
"""
RUN = """
INSERT INTO adjusting_run (kind, region, since, ordinal, case_id, known_at, policy_version,
    parameters, state)
VALUES ('YEARLY', '340800', '2027-01-01', 1, 1, now(), '', '{}', 'OPEN') RETURNING id
"""
ADJUST = """
WITH c AS (
    SELECT entitlement_id, sum(fen) AS december,
        coalesce(sum(fen) FILTER (WHERE component = 'ADJUSTMENT'), 0) AS adjusted,
        coalesce(sum(fen) FILTER (WHERE component = 'AGE_SUPPLEMENT'), 0) AS supplement
    FROM benefits_component WHERE superseded_at IS NULL AND valid @> date '2026-12-01'
    GROUP BY entitlement_id),
f AS (
    SELECT e.id, e.paid_months, (e.paid_months + 11) / 12 AS years,
        2026 - extract(year FROM p.birth_date)::int AS age, c.december, c.adjusted, c.supplement,
        CASE WHEN x.id IS NOT NULL THEN 'DIED' WHEN s.id IS NOT NULL THEN 'STOPPED'
            WHEN e.paid_months IS NULL THEN 'MONTHS_UNKNOWN' ELSE '' END AS out
    FROM benefits_entitlement e JOIN people_person p ON p.party_id = e.person_id
    JOIN c ON c.entitlement_id = e.id
    LEFT JOIN people_death x ON x.person_id = e.person_id AND x.confirmed
        AND x.superseded_at IS NULL AND x.death_date < '2027-01-01'
    LEFT JOIN benefits_stop s ON s.entitlement_id = e.id AND s.superseded_at IS NULL
        AND s.valid @> date '2027-01-01'
    WHERE e.scheme = '110' AND e.start_month <= '2027-01-01'),
g AS MATERIALIZED (
    SELECT f.*, CASE out WHEN '' THEN %(fixed)s ELSE 0 END AS fixed,
        CASE out WHEN '' THEN %(flat)s + %(each)s * greatest(years - 15, 0) ELSE 0 END AS by_years,
        CASE out WHEN '' THEN round(december * %(share)s) ELSE 0 END AS by_share,
        CASE out WHEN '' THEN ceil((%(flat)s + %(each)s * greatest(years - 15, 0)
            + december * %(share)s) / 100) * 100 ELSE 0 END AS linked,
        CASE out WHEN '' THEN greatest(supplement + CASE WHEN age >= 90 THEN %(at_90)s
                WHEN age >= 80 THEN %(at_80)s WHEN age >= 70 THEN %(at_70)s ELSE 0 END,
            CASE age WHEN 70 THEN %(to_70)s WHEN 75 THEN %(to_75)s WHEN 80 THEN %(to_80)s
                WHEN 85 THEN %(to_85)s ELSE 0 END) - supplement ELSE 0 END AS older
    FROM f),
r AS (
    INSERT INTO adjusting_row (run_id, entitlement_id, left_out, paid_months, age, before_fen,
        raised_from_fen, supplement_from_fen, fixed_fen, years_fen, share_fen, linked_fen,
        supplement_fen)
    SELECT %(run)s, id, out, paid_months, age, december, adjusted, supplement, fixed, by_years,
        by_share, linked, older
    FROM g),
u AS (
    UPDATE benefits_component c SET superseded_at = now() FROM g
    WHERE c.entitlement_id = g.id AND g.out = '' AND c.superseded_at IS NULL
        AND (c.component = 'ADJUSTMENT' OR c.component = 'AGE_SUPPLEMENT' AND g.older > 0)
    RETURNING c.entitlement_id, c.component, c.fen, c.standing, c.valid)
INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid, case_id,
    recorded_at)
SELECT entitlement_id, component, fen, standing, daterange(lower(valid), '2027-01-01'), 1, now()
FROM u
UNION ALL
SELECT id, 'ADJUSTMENT', adjusted + fixed + linked, 'DEMO', '[2027-01-01,)', 1, now()
FROM g WHERE out = ''
UNION ALL
SELECT id, 'AGE_SUPPLEMENT', supplement + older, 'DEMO', '[2027-01-01,)', 1, now()
FROM g WHERE older > 0
"""
FORGOTTEN = """
SELECT (SELECT count(*) FROM benefits_entitlement e WHERE NOT EXISTS (
        SELECT FROM adjusting_row r WHERE r.entitlement_id = e.id AND r.run_id = %(run)s)),
    (SELECT count(*) FROM adjusting_row r LEFT JOIN benefits_component c
        ON c.entitlement_id = r.entitlement_id AND c.component = 'ADJUSTMENT'
            AND c.superseded_at IS NULL AND c.valid @> date '2027-01-01'
            AND c.fen = r.raised_from_fen + r.fixed_fen + r.linked_fen
        WHERE r.run_id = %(run)s AND r.left_out = '' AND c.id IS NULL),
    (SELECT count(*) FROM adjusting_row r LEFT JOIN benefits_component c
        ON c.entitlement_id = r.entitlement_id AND c.component = 'AGE_SUPPLEMENT'
            AND c.superseded_at IS NULL AND c.valid @> date '2027-01-01'
            AND c.fen = r.supplement_from_fen + r.supplement_fen
        WHERE r.run_id = %(run)s AND r.supplement_fen > 0 AND c.id IS NULL)
"""
SEALED = "UPDATE adjusting_run SET state = 'SEALED', sealed_at = now() WHERE id = %(run)s"


class ForgottenError(Exception):
    """The statement by hand left somebody out: its seconds would be worth nothing."""


def adjust(*, cursor: CursorWrapper, plan: dict[str, Any]) -> tuple[int, int]:
    """Adjust everybody; the run, and how many components that took."""
    cursor.execute(RUN)
    (run,) = cursor.fetchone()
    cursor.execute(ADJUST, {**plan, "run": run})
    return run, cursor.rowcount


def seal(*, cursor: CursorWrapper, run: int) -> None:
    """Look whether all is there, and seal it."""
    cursor.execute(FORGOTTEN, {"run": run})
    if any(cursor.fetchone()):
        raise ForgottenError(run)
    cursor.execute(SEALED, {"run": run})
