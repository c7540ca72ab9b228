"""What a month owes, and the line that pays it (应发与发放明细): one chain of queries.

The run writes down what it gives; a replay compares. It looks at nothing that came after its run:
known at ``known_at``, due and cancelled until ``period``, inherited until ``seen_at``.
"""

from string import Template

# Every due of a range of entitlements, new or carried over, with the batch and the account of its
# line, or the reason why it is held.
CHAIN = """
WITH item (scheme, component, ordinal, width) AS (VALUES $items),
regular AS ($regular),
gap AS ($gap),
carried AS (
    SELECT d.* FROM benefits_held h JOIN benefits_due d ON d.due_ref = h.due_ref
    WHERE h.run_period = %(previous)s AND d.entitlement_id BETWEEN %(first_id)s AND %(last_id)s
        AND d.kind <> 3  -- what was kept is never paid out, nor what the heirs have
        AND NOT EXISTS (SELECT 1 FROM benefits_inheriteddue i
            WHERE i.due_ref = d.due_ref AND i.recorded_at <= %(seen_at)s)
        AND NOT EXISTS (SELECT 1 FROM benefits_cancelled k
            WHERE k.due_ref = d.due_ref AND k.run_period <= %(period)s)),
owed AS NOT MATERIALIZED (
    SELECT $new_due_ref AS due_ref, entitlement_id, person_id, book_id,
        1::smallint AS kind, %(period)s::date AS for_month, fen, parts, unverified, true AS fresh
    FROM regular WHERE fen > 0
  UNION ALL
    SELECT $found_due_ref, f.* FROM (
        SELECT entitlement_id, person_id, book_id, 2::smallint, for_month, now_fen - so_far_fen,
            ARRAY(SELECT n - s FROM unnest(now_parts, so_far_parts) AS pair (n, s))::bigint[],
            unverified, true
        FROM gap WHERE now_fen > so_far_fen
        ORDER BY entitlement_id, for_month) f
  UNION ALL
    SELECT d.due_ref, d.entitlement_id, d.payee_id, e.book_id, d.kind, d.for_month, d.fen, d.parts,
        EXISTS (SELECT 1 FROM benefits_component c WHERE c.entitlement_id = d.entitlement_id
            AND c.valid @> d.for_month AND c.standing = 'UNVERIFIED' AND $known_c), false
    FROM carried d JOIN benefits_entitlement e ON e.id = d.entitlement_id),
split AS (  -- where the batches of a book at a bank begin, but the first
    SELECT book_id, bank, array_agg(first_id ORDER BY first_id) AS bounds
    FROM unnest(%(split_books)s::integer[], %(split_banks)s::text[], %(split_firsts)s::bigint[])
        AS u (book_id, bank, first_id)
    GROUP BY book_id, bank),
hold AS (
    SELECT h.entitlement_id, min(array_position(
        ARRAY['IN_PRISON', 'MISSING', 'SUSPENDED', 'CHECK_MISSED'], h.reason::text)) AS rank
    FROM benefits_hold h
    WHERE h.entitlement_id BETWEEN %(first_id)s AND %(last_id)s
        AND h.valid @> %(period)s::date AND $known_h
    GROUP BY h.entitlement_id),
looked_at AS NOT MATERIALIZED (
    SELECT o.*, b.id AS batch_id, a.account_no, a.holder_name,
        CASE WHEN x.id IS NOT NULL THEN 'DIED'
             WHEN h.rank IS NOT NULL THEN
                (ARRAY['IN_PRISON', 'MISSING', 'SUSPENDED', 'CHECK_MISSED'])[h.rank]
             WHEN o.unverified THEN 'UNVERIFIED'
             WHEN b.id IS NULL THEN 'NO_ACCOUNT' END AS reason
    FROM owed o
    LEFT JOIN people_death x ON x.person_id = o.person_id AND $known_x
        AND x.person_id BETWEEN %(first_person)s AND %(last_person)s
    LEFT JOIN hold h ON h.entitlement_id = o.entitlement_id
    LEFT JOIN payments_payeeaccount a ON a.payee_id = o.person_id
        AND a.payee_id BETWEEN %(first_person)s AND %(last_person)s
        AND a.valid @> %(account_date)s::date AND $known_a
        AND NOT EXISTS (SELECT 1 FROM payments_accountblock k
            WHERE k.account_id = a.id AND k.recorded_at <= %(known_at)s)
    LEFT JOIN split t ON t.book_id = o.book_id AND t.bank = a.bank
    LEFT JOIN payments_batch b ON b.book_id = o.book_id AND b.bank = a.bank
        AND b.period = %(period)s AND b.kind = 'REGULAR'
        AND b.ordinal = 1 + coalesce(width_bucket(o.entitlement_id, t.bounds), 0)),
gated AS MATERIALIZED (  -- of a month's amount two people may have decided to keep some
    SELECT l.*, CASE WHEN l.kind = 1 AND l.fresh AND l.reason IS NULL
        THEN coalesce(least(s.fen, div(l.fen * s.most_ppm, 1000000)), 0) ELSE 0 END::bigint AS kept
    FROM looked_at l LEFT JOIN benefits_runsetoff s ON s.entitlement_id = l.entitlement_id
        AND s.run_id = %(run_id)s AND s.entitlement_id BETWEEN %(first_id)s AND %(last_id)s)
"""


def owed_lines(*, new_due_ref: str, found_due_ref: str) -> str:
    """The chain up to ``gated``; how the number of a regular due comes about, and that of what is
    found to be due of a past month, are pieces of SQL."""
    refs = {"new_due_ref": new_due_ref, "found_due_ref": found_due_ref}
    return Template(CHAIN).safe_substitute(refs).rstrip()
