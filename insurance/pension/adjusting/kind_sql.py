"""Who takes part in an adjustment, and what each gets (调整的 SQL，按类别).

``took_part``: the pension began in time; ``facts`` of those who take part, or did by an award
that is corrected, with the first reason against it; ``owed`` by the figures, whole
numbers as in the pure rules; ``scope``: whom a run over everybody must speak of. What the old
system adjusted is adjusted here only for those whom it did not pay in that time: ``by_old_system``.
"""

from collections.abc import Mapping

from insurance.pension.adjusting.models import Kind

NOT_THERE = """(NOT %(by_old_system)s OR e.paid_through IS NULL OR e.paid_through < %(since)s)"""

# 110: retired by 31 December, so that a pension is due in January at the latest. Whoever had none
# in December has that of January, without what this adjustment gave already.
YEARLY_FACTS = f"""
    SELECT e.id AS entitlement_id, $age AS age, $from,
        coalesce(m.paid_months, e.paid_months) AS paid_months,
        coalesce(CASE WHEN e.start_month < %(since)s THEN a.before_fen
            ELSE a.since_fen - $kept - $kept_supplement END, 0) AS before_fen,
        CASE WHEN x.person_id IS NOT NULL THEN 'DIED'
            WHEN $in_custody THEN %(custody)s
            WHEN t.entitlement_id IS NOT NULL THEN 'STOPPED'
            WHEN a.in_payment AND $took_part THEN '' ELSE 'NO_PENSION' END AS reason
    FROM $entitled
    LEFT JOIN (SELECT DISTINCT ON (entitlement_id) entitlement_id, paid_months
        FROM adjusting_paidmonths WHERE $among ORDER BY entitlement_id, id DESC) m
        ON m.entitlement_id = e.id
    LEFT JOIN (SELECT DISTINCT entitlement_id FROM benefits_stop
        WHERE $among AND superseded_at IS NULL AND valid @> %(since)s::date) t
        ON t.entitlement_id = e.id
    WHERE ($took_part OR s.entitlement_id IS NOT NULL) AND {NOT_THERE}"""

# adjustment.py: a part of a year counts as a whole one, not at all, or nobody said (then it must
# not matter). ``addend`` and ``unit``: how the plan rounds.
YEARLY_OWED = """
    SELECT entitlement_id, left_out, ''::text AS district, paid_months, age, before_fen,
        raised_from_fen, supplement_from_fen, kept_fen, kept_supplement_fen,
        CASE left_out WHEN '' THEN fixed_fen ELSE 0 END AS fixed_fen,
        CASE left_out WHEN '' THEN years_fen ELSE 0 END AS years_fen,
        CASE left_out WHEN '' THEN share_fen ELSE 0 END AS share_fen,
        CASE left_out WHEN '' THEN coalesce(
            (years_fen * 1000000 + before_fen * share_ppm + linked_addend) / linked_unit
                * linked_unit_fen, years_fen + share_fen) ELSE 0 END AS linked_fen,
        CASE left_out WHEN '' THEN
            greatest(supplement_from_fen + old_age_fen, floor_fen) - supplement_from_fen
            ELSE 0 END AS supplement_fen
    FROM (
        SELECT c.*, flat_fen + per_year_fen * greatest(years - flat_years, 0) AS years_fen,
            (before_fen * share_ppm + addend) / unit * unit_fen AS share_fen,
            CASE WHEN reason <> '' THEN reason WHEN paid_months IS NULL THEN 'MONTHS_UNKNOWN'
                WHEN part_counts IS NULL AND paid_months %% 12 > 0 AND years >= flat_years
                    OR NOT floor_known THEN 'PLAN_INCOMPLETE' ELSE '' END AS left_out
        FROM (
            SELECT f.*, p.*, y.old_age_fen, y.floor_fen, y.floor_known, f.paid_months / 12
                + (p.part_counts IS TRUE AND f.paid_months %% 12 > 0)::int AS years
            FROM fact f
            CROSS JOIN jsonb_to_record(%(terms)s::jsonb -> 'plan') AS p (fixed_fen bigint,
                flat_fen bigint, flat_years int, per_year_fen bigint, part_counts boolean,
                share_ppm bigint, addend bigint, unit bigint, unit_fen bigint,
                linked_addend bigint, linked_unit bigint, linked_unit_fen bigint)
            JOIN jsonb_to_recordset(%(terms)s::jsonb -> 'ages') AS y (of_age int,
                old_age_fen bigint, floor_fen bigint, floor_known boolean)
                ON y.of_age = greatest(0, least(f.age, 150))) c) o"""

# 170: in payment before the first month; who begins later is awarded the new amount. A stop ends
# one day, and the amount is then that of everybody; only custody has its own rule. It goes by the
# district in which the pension is drawn, wherever somebody lives by now: that of the award, as
# corrected; of who was taken over that of the entitlement. Whoever was raised by one place and now
# draws in another, where the standard does not rise, has it taken back.
DRAWN_IN = """coalesce((SELECT w.region FROM pension_award w WHERE w.entitlement_id = e.id
    ORDER BY w.id DESC LIMIT 1), e.district)"""
# Years above the least are whole years of the months that count now.
BASIC_FACTS = f"""
    SELECT e.id AS entitlement_id, $age AS age, $from, coalesce(a.before_fen, 0) AS before_fen,
        {DRAWN_IN} AS district, coalesce(r.fen, 0) AS fen,
        coalesce(m.paid_months, e.paid_months) AS paid_months,
        coalesce(r.extra_fen * greatest(coalesce(m.paid_months, e.paid_months, 0) / 12
            - r.least_years, 0), 0) AS extra_fen,
        CASE WHEN x.person_id IS NOT NULL THEN 'DIED'
            WHEN $in_custody THEN %(custody)s
            WHEN $raised = 0 THEN 'NO_PENSION' WHEN r.district IS NULL THEN 'NOT_RAISED'
            ELSE '' END AS reason
    FROM $entitled
    LEFT JOIN jsonb_to_recordset(%(terms)s::jsonb) AS r (district text, fen bigint,
        extra_fen bigint, least_years int) ON r.district = {DRAWN_IN}
    LEFT JOIN (SELECT DISTINCT ON (entitlement_id) entitlement_id, paid_months
        FROM adjusting_paidmonths WHERE $among ORDER BY entitlement_id, id DESC) m
        ON m.entitlement_id = e.id
    WHERE ($took_part AND r.district IS NOT NULL OR s.entitlement_id IS NOT NULL)
        AND {NOT_THERE}"""
BASIC_OWED = """
    SELECT entitlement_id, reason AS left_out, district, paid_months, age,
        before_fen, raised_from_fen, supplement_from_fen, kept_fen, kept_supplement_fen,
        CASE reason WHEN '' THEN fen ELSE 0 END AS fixed_fen, 0 AS years_fen, 0 AS share_fen,
        0 AS linked_fen, CASE reason WHEN '' THEN extra_fen ELSE 0 END AS supplement_fen
    FROM fact"""

KINDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.YEARLY: {
        "took_part": "e.start_month <= %(since)s",
        "facts": YEARLY_FACTS,
        "owed": YEARLY_OWED,
        "scope": f"e.start_month <= %(since)s AND {NOT_THERE}",
    },
    Kind.BASIC: {
        "took_part": "e.start_month < %(since)s",
        "facts": BASIC_FACTS,
        "owed": BASIC_OWED,
        "scope": f"""e.start_month < %(since)s AND {NOT_THERE} AND {DRAWN_IN} IN (
            SELECT r.district FROM jsonb_to_recordset(%(terms)s::jsonb) AS r (district text))""",
    },
}
