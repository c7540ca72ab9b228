"""A recalculation of residents' awards by hand (手写的居民重算): as ``recalculation_by_hand``.

The same statements over everybody, with the standard that all are awarded by.
"""

from backend.city.bench.recalculation_by_hand import CORRECTED, ByHand

# Everybody was awarded by the standard of before, twenty yuan less than now.
FILL = """
INSERT INTO people_party (kind) SELECT 'PERSON' FROM generate_series(1, %(awards)s);
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT id, date '1960-01-01' + (id * 7919 %% 1500)::int, 1, '01', '340802' FROM people_party
WHERE kind = 'PERSON';
INSERT INTO benefits_entitlement (person_id, scheme, book_id, start_month, district, source_no,
    case_id)
SELECT party_id, '170', %(book)s, date '2025-02-01' + (party_id %% 12) * interval '1 month',
    '340802', '', 1
FROM people_person ORDER BY party_id;
INSERT INTO pension_award (kind, entitlement_id, person_id, scheme, route, region, birth_month,
    retirement_month, total_months, deemed_months, balance_fen, basic_fen, account_fen,
    transitional_fen, extra_fen, figures, steps, policy_version, standing, interim, case_id)
SELECT 'AWARD', f.id, f.person_id, '170', '', '340802', date_trunc('month', f.birth_date)::date,
    (f.start_month - interval '1 month')::date, 12 * f.years, 0, f.balance, %(basic)s - 2000,
    round(f.balance / %(divisor)s::numeric), 0,
    CASE WHEN f.years > %(least)s THEN (f.years - %(least)s) * %(extra)s ELSE 0 END,
    '{"facts_standing": "cited"}', '[]', repeat('0', 64), 'cited', false, f.id
FROM (SELECT e.*, p.birth_date, (15 + e.id * 104729 %% 20)::int AS years,
        10000 + e.id * 7919 %% 9000000 AS balance
    FROM benefits_entitlement e JOIN people_person p ON p.party_id = e.person_id) f
ORDER BY f.id;
INSERT INTO benefits_component (entitlement_id, component, fen, standing, case_id, valid)
SELECT a.entitlement_id, x.component, x.fen, 'DEMO', a.case_id, daterange(e.start_month, NULL)
FROM pension_award a JOIN benefits_entitlement e ON e.id = a.entitlement_id,
    LATERAL (VALUES ('BASIC', a.basic_fen), ('ACCOUNT', a.account_fen),
        ('EXTRA_YEARS', a.extra_fen)) x (component, fen)
WHERE x.fen > 0 ORDER BY a.id;
ANALYZE;
"""
RUN = """
INSERT INTO pension_recalculation (scheme, region, year, ordinal, authority, known_on,
    policy_version, parameters, chunks, state, opened_at)
VALUES ('170', '340802', 2025, 1, '', '2025-12-01', '', '{}', '[]', 'OPEN', now())
RETURNING id
"""
RECALCULATE = (
    """
WITH n AS (
    INSERT INTO pension_award (kind, previous_id, entitlement_id, person_id, scheme, route, region,
        birth_month, retirement_month, total_months, deemed_months, balance_fen, basic_fen,
        account_fen, transitional_fen, extra_fen, figures, policy_version, standing, interim,
        case_id, recalculation_id)
    SELECT 'RECALCULATION', a.id, a.entitlement_id, a.person_id, a.scheme, a.route, a.region,
        a.birth_month, a.retirement_month, a.total_months, a.deemed_months, a.balance_fen,
        %(basic)s, round(a.balance_fen / %(divisor)s::numeric), 0,
        greatest(a.total_months / 12 - %(least)s, 0) * %(extra)s, a.figures, a.policy_version,
        %(standing)s, false, a.case_id, %(run)s
    FROM pension_award a
    WHERE a.scheme = '170' AND a.region = '340802'
        AND a.retirement_month BETWEEN '2025-01-01' AND '2025-12-31'
        AND NOT EXISTS (SELECT FROM pension_award s WHERE s.previous_id = a.id)
    ORDER BY a.id
    RETURNING previous_id, basic_fen, account_fen, extra_fen),
w AS (
    SELECT a.entitlement_id, x.component, x.old_fen, x.new_fen
    FROM n JOIN pension_award a ON a.id = n.previous_id,
        LATERAL (VALUES ('BASIC', a.basic_fen, n.basic_fen),
            ('ACCOUNT', a.account_fen, n.account_fen),
            ('EXTRA_YEARS', a.extra_fen, n.extra_fen)) x (component, old_fen, new_fen)
    WHERE x.old_fen > 0 AND x.new_fen > 0),
"""
    + CORRECTED
)
FORGOTTEN = """
SELECT (SELECT count(*) FROM pension_award a WHERE a.kind = 'AWARD'
        AND NOT EXISTS (SELECT FROM pension_award n WHERE n.previous_id = a.id)),
    (SELECT count(*) FROM pension_award a CROSS JOIN
        LATERAL (VALUES ('BASIC', a.basic_fen), ('ACCOUNT', a.account_fen),
            ('EXTRA_YEARS', a.extra_fen)) x (component, fen)
        LEFT JOIN benefits_component c ON c.entitlement_id = a.entitlement_id
            AND c.component = x.component AND c.fen = x.fen AND c.superseded_at IS NULL
        WHERE a.recalculation_id = %(run)s AND x.fen > 0 AND c.id IS NULL)
"""
RESIDENTS = ByHand(run=RUN, recalculate=RECALCULATE, forgotten=FORGOTTEN)
