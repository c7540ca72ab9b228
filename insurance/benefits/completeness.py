"""Prove that a computed month is complete (封存即完整, INV-04) before it is sealed.

Everything is counted again from the facts, and by another way than the chunks went: whole tables
instead of ranges, sums of months instead of month by month. Nothing that a chunk left out, wrote
twice or lost afterwards can hide from it.

Two sides that must agree row by row are weighed: each amount times a weight that its entitlement or
due gets from a number drawn at the seal, all summed up, twice (Freivalds 1977). What differs in a
single row differs in the sums, but for one case in 2⁶¹; nobody can fit rows to weights that are
drawn later. So a million rows are read once and never joined. Only when the sums differ are the
rows compared one by one, to name the first.
"""

import secrets
from typing import Any

from django.db import connection

from backend.kernel.errors import Refusal
from insurance.benefits import monthly_sql as sql
from insurance.benefits.models import Run, RunChunk


class RunIncomplete(Refusal):
    """INV-04. Sealed = complete: entitled = in batch + held, no chunk missing (不完整不得封存)."""

    code = "run_incomplete"


def _weighed(fen: str, row: str) -> str:
    """The sums of ``fen``, by the two weights of ``row``."""
    sums = (
        f"coalesce(sum({fen} * (hashint8extended({row}, %({seed})s) & 2147483647)), 0)"
        for seed in ("first_seed", "second_seed")
    )
    return ", ".join(sums)


# The entitlements to which nothing is due, whatever their components come to.
NOTHING = """
    SELECT e.id FROM benefits_entitlement e
    WHERE e.start_month > %(period)s OR e.paid_through >= %(period)s OR e.recorded_at > %(known_at)s
  UNION
    SELECT e.id FROM people_death x JOIN benefits_entitlement e ON e.person_id = x.person_id
    WHERE x.confirmed AND x.death_date < %(period)s AND $known_x
  UNION
    SELECT s.entitlement_id FROM benefits_stop s WHERE s.valid @> %(period)s::date AND $known_s
"""

# A missing chunk, a component without an expense item, or the amounts of two people exchanged
# cannot hide from it. What was kept of a due is a due of its own.
REGULAR_AGREES = f"""
SELECT (every.a - nothing.a, every.b - nothing.b) = (due.a, due.b)
FROM (SELECT {_weighed("c.fen", "c.entitlement_id")} FROM benefits_component c
      WHERE c.valid @> %(period)s::date AND $known_c) every (a, b),
    (SELECT {_weighed("c.fen", "c.entitlement_id")}
     FROM ({NOTHING}) n JOIN benefits_component c ON c.entitlement_id = n.id
     WHERE c.valid @> %(period)s::date AND $known_c) nothing (a, b),
    (SELECT {_weighed("u.fen", "u.entitlement_id")} FROM benefits_due u
     WHERE u.run_period = %(period)s AND u.kind IN (1, 3)) due (a, b)
"""

# The first entitlement whose regular due is not what the facts say.
REGULAR_WRONG = f"""
WITH compared AS (
    SELECT coalesce(o.entitlement_id, d.entitlement_id) AS id, o.fen AS owed_fen, d.fen AS due_fen
    FROM (SELECT c.entitlement_id, sum(c.fen)::bigint AS fen FROM benefits_component c
          WHERE c.valid @> %(period)s::date AND $known_c GROUP BY c.entitlement_id) o
    FULL JOIN (SELECT u.entitlement_id, u.fen + coalesce(k.fen, 0) AS fen FROM benefits_due u
               LEFT JOIN (SELECT entitlement_id, fen FROM benefits_due
                   WHERE run_period = %(period)s AND kind = 3) k USING (entitlement_id)
               WHERE u.run_period = %(period)s AND u.kind = 1) d
        ON d.entitlement_id = o.entitlement_id
    WHERE o.fen IS DISTINCT FROM d.fen),
nothing AS ({NOTHING})
SELECT * FROM (
    SELECT id, coalesce(owed_fen, 0) AS owed_fen, coalesce(due_fen, 0) AS due_fen FROM compared
    WHERE due_fen IS NOT NULL OR NOT EXISTS (SELECT 1 FROM nothing n WHERE n.id = compared.id)
  UNION ALL
    SELECT n.id, 0, d.fen FROM nothing n JOIN benefits_due d
        ON d.entitlement_id = n.id AND d.run_period = %(period)s AND d.kind = 1) wrong
ORDER BY id LIMIT 1
"""


def _months(days: str) -> str:
    """How many months begin within a range of days."""
    return f"({_running_number(f'upper({days})')} - {_running_number(f'lower({days})')})"


def _running_number(day: str) -> str:
    """Of the first month that begins on the day or after it."""
    year, month, rest = (f"extract({part} FROM {day})" for part in ("year", "month", "day"))
    return f"({year} * 12 + {month} + ({rest} > 1)::int)"


# The first entitlement of the recalculation list whose past months do not come to what is now
# known: what the old system paid and what was found to be due, less what is cancelled and what is
# to be given back. A span of days is owed for the months that begin in it.
PAST = f"""
WITH listed AS MATERIALIZED (
    SELECT e.id, e.book_id, e.person_id, daterange(r.from_month, %(period)s) AS past,
        daterange(e.start_month, NULL) AS since, e.paid_through
    FROM benefits_runchange r JOIN benefits_entitlement e ON e.id = r.entitlement_id
    WHERE r.run_id = %(run_id)s),
stopped AS (
    SELECT s.entitlement_id, range_agg(s.valid) AS days
    FROM benefits_stop s JOIN listed l ON l.id = s.entitlement_id
    WHERE $known_s GROUP BY s.entitlement_id),
living AS (
    SELECT l.id, datemultirange(l.past * l.since * daterange(NULL, x.death_date, '[]'))
        - coalesce(s.days, datemultirange()) AS days
    FROM listed l LEFT JOIN stopped s ON s.entitlement_id = l.id
    LEFT JOIN people_death x ON x.person_id = l.person_id AND x.confirmed AND $known_x),
owed AS (
    SELECT l.id, sum(c.fen * {_months("span")}) AS fen
    FROM living l JOIN benefits_component c ON c.entitlement_id = l.id AND $known_c,
        unnest(l.days * datemultirange(c.valid)) AS span
    GROUP BY l.id),
old_system AS (  -- by the signed baseline, whatever was found later
    SELECT l.id, sum(c.fen * {_months("span")}) AS fen
    FROM listed l JOIN benefits_component c ON c.entitlement_id = l.id AND c.case_id IS NULL,
        LATERAL (SELECT l.past * l.since * daterange(NULL, l.paid_through, '[]') * c.valid) d (span)
    WHERE l.paid_through IS NOT NULL
    GROUP BY l.id),
due AS (
    SELECT l.id, u.fen
    FROM listed l, LATERAL (SELECT sum(u.fen) AS fen FROM $dues u
        WHERE u.entitlement_id = l.id AND u.for_month <@ l.past AND NOT EXISTS (
            SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = u.due_ref)) u),
given_back AS (
    SELECT l.id, sum(p.fen) AS fen
    FROM listed l JOIN benefits_overpaid p ON p.entitlement_id = l.id AND p.for_month <@ l.past
    GROUP BY l.id)
SELECT * FROM (
    SELECT l.id, l.book_id, coalesce(o.fen, 0)::bigint AS owed_fen,
        (coalesce(s.fen, 0) + coalesce(d.fen, 0) - coalesce(g.fen, 0))::bigint AS so_far_fen
    FROM listed l LEFT JOIN owed o USING (id) LEFT JOIN old_system s USING (id)
    LEFT JOIN due d USING (id) LEFT JOIN given_back g USING (id)) compared
WHERE owed_fen <> so_far_fen ORDER BY id LIMIT 1
"""

# Every due found by this run or held by the one before it (but for what the heirs have), in
# exactly one place: cancelled, held, or a line with its amount.
OWED = """
    SELECT due_ref, fen FROM benefits_due WHERE run_period = %(period)s
  UNION ALL
    SELECT d.due_ref, d.fen FROM benefits_held h JOIN benefits_due d USING (due_ref)
    WHERE h.run_period = %(previous)s AND d.kind <> 3
        AND NOT EXISTS (SELECT 1 FROM benefits_inheriteddue i WHERE i.due_ref = d.due_ref)
"""
LINES = """
    SELECT a.due_ref, a.fen FROM payments_attempt a JOIN payments_batch b ON b.id = a.batch_id
    WHERE b.period = %(period)s AND b.kind = 'REGULAR'
"""
HELD = """
    SELECT due_ref, d.fen FROM benefits_held h JOIN benefits_due d USING (due_ref)
    WHERE h.run_period = %(period)s
"""
CANCELLED = """
    SELECT due_ref, d.fen FROM benefits_cancelled k JOIN benefits_due d USING (due_ref)
    WHERE k.run_period = %(period)s AND (d.run_period = %(period)s OR d.kind <> 3 AND EXISTS (
        SELECT 1 FROM benefits_held h WHERE h.due_ref = k.due_ref AND h.run_period = %(previous)s)
        AND NOT EXISTS (SELECT 1 FROM benefits_inheriteddue i WHERE i.due_ref = k.due_ref))
"""
PLACES = f"""
SELECT o.n - c.n, o.fen - c.fen, h.n, h.fen, l.n, l.fen,
    o.n = c.n + h.n + l.n AND (o.a, o.b) = (c.a + h.a + l.a, c.b + h.b + l.b)
FROM {
    ", ".join(
        "(SELECT count(*), coalesce(sum(fen), 0)::bigint, "
        f"{_weighed('fen', 'due_ref')} FROM ({rows}) rows) {name} (n, fen, a, b)"
        for name, rows in {"o": OWED, "c": CANCELLED, "h": HELD, "l": LINES}.items()
    )
}
"""

# The first due that does not stand in exactly one place.
ASTRAY = f"""
WITH owed AS ({OWED}), held AS ({HELD}), line AS ({LINES}),
cancelled AS (SELECT due_ref FROM benefits_cancelled WHERE run_period = %(period)s)
SELECT min(coalesce(o.due_ref, l.due_ref, h.due_ref))
FROM owed o FULL JOIN line l ON l.due_ref = o.due_ref
FULL JOIN held h ON h.due_ref = coalesce(o.due_ref, l.due_ref)
LEFT JOIN cancelled c ON c.due_ref = o.due_ref
WHERE o.due_ref IS NULL OR num_nonnulls(h.due_ref, l.due_ref, c.due_ref) <> 1 OR l.fen <> o.fen
"""

COMPUTED = """
SELECT coalesce(sum(due_count), 0)::bigint, coalesce(sum(due_fen), 0)::bigint
FROM benefits_runchunk WHERE run_id = %(run_id)s
"""


def prove_complete(*, run: Run) -> dict[str, int]:
    """Hold the dues against the facts, and their places against the dues; give the figures.

    Raises:
        RunIncomplete: naming the book, the entitlement or the due that is not as it must be.
    """
    _prove_chunks(run)
    _prove_regular(run)
    _prove_past(run)
    return _prove_places(run)


def _prove_chunks(run: Run) -> None:
    expected, done = len(run.parameters["chunks"]), RunChunk.objects.filter(run=run).count()
    if done != expected:
        raise RunIncomplete(
            f"还有 {expected - done} 个分块没有算完，不能封存。", missing=expected - done
        )


def _prove_regular(run: Run) -> None:
    ((agrees,),) = _rows(REGULAR_AGREES, run)
    if agrees:
        return
    for entitlement_id, owed_fen, due_fen in _rows(REGULAR_WRONG, run):
        raise RunIncomplete(
            f"待遇 {entitlement_id} 当月应发 {owed_fen} 分，计发 {due_fen} 分，不能封存。",
            entitlement=entitlement_id,
        )
    raise RunIncomplete("当月计发与待遇项目合计不符，不能封存。")


def _prove_past(run: Run) -> None:
    for entitlement_id, book_id, owed_fen, so_far_fen in _rows(PAST, run):
        raise RunIncomplete(
            f"账套 {book_id} 待遇 {entitlement_id} 以往月份应发 {owed_fen} 分，"
            f"已发、应补、应追回合计 {so_far_fen} 分。",
            book=book_id,
            entitlement=entitlement_id,
        )


def _prove_places(run: Run) -> dict[str, int]:
    ((*placed, agrees),) = _rows(PLACES, run)
    if not agrees:
        ((astray,),) = _rows(ASTRAY, run)
        raise RunIncomplete(
            f"应发 {astray or '合计'} 没有恰好入批、暂缓或撤销其一，不能封存。", due_ref=astray
        )
    names = ("entitled", "entitled_fen", "held", "held_fen", "batched", "batch_fen")
    found = dict(zip(names, placed, strict=True))
    ((computed, computed_fen),) = _rows(COMPUTED, run)
    if (computed, computed_fen) != (found["entitled"], found["entitled_fen"]):
        raise RunIncomplete(
            f"分块计得 {computed} 笔 {computed_fen} 分，"
            f"现有 {found['entitled']} 笔 {found['entitled_fen']} 分。"
        )
    return found


def _rows(statement: str, run: Run) -> list[tuple[Any, ...]]:
    seeds = {name: secrets.randbits(63) for name in ("first_seed", "second_seed")}
    with connection.cursor() as cursor:
        cursor.execute(sql.rendered(statement, run=run), sql.parameters(run=run, **seeds))
        return list(cursor.fetchall())
