"""A recalculation by hand (手写的重算): what a good engineer types for the same rows.

One statement over everybody into the same tables, with all that they promise, and one that looks
whether anybody was forgotten. No chunks, no jobs, no audit, and only amounts as they were awarded.
"""

from dataclasses import dataclass
from typing import Any

from django.db.backends.utils import CursorWrapper

# Of both schemes: what another amount was computed for is superseded, and stands with it.
CORRECTED = """
u AS (
    UPDATE benefits_component c SET superseded_at = now() FROM w
    WHERE c.entitlement_id = w.entitlement_id AND c.component = w.component
        AND c.fen = w.old_fen AND c.superseded_at IS NULL
        AND (c.fen <> w.new_fen OR c.standing <> 'DEMO')
    RETURNING c.*, w.new_fen)
INSERT INTO benefits_component (entitlement_id, component, fen, standing, case_id, valid,
    recorded_at)
SELECT entitlement_id, component, new_fen, 'DEMO', case_id, valid, superseded_at FROM u
"""
FILL = """
INSERT INTO people_party (kind) SELECT 'PERSON' FROM generate_series(1, %(awards)s);
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT id, date '1963-01-01' + (id * 7919 %% 4300)::int, 1, '01', '340802' FROM people_party
WHERE kind = 'PERSON';
INSERT INTO benefits_entitlement (person_id, scheme, book_id, start_month, source_no, case_id)
SELECT party_id, '110', %(book)s, date '2025-02-01' + (party_id %% 12) * interval '1 month', '', 1
FROM people_person ORDER BY party_id;
INSERT INTO pension_award (kind, entitlement_id, person_id, scheme, route, region, birth_month,
    retirement_month, total_months, deemed_months, average_index, balance_fen, base_fen, base_year,
    basic_fen, account_fen, transitional_fen, extra_fen, figures, steps, policy_version, standing,
    interim, case_id)
SELECT 'AWARD', e.id, e.person_id, '110', 'STATUTORY', '340800',
    date_trunc('month', p.birth_date)::date, (e.start_month - interval '1 month')::date,
    180 + e.id * 104729 %% 280, e.id * 31 %% 150, 6000 + e.id * 15485863 %% 24000,
    10000 + e.id * 7919 %% 40000000, 784200, 2024, 150000 + e.id * 7919 %% 300000,
    1 + e.id %% 250000,
    CASE WHEN e.id * 31 %% 150 > 0 THEN 1 + e.id * 31 %% 90000 ELSE 0 END, 0,
    '{"facts_standing": "cited"}', '[]', repeat('0', 64), 'cited', true, e.id
FROM benefits_entitlement e JOIN people_person p ON p.party_id = e.person_id ORDER BY e.id;
INSERT INTO benefits_component (entitlement_id, component, fen, standing, case_id, valid)
SELECT a.entitlement_id, x.component, x.fen, 'DEMO', a.case_id, daterange(e.start_month, NULL)
FROM pension_award a JOIN benefits_entitlement e ON e.id = a.entitlement_id,
    LATERAL (VALUES ('BASIC', a.basic_fen), ('ACCOUNT', a.account_fen),
        ('TRANSITIONAL', a.transitional_fen)) x (component, fen)
WHERE x.fen > 0 ORDER BY a.id;
ANALYZE;
"""
RUN = """
INSERT INTO pension_recalculation (scheme, region, year, ordinal, base_fen, authority, known_on,
    policy_version, parameters, chunks, state, opened_at)
VALUES ('110', '340800', 2025, 1, %(base)s, '', '2025-12-01', '', '{}', '[]', 'OPEN', now())
RETURNING id
"""
RECALCULATE = (
    """
WITH n AS (
    INSERT INTO pension_award (kind, previous_id, entitlement_id, person_id, scheme, route, region,
        birth_month, retirement_month, total_months, deemed_months, average_index, balance_fen,
        base_fen, base_year, basic_fen, account_fen, transitional_fen, extra_fen, figures,
        policy_version, standing, interim, case_id, recalculation_id)
    SELECT 'RECALCULATION', a.id, a.entitlement_id, a.person_id, a.scheme, a.route, a.region,
        a.birth_month, a.retirement_month, a.total_months, a.deemed_months, a.average_index,
        a.balance_fen, %(base)s, 2025,
        round(%(base)s::numeric * (1 + a.average_index / %(unit)s::numeric) / 2
            * ceil(a.total_months / 1.2) / 10 * %(rate)s),
        round(a.balance_fen * 10 / d.tenths::numeric),
        round(%(base)s::numeric * a.average_index / %(unit)s * ceil(a.deemed_months / 1.2) / 10
            * %(coefficient)s),
        a.extra_fen, a.figures, a.policy_version, %(standing)s, false, a.case_id, %(run)s
    FROM pension_award a JOIN jsonb_to_recordset(%(divisors)s::jsonb) AS d (age int, tenths int)
        ON d.age = 12 * (extract(year FROM a.retirement_month) - extract(year FROM a.birth_month))
            + extract(month FROM a.retirement_month) - extract(month FROM a.birth_month)
    WHERE a.scheme = '110' AND a.region = '340800' AND a.interim
        AND a.retirement_month BETWEEN '2025-01-01' AND '2025-12-31'
        AND NOT EXISTS (SELECT FROM pension_award s WHERE s.previous_id = a.id)
    ORDER BY a.id
    RETURNING previous_id, basic_fen, account_fen, transitional_fen),
w AS (
    SELECT a.entitlement_id, x.component, x.old_fen, x.new_fen
    FROM n JOIN pension_award a ON a.id = n.previous_id,
        LATERAL (VALUES ('BASIC', a.basic_fen, n.basic_fen),
            ('ACCOUNT', a.account_fen, n.account_fen),
            ('TRANSITIONAL', a.transitional_fen, n.transitional_fen))
            x (component, old_fen, new_fen)
    WHERE x.old_fen > 0 AND x.new_fen > 0),
"""
    + CORRECTED
)
FORGOTTEN = """
SELECT (SELECT count(*) FROM pension_award a WHERE a.interim
        AND NOT EXISTS (SELECT FROM pension_award n WHERE n.previous_id = a.id)),
    (SELECT count(*) FROM pension_award a CROSS JOIN
        LATERAL (VALUES ('BASIC', a.basic_fen), ('ACCOUNT', a.account_fen),
            ('TRANSITIONAL', a.transitional_fen)) x (component, fen)
        LEFT JOIN benefits_component c ON c.entitlement_id = a.entitlement_id
            AND c.component = x.component AND c.fen = x.fen AND c.superseded_at IS NULL
        WHERE a.recalculation_id = %(run)s AND x.fen > 0 AND c.id IS NULL)
"""
DONE = "UPDATE pension_recalculation SET state = 'DONE', done_at = now() WHERE id = %(run)s"


class ForgottenError(Exception):
    """The statement by hand left somebody out: its seconds would be worth nothing."""


@dataclass(frozen=True)
class ByHand:
    """The statements of one scheme: the run, everybody's new amounts, who was forgotten."""

    run: str
    recalculate: str
    forgotten: str

    def execute(self, *, cursor: CursorWrapper, given: dict[str, Any]) -> None:
        """Compute everybody again, look whether all is there, and end it."""
        cursor.execute(self.run, given)
        (run,) = cursor.fetchone()
        cursor.execute(self.recalculate, {**given, "run": run})
        cursor.execute(self.forgotten, {"run": run})
        if any(cursor.fetchone()):
            raise ForgottenError(run)
        cursor.execute(DONE, {"run": run})


EMPLOYEES = ByHand(run=RUN, recalculate=RECALCULATE, forgotten=FORGOTTEN)
