"""The statements of the recalculation (重算的 SQL): what was computed takes its place, set-wise."""

import json
from typing import Any

from insurance.pension.reckoning import Recalculated
from insurance.policy.kept_steps import kept

STAGE = """
DROP TABLE IF EXISTS recalculated;
CREATE TEMP TABLE recalculated (
    previous_id bigint, base_fen bigint, base_year smallint, basic_fen bigint, account_fen bigint,
    transitional_fen bigint, steps jsonb, policy_version text, standing text, mark text
) ON COMMIT DROP
"""
COPY = "COPY recalculated FROM STDIN"

# What was awarded by last year's base has one successor, and stays to be read.
AWARDS = """
WITH added AS (
    INSERT INTO pension_award (kind, previous_id, entitlement_id, person_id, scheme, route, region,
        birth_month, retirement_month, total_months, deemed_months, average_index, balance_fen,
        base_fen, base_year, basic_fen, account_fen, transitional_fen, extra_fen, figures, steps,
        policy_version, standing, interim, case_id, recalculation_id)
    SELECT 'RECALCULATION', a.id, a.entitlement_id, a.person_id, a.scheme, a.route, a.region,
        a.birth_month, a.retirement_month, a.total_months, a.deemed_months, a.average_index,
        a.balance_fen, r.base_fen, r.base_year, r.basic_fen, r.account_fen, r.transitional_fen,
        a.extra_fen, a.figures, r.steps, r.policy_version, r.standing, false, a.case_id, %(run)s
    FROM recalculated r JOIN pension_award a ON a.id = r.previous_id ORDER BY a.id
    RETURNING 1)
SELECT (SELECT count(*) FROM added), coalesce(sum(r.basic_fen + r.account_fen + r.transitional_fen
    - a.basic_fen - a.account_fen - a.transitional_fen), 0)::bigint
FROM recalculated r JOIN pension_award a ON a.id = r.previous_id
"""

# The amounts that were awarded, for the months for which they stand; amounts of other acts stay.
COMPONENTS = """
WITH told AS (
    SELECT a.entitlement_id, x.component, x.old_fen, x.new_fen, r.mark
    FROM recalculated r JOIN pension_award a ON a.id = r.previous_id
    CROSS JOIN LATERAL (VALUES ('BASIC', a.basic_fen, r.basic_fen),
        ('ACCOUNT', a.account_fen, r.account_fen),
        ('TRANSITIONAL', a.transitional_fen, r.transitional_fen)) x (component, old_fen, new_fen)
    WHERE x.old_fen > 0 AND x.new_fen > 0),
closed AS (
    UPDATE benefits_component c SET superseded_at = clock_timestamp() FROM told t
    WHERE c.entitlement_id = t.entitlement_id AND c.component = t.component
        AND c.fen = t.old_fen AND c.superseded_at IS NULL
        AND (c.fen, c.standing) <> (t.new_fen, t.mark)
    RETURNING c.*, t.new_fen, t.mark),
written AS (
    INSERT INTO benefits_component
        (entitlement_id, component, fen, standing, case_id, valid, recorded_at)
    SELECT entitlement_id, component, new_fen, mark, case_id, valid, superseded_at FROM closed
    RETURNING 1)
SELECT (SELECT count(*) FROM closed), (SELECT count(*) FROM written)
"""


def row(*, previous_id: int, found: Recalculated, mark: str) -> tuple[Any, ...]:
    """A row of the staging table."""
    award = found.award
    return (
        previous_id,
        award.terms.base.fen,
        award.terms.base.year,
        award.basic_fen,
        award.account_fen,
        award.transitional_fen,
        json.dumps(kept(steps=found.steps), ensure_ascii=False),
        award.terms.policy_version,
        found.standing.value,
        mark,
    )
