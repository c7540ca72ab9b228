"""The statements of the monthly run (月度发放的 SQL): set-wise twins of ``assess.py``.

Parameters of all of them: ``period`` (first day of the month), ``known_at``, ``known_before``,
``account_date``, ``run_id``, the ``splits``, ``first_id`` and ``last_id`` of the chunk,
``previous`` (period of the run before, or NULL), ``seen_at`` and ``items`` as a VALUES list that is
filled in by ``rendered``.
"""

from collections.abc import Iterator, Mapping
from string import Template
from typing import Any

from insurance.benefits.lines_sql import owed_lines
from insurance.benefits.models import Run
from payments.withdrawals import MAY_BE_PAID

LONG_AGO, FOREVER = "-infinity", "infinity"


def _known(alias: str) -> str:
    """The row was on the books at ``known_at``."""
    return (
        f"{alias}.recorded_at <= %(known_at)s AND "
        f"({alias}.superseded_at IS NULL OR {alias}.superseded_at > %(known_at)s)"
    )


def _changed(alias: str) -> str:
    """The row was written or superseded since the run before."""
    return (
        f"(({alias}.recorded_at > %(known_before)s AND {alias}.recorded_at <= %(known_at)s) OR "
        f"({alias}.superseded_at > %(known_before)s AND {alias}.superseded_at <= %(known_at)s))"
    )


FRAGMENTS = {
    "known_c": _known("c"),
    "known_x": _known("x"),
    "known_s": _known("s"),
    "known_h": _known("h"),
    "known_a": _known("a"),
    "changed_c": _changed("c"),
    "changed_x": _changed("x"),
    "changed_s": _changed("s"),
    "sums": """sum(c.fen)::bigint AS fen,
        coalesce(sum(c.fen) FILTER (WHERE $ordinal = 1), 0)::bigint AS p1,
        coalesce(sum(c.fen) FILTER (WHERE $ordinal = 2), 0)::bigint AS p2,
        coalesce(sum(c.fen) FILTER (WHERE $ordinal = 3), 0)::bigint AS p3,
        coalesce(sum(c.fen) FILTER (WHERE $ordinal = 4), 0)::bigint AS p4""",
    "may_be_paid": MAY_BE_PAID.format(due="d"),
    # All of an entitlement may be of one expense item until a month, whatever its components are.
    "ordinal": """coalesce(
            CASE WHEN e.item_until IS NULL OR month < e.item_until THEN e.item_ordinal END,
            i.ordinal)""",
    # What is paid out of a due of which some is kept.
    "left": "CASE kept WHEN 0 THEN parts ELSE benefits_less(parts, kept) END",
    # Kind by kind, so that each is found by its own unique index, never by reading all dues.
    "dues": """(SELECT * FROM benefits_due WHERE kind = 1
        UNION ALL SELECT * FROM benefits_due WHERE kind = 2
        UNION ALL SELECT * FROM benefits_due WHERE kind = 3)""",
    # Nothing was ever due before the first month, but by an award that let it begin too early.
    "from_month": """min(CASE WHEN g.of_amount AND e.case_id IS NOT NULL THEN g.from_month
        ELSE greatest(g.from_month, e.start_month) END)""",
    # What is regularly due for the period, in the order of the entitlements (assess.regular_parts).
    "regular": """
    SELECT e.id AS entitlement_id, e.person_id, e.book_id, c.unverified, $scheme_fen AS fen,
        CASE WHEN e.item_ordinal IS NULL OR e.item_until <= %(period)s THEN $scheme_parts ELSE
            array_fill(0::bigint, ARRAY[e.item_ordinal - 1]) || ($scheme_fen)::bigint END AS parts
    FROM benefits_entitlement e JOIN (
        SELECT c.entitlement_id, bool_or(c.standing = 'UNVERIFIED') AS unverified, $scheme_sums
        FROM benefits_component c
        WHERE c.entitlement_id BETWEEN %(first_id)s AND %(last_id)s
            AND c.valid @> %(period)s::date AND $known_c
        GROUP BY c.entitlement_id) c ON c.entitlement_id = e.id
    WHERE e.id BETWEEN %(first_id)s AND %(last_id)s
        AND e.start_month <= %(period)s AND e.recorded_at <= %(known_at)s
        AND (e.paid_through IS NULL OR e.paid_through < %(period)s)  -- the old system pays it
        AND e.person_id NOT IN (SELECT x.person_id FROM people_death x
            WHERE x.person_id BETWEEN %(first_person)s AND %(last_person)s
            AND x.confirmed AND x.death_date < %(period)s AND $known_x)
        AND e.id NOT IN (SELECT s.entitlement_id FROM benefits_stop s
            WHERE s.entitlement_id BETWEEN %(first_id)s AND %(last_id)s
            AND s.valid @> %(period)s::date AND $known_s)
    ORDER BY e.id""",
    # Past months to compute again: what is owed as now known, what was paid or is due so far, and
    # what was found before to be given back.
    "gap": """
    SELECT e.id AS entitlement_id, e.person_id, e.book_id, e.scheme, month::date AS for_month,
        coalesce(n.fen, 0) AS now_fen, n.unverified,
        ARRAY[coalesce(n.p1, 0), coalesce(n.p2, 0), coalesce(n.p3, 0), coalesce(n.p4, 0)]
            AS now_parts,
        coalesce(o.fen, 0) + coalesce(d.fen, 0) AS so_far_fen,
        ARRAY[coalesce(o.p1, 0) + coalesce(d.p1, 0), coalesce(o.p2, 0) + coalesce(d.p2, 0),
              coalesce(o.p3, 0) + coalesce(d.p3, 0), coalesce(o.p4, 0) + coalesce(d.p4, 0)]
            AS so_far_parts,
        coalesce(v.fen, 0) AS back_fen,
        ARRAY[coalesce(v.p1, 0), coalesce(v.p2, 0), coalesce(v.p3, 0), coalesce(v.p4, 0)]
            AS back_parts
    FROM benefits_runchange r
    JOIN benefits_entitlement e ON e.id = r.entitlement_id
    CROSS JOIN LATERAL generate_series(r.from_month::timestamp,
        %(period)s::timestamp - interval '1 month', interval '1 month') AS month
    LEFT JOIN LATERAL (
        SELECT $sums, bool_or(c.standing = 'UNVERIFIED') AS unverified
        FROM benefits_component c JOIN item i ON i.scheme = e.scheme AND i.component = c.component
        WHERE c.entitlement_id = e.id AND c.valid @> month::date AND $known_c
            AND e.start_month <= month
            AND NOT EXISTS (SELECT 1 FROM people_death x WHERE x.person_id = e.person_id
                AND x.confirmed AND x.death_date < month AND $known_x)
            AND NOT EXISTS (SELECT 1 FROM benefits_stop s WHERE s.entitlement_id = e.id
                AND s.valid @> month::date AND $known_s)) n ON true
    LEFT JOIN LATERAL (  -- what the old system paid, by the signed baseline
        SELECT $sums
        FROM benefits_component c JOIN item i ON i.scheme = e.scheme AND i.component = c.component
        WHERE c.entitlement_id = e.id AND c.case_id IS NULL AND c.valid @> month::date
            AND month <= e.paid_through AND month >= e.start_month) o ON true
    LEFT JOIN LATERAL (
        SELECT sum(u.fen) AS fen, sum(u.parts[1]) AS p1, sum(coalesce(u.parts[2], 0)) AS p2,
            sum(coalesce(u.parts[3], 0)) AS p3, sum(coalesce(u.parts[4], 0)) AS p4
        FROM $dues u LEFT JOIN benefits_cancelled k ON k.due_ref = u.due_ref
            AND k.run_period <= %(period)s
        WHERE u.entitlement_id = e.id AND u.for_month = month AND k.due_ref IS NULL
            AND u.run_period < %(period)s) d ON true
    LEFT JOIN LATERAL (
        SELECT sum(p.fen) AS fen, sum(p.parts[1]) AS p1, sum(coalesce(p.parts[2], 0)) AS p2,
            sum(coalesce(p.parts[3], 0)) AS p3, sum(coalesce(p.parts[4], 0)) AS p4
        FROM benefits_overpaid p
        WHERE p.entitlement_id = e.id AND p.for_month = month) v ON true
    WHERE r.run_id = %(run_id)s AND r.entitlement_id BETWEEN %(first_id)s AND %(last_id)s""",
}

# The list of entitlements whose past months are computed again, and from which month on.
LIST_CHANGES = """
INSERT INTO benefits_runchange (run_id, entitlement_id, from_month)
SELECT %(run_id)s, e.id, $from_month
FROM (
    SELECT p.id AS entitlement_id,
        (date_trunc('month', x.death_date) + interval '1 month')::date AS from_month,
        false AS of_amount
    FROM people_death x JOIN benefits_entitlement p ON p.person_id = x.person_id
    WHERE x.confirmed AND $changed_x
  UNION ALL  -- what took an amount's place and is the same at first differs only where one ends
    SELECT entitlement_id, CASE count(*) WHEN 1 THEN since ELSE min(until) END, true
    FROM (SELECT c.entitlement_id, c.component, c.fen, c.standing, lower(c.valid) AS since,
              coalesce(upper(c.valid), 'infinity') AS until
          FROM benefits_component c
          WHERE $changed_c AND (c.case_id IS NOT NULL OR c.superseded_at IS NOT NULL)
              AND (c.recorded_at <= %(known_before)s OR c.superseded_at IS NULL
                  OR c.superseded_at > %(known_at)s)) c
    GROUP BY entitlement_id, component, fen, standing, since
    HAVING count(*) = 1 OR min(until) < max(until)
  UNION ALL
    SELECT s.entitlement_id, lower(s.valid), false FROM benefits_stop s WHERE $changed_s
  UNION ALL
    SELECT p.id, coalesce((p.paid_through + interval '1 month')::date, p.start_month), false
    FROM benefits_entitlement p
    WHERE p.recorded_at > %(known_before)s AND p.recorded_at <= %(known_at)s
        AND (p.paid_through < %(period)s::date - interval '1 month'  -- nearly none
            OR p.paid_through IS NULL AND p.start_month < %(period)s)
  UNION ALL  -- the run before left its month to the old system, also what was known of it by then
    SELECT p.id, %(previous)s::date, false FROM benefits_entitlement p
    WHERE p.paid_through >= %(previous)s::date
  UNION ALL  -- the heirs had it, but the death was false
    SELECT u.entitlement_id, u.for_month, false FROM benefits_inheriteddue i
    JOIN benefits_claim l ON l.id = i.claim_id AND l.superseded_at <= %(known_at)s
        AND benefits_claim_ended_at(l.id) <= %(known_at)s
    JOIN benefits_due u ON u.due_ref = i.due_ref
    WHERE NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = i.due_ref)
  UNION ALL  -- asked to give back what the bank has returned meanwhile
    SELECT v.entitlement_id, v.for_month, false FROM benefits_overpaid v
    JOIN $dues u ON u.entitlement_id = v.entitlement_id AND u.for_month = v.for_month
    JOIN payments_outcome o ON o.due_ref = u.due_ref AND o.state = 9
    WHERE NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = u.due_ref)
        AND NOT EXISTS (SELECT 1 FROM payments_attempt a WHERE a.due_ref = o.due_ref AND a.n > o.n)
) g JOIN benefits_entitlement e ON e.id = g.entitlement_id
GROUP BY e.id
HAVING $from_month < %(period)s
"""

# What heirs were to have of somebody who lives is found anew, for the person.
CANCEL_UNDONE = """
INSERT INTO benefits_cancelled (due_ref, run_period)
SELECT i.due_ref, %(period)s FROM benefits_inheriteddue i
JOIN benefits_claim l ON l.id = i.claim_id AND l.superseded_at <= %(known_at)s
        AND benefits_claim_ended_at(l.id) <= %(known_at)s
JOIN benefits_due d ON d.due_ref = i.due_ref
    AND d.entitlement_id BETWEEN %(first_id)s AND %(last_id)s
WHERE NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = i.due_ref)
"""

# A due that never reached the payee and is found not to be owed in full is cancelled; one that may
# be paid counts as paid until that is decided, and is cancelled by the run after. OFFSET 0: each
# is found by its own unique index; a join would read the dues of all chunks before.
CANCEL = """
WITH item (scheme, component, ordinal, width) AS (VALUES $items), gap AS ($gap),
cancelled AS (
    INSERT INTO benefits_cancelled (due_ref, run_period)
    SELECT d.due_ref, %(period)s
    FROM gap g CROSS JOIN LATERAL (
        SELECT u.due_ref FROM $dues u WHERE u.kind <> 3
            AND u.entitlement_id = g.entitlement_id AND u.for_month = g.for_month OFFSET 0) d
    WHERE g.now_fen < g.so_far_fen
        AND NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = d.due_ref)
        AND NOT EXISTS (SELECT 1 FROM benefits_inheriteddue i WHERE i.due_ref = d.due_ref)
        AND NOT EXISTS (SELECT 1 FROM payments_attempt a
            LEFT JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
            WHERE a.due_ref = d.due_ref AND o.due_ref IS NULL)
        AND NOT $may_be_paid
    RETURNING due_ref)
INSERT INTO payments_withdrawn (due_ref, source)
SELECT due_ref, 'benefits' FROM cancelled
WHERE EXISTS (SELECT 1 FROM payments_attempt a WHERE a.due_ref = cancelled.due_ref)
"""

# What was returned and is not owed waits for nobody any more.
CLOSE_WITHDRAWN = """
UPDATE payments_discrepancy d SET decision = 'WITHDRAWN', closed_at = clock_timestamp()
FROM payments_withdrawn w
JOIN benefits_cancelled k ON k.due_ref = w.due_ref AND k.run_period = %(period)s
WHERE d.due_ref = w.due_ref AND d.closed_at IS NULL AND d.kind IN ('RETURNED', 'LATE_RETURN')
"""

OVERPAID = """
WITH item (scheme, component, ordinal, width) AS (VALUES $items), gap AS ($gap)
INSERT INTO benefits_overpaid (entitlement_id, payee_id, for_month, run_period, fen, parts)
SELECT entitlement_id, coalesce(  -- the person as whom a merged one lives on owes it
        (SELECT k.survivor_id FROM people_alias k WHERE k.party_id = person_id), person_id),
    for_month, %(period)s,
    greatest(so_far_fen - now_fen, 0) - back_fen,
    ARRAY(SELECT CASE WHEN so_far_fen > now_fen THEN s - n ELSE 0 END - b
          FROM unnest(so_far_parts, now_parts, back_parts) AS parts (s, n, b))
FROM gap WHERE greatest(so_far_fen - now_fen, 0) <> back_fen
"""

# Among some of the entitlements, which are paid out of each book through each bank, in order.
PAID_THROUGH = """
SELECT e.book_id, a.bank, array_agg(e.id ORDER BY e.id)
FROM generate_series(%(first_id)s::bigint, %(last_id)s, %(step)s) AS asked (id)
JOIN benefits_entitlement e ON e.id = asked.id
JOIN payments_payeeaccount a ON a.payee_id = e.person_id AND a.superseded_at IS NULL
    AND a.valid @> %(account_date)s::date
GROUP BY e.book_id, a.bank
"""

# One chunk: every due of its entitlements, new or carried over, is either held or in a batch.
COMPUTE = (
    owed_lines(
        new_due_ref="nextval('payments_due_ref')", found_due_ref="nextval('payments_due_ref')"
    )
    + """,
new_due AS (
    INSERT INTO benefits_due
        (due_ref, entitlement_id, payee_id, kind, for_month, run_period, fen, parts)
    SELECT due_ref, entitlement_id, person_id, kind, for_month, %(period)s, fen - kept, $left
    FROM gated WHERE fresh),
kept_due AS (
    INSERT INTO benefits_due
        (due_ref, entitlement_id, payee_id, kind, for_month, run_period, fen, parts)
    SELECT nextval('payments_due_ref'), entitlement_id, person_id, 3, for_month, %(period)s, kept,
        benefits_taken(parts, kept)
    FROM gated WHERE kept > 0
    RETURNING due_ref),
held AS (
    INSERT INTO benefits_held (run_period, due_ref, reason)
    SELECT %(period)s, due_ref, reason FROM gated WHERE reason IS NOT NULL
  UNION ALL
    SELECT %(period)s, due_ref, 'SET_OFF' FROM kept_due),
line AS (
    INSERT INTO payments_attempt
        (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no, holder_name)
    SELECT due_ref, 1, batch_id, %(chunk)s, person_id, fen - kept, $left, account_no, holder_name
    FROM gated WHERE reason IS NULL)
INSERT INTO benefits_runchunk
    (run_id, chunk, first_id, last_id, due_count, due_fen, held_count, held_fen)
SELECT %(run_id)s, %(chunk)s, %(first_id)s, %(last_id)s,
    count(*) + count(*) FILTER (WHERE kept > 0), coalesce(sum(fen), 0),
    count(reason) + count(*) FILTER (WHERE kept > 0),
    coalesce(sum(fen) FILTER (WHERE reason IS NOT NULL), 0) + coalesce(sum(kept), 0)
FROM gated
RETURNING due_count + held_count
"""
)

# What a run found to be given back, by payee, for the memo register.
OVERPAID_BY_PAYEE = """
SELECT e.book_id, o.payee_id AS party_id,
    to_char(%(period)s::date, 'YYYY-MM') || '/' || o.payee_id AS source_id, sum(o.fen) AS fen
FROM benefits_overpaid o JOIN benefits_entitlement e ON e.id = o.entitlement_id
WHERE o.run_period = %(period)s
GROUP BY e.book_id, o.payee_id
HAVING sum(o.fen) <> 0
"""


def parameters(*, run: Run, **more: Any) -> dict[str, Any]:
    """What every statement of a run is given, and ``more``."""
    return {
        "run_id": run.id,
        "period": run.period,
        "account_date": run.parameters["account_date"],
        "split_books": [book for book, _, _ in run.parameters["splits"]],
        "split_banks": [bank for _, bank, _ in run.parameters["splits"]],
        "split_firsts": [first for _, _, first in run.parameters["splits"]],
        "known_at": run.known_at,
        "known_before": run.known_before or LONG_AGO,
        "previous": run.parameters["previous"],
        "seen_at": FOREVER,
        **more,
    }


def rendered(statement: str, *, run: Run) -> str:
    """Fill the fragments, and the expense items that the run was opened with, into a statement."""
    items = _Items(run.parameters["items"])
    text = statement
    for _ in range(3):  # fragments hold fragments, two levels deep
        text = Template(text).safe_substitute(FRAGMENTS | items.fragments())
    return text


class _Items:
    """The expense items of a run: (scheme, component, ordinal), as pieces of SQL."""

    def __init__(self, items: list[tuple[str, str, int]]) -> None:
        self._items = items
        self._widths: dict[str, int] = {}
        for scheme, _, ordinal in items:
            self._widths[scheme] = max(self._widths.get(scheme, 0), ordinal)

    def fragments(self) -> dict[str, str]:
        """As rows of VALUES, as sums of each item of each scheme, and as what a scheme takes."""
        parts = {scheme: self._parts(scheme) for scheme in self._widths}
        whole = {scheme: " + ".join(items) for scheme, items in parts.items()}
        arrays = {scheme: f"ARRAY[{', '.join(items)}]" for scheme, items in parts.items()}
        return {
            "items": ", ".join(
                f"('{scheme}', '{component}', {ordinal}, {self._widths[scheme]})"
                for scheme, component, ordinal in self._items
            ),
            "scheme_sums": ", ".join(self._sums()),
            "scheme_fen": _by_scheme(whole),
            "scheme_parts": _by_scheme(arrays),
        }

    def _parts(self, scheme: str) -> list[str]:
        ordinals = range(1, self._widths[scheme] + 1)
        return [f"coalesce(c.{_sum_of(scheme, ordinal)}, 0)" for ordinal in ordinals]

    def _sums(self) -> Iterator[str]:
        for scheme, width in self._widths.items():
            for ordinal in range(1, width + 1):
                names = [c for s, c, n in self._items if (s, n) == (scheme, ordinal)]
                listed = ", ".join(f"'{name}'" for name in names)
                yield (
                    f"fen_sum(c.fen) FILTER (WHERE c.component = ANY (ARRAY[{listed}]::text[]))"
                    f" AS {_sum_of(scheme, ordinal)}"
                )


def _sum_of(scheme: str, ordinal: int) -> str:
    return f"s{scheme}_{ordinal}"


def _by_scheme(expressions: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN '{scheme}' THEN {text}" for scheme, text in expressions.items())
    return f"CASE e.scheme {cases} END"
