"""The same month by hand (手写语句): what a good engineer types for the same rows.

Every statement runs in a scratch schema whose tables have the columns, keys, indexes, checks,
foreign keys and triggers of ours, and the same things are looked at before they count. No chunks,
no jobs, no audit, no signing keys: one statement for each step, over all banks and books at once.
"""

import hashlib
from pathlib import Path
from typing import Any

from django.db import connections

from backend.city.bench import inside, ours
from backend.city.bench.meter import Meter, session_of
from insurance.benefits.items import item_ordinals
from insurance.benefits.models import Run
from payments.banks.form import YUAN
from payments.batch_profiles import profile_of_batch
from payments.models import Batch, BatchState
from payments.reasons import REASONS

SCHEMA = "by_hand"
TABLES = (
    "payments_batch",
    "payments_chunk",
    "payments_returnfile",
    "benefits_due",
    "benefits_held",
    "payments_attempt",
    "payments_outcome",
    "payments_discrepancy",
    "payments_accountblock",
)
SIGNERS = ("CHECK", "APPROVE", "SEND")
CHUNK = 20_000
BLOCK = 1 << 20

KEYS = """
SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', t.relname, c.conname,
    pg_get_constraintdef(c.oid))
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace
UNION ALL
SELECT pg_get_triggerdef(g.oid, true) FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace
"""
# Triggers look at the tables beside their own, not always at ours.
FREE = """
SELECT DISTINCT format('ALTER FUNCTION %%s RESET search_path', g.tgfoid::regprocedure)
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace
"""

LINES = """
WITH owed AS MATERIALIZED (
    SELECT nextval('payments_due_ref') AS due_ref, r.* FROM (
        SELECT e.id, e.person_id, e.book_id, sum(c.fen)::bigint AS fen,
            CASE e.scheme WHEN '110' THEN ARRAY[sum(c.fen)]
                 ELSE ARRAY[coalesce(sum(c.fen) FILTER (WHERE c.component = ANY(%(first)s)), 0),
                      coalesce(sum(c.fen) FILTER (WHERE c.component <> ALL(%(first)s)), 0)]
            END::bigint[] AS parts, bool_or(c.standing = 'UNVERIFIED') AS unverified
        FROM public.benefits_entitlement e JOIN public.benefits_component c
            ON c.entitlement_id = e.id AND c.valid @> %(period)s::date AND c.superseded_at IS NULL
        WHERE e.start_month <= %(period)s
            AND (e.paid_through IS NULL OR e.paid_through < %(period)s)
            AND NOT EXISTS (SELECT 1 FROM people_death x WHERE x.person_id = e.person_id
                AND x.confirmed AND x.death_date < %(period)s AND x.superseded_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM public.benefits_stop s WHERE s.entitlement_id = e.id
                AND s.valid @> %(period)s::date AND s.superseded_at IS NULL)
        GROUP BY e.id) r),
gated AS MATERIALIZED (
    SELECT o.*, b.id AS batch_id, a.account_no, a.holder_name,
        CASE WHEN x.id IS NOT NULL THEN 'DIED' WHEN h.reason IS NOT NULL THEN h.reason
             WHEN o.unverified THEN 'UNVERIFIED' WHEN b.id IS NULL THEN 'NO_ACCOUNT' END AS reason
    FROM owed o
    LEFT JOIN people_death x ON x.person_id = o.person_id AND x.superseded_at IS NULL
    LEFT JOIN (SELECT entitlement_id, min(reason) AS reason FROM benefits_hold
               WHERE valid @> %(period)s::date AND superseded_at IS NULL GROUP BY 1) h
        ON h.entitlement_id = o.id
    LEFT JOIN payments_payeeaccount a ON a.payee_id = o.person_id
        AND a.valid @> %(account_date)s::date AND a.superseded_at IS NULL
    LEFT JOIN (SELECT book_id, bank, array_agg(first_id ORDER BY first_id) AS bounds
        FROM unnest(%(books)s::integer[], %(banks)s::text[], %(firsts)s::bigint[])
            AS u (book_id, bank, first_id) GROUP BY 1, 2) t
        ON t.book_id = o.book_id AND t.bank = a.bank
    LEFT JOIN payments_batch b ON b.book_id = o.book_id AND b.bank = a.bank
        AND b.ordinal = 1 + coalesce(width_bucket(o.id, t.bounds), 0)),
due AS (
    INSERT INTO benefits_due
        (due_ref, entitlement_id, payee_id, kind, for_month, run_period, fen, parts)
    SELECT due_ref, id, person_id, 1, %(period)s, %(period)s, fen, parts FROM gated),
held AS (
    INSERT INTO benefits_held (run_period, due_ref, reason)
    SELECT %(period)s, due_ref, reason FROM gated WHERE reason IS NOT NULL)
INSERT INTO payments_attempt
    (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no, holder_name)
SELECT due_ref, 1, batch_id, id / %(chunk)s, person_id, fen, parts, account_no, holder_name
FROM gated WHERE reason IS NULL
"""

DIGESTS = """
SELECT batch_id, chunk, count(*) AS line_count, sum(fen) AS fen,
    sha256(convert_to(string_agg(concat_ws('|', due_ref, n, payee_id, fen, length(account_no),
        account_no, length(holder_name), holder_name) || E'\\n', '' ORDER BY due_ref), 'UTF8'))
        AS digest
FROM payments_attempt GROUP BY batch_id, chunk
"""
BATCH = """
SELECT batch_id, sum(line_count), sum(fen), encode(sha256(string_agg(digest, '' ORDER BY chunk)),
    'hex') FROM digested GROUP BY batch_id
"""
SEAL = f"""
WITH digested AS (
    INSERT INTO payments_chunk (batch_id, chunk, line_count, fen, digest) {DIGESTS} RETURNING *)
{BATCH}"""
# Who signs looks whether it is still what was sealed.
LOOK = f"WITH digested AS ({DIGESTS}) {BATCH}"
# Nobody seals what he has not counted: each due against the facts, each place against the due.
RECOUNT = """
SELECT count(*) FROM (
    SELECT e.id, sum(c.fen) AS fen
    FROM public.benefits_entitlement e JOIN public.benefits_component c
        ON c.entitlement_id = e.id AND c.valid @> %(period)s::date AND c.superseded_at IS NULL
    WHERE e.start_month <= %(period)s
        AND (e.paid_through IS NULL OR e.paid_through < %(period)s)
        AND NOT EXISTS (SELECT 1 FROM people_death x WHERE x.person_id = e.person_id
            AND x.confirmed AND x.death_date < %(period)s AND x.superseded_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM public.benefits_stop s WHERE s.entitlement_id = e.id
            AND s.valid @> %(period)s::date AND s.superseded_at IS NULL)
    GROUP BY e.id) o
FULL JOIN benefits_due d ON d.entitlement_id = o.id WHERE o.fen IS DISTINCT FROM d.fen
"""
WHOLE = """
SELECT sum(d.fen), sum(a.fen), sum(d.fen) FILTER (WHERE h.due_ref IS NOT NULL),
    count(DISTINCT d.payee_id), count(*) FILTER (
        WHERE num_nonnulls(a.due_ref, h.due_ref) <> 1 OR a.fen <> d.fen)
FROM benefits_due d FULL JOIN payments_attempt a ON a.due_ref = d.due_ref
LEFT JOIN benefits_held h ON h.due_ref = d.due_ref
"""

FILE = """
COPY (SELECT {line} FROM (SELECT *, row_number() OVER (ORDER BY due_ref) AS seq
    FROM payments_attempt WHERE batch_id = {batch}) a ORDER BY due_ref)
TO STDOUT (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', ENCODING 'GB18030')
"""
COLUMNS = {
    "{seq}": "lpad(seq::text, 8, '0')",
    "{ref}": "due_ref || '-' || n",
    "{account}": "account_no",
    "{name}": "holder_name",
    "{purpose}": "'居民养老金'",
}
AMOUNT = {True: "fen / 100 || '.' || lpad((fen % 100)::text, 2, '0')", False: "fen"}

POSTINGS = """
INSERT INTO posted (batch_id, item, fen)
SELECT s.batch_id, p.item, p.fen FROM (
    SELECT batch_id, sum(parts[1]) AS p1, sum(parts[2]) AS p2 FROM payments_attempt
    GROUP BY batch_id) s, LATERAL (VALUES (1, s.p1), (2, s.p2)) p (item, fen)
"""
RETURNED = """
INSERT INTO posted (batch_id, item, fen)
SELECT a.batch_id, 9, -sum(a.fen) FROM payments_outcome o JOIN payments_attempt a USING (due_ref, n)
WHERE o.state = 9 GROUP BY a.batch_id
"""

ANSWER = """
CREATE TEMP TABLE answer (seq int, ref text, account text, name text, amount text, code text)
"""
BANK = """
COPY (SELECT row_number() OVER (ORDER BY h.due_ref), h.due_ref || '-' || h.n, h.account_no,
    h.holder_name, h.fen / 100 || '.' || lpad((h.fen % 100)::text, 2, '0'), o.state || o.reason
    FROM payments_attempt h JOIN public.payments_attempt a USING (batch_id, payee_id, fen)
    JOIN public.payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n
    WHERE h.batch_id = {batch} ORDER BY 1)
TO STDOUT (DELIMITER '|', ENCODING 'GB18030')
"""
READ = "COPY answer FROM STDIN (DELIMITER '|', ENCODING 'GB18030')"
# The file's first line promises these; a code of an unknown bank would be neither.
TOTALS = """
SELECT count(*), count(*) FILTER (WHERE code = '8'), sum(amount::numeric) FILTER (WHERE code = '8'),
    count(*) FILTER (WHERE code LIKE '9%'), sum(amount::numeric) FILTER (WHERE code LIKE '9%')
FROM answer
"""
OUTCOMES = """
INSERT INTO payments_outcome (due_ref, n, state, fen, reason, return_file_id)
SELECT a.due_ref, a.n, CASE WHEN r.ref IS NULL THEN 1 WHEN r.fen <> a.fen THEN 4
        WHEN r.code <> '8' THEN 9
        WHEN r.name <> a.holder_name OR r.account <> a.account_no THEN 5 ELSE 8 END,
    coalesce(r.fen, 0), coalesce(m.reason, ''), f.id
FROM payments_attempt a
JOIN payments_returnfile f ON f.batch_id = a.batch_id
LEFT JOIN (SELECT *, replace(amount, '.', '')::bigint AS fen,
    split_part(ref, '-', 1)::bigint AS due_ref FROM answer) r ON r.due_ref = a.due_ref
LEFT JOIN unnest(%(codes)s::text[], %(reasons)s::text[]) m (code, reason) ON m.code = r.code
"""
DISCREPANCIES = """
INSERT INTO payments_discrepancy (batch_id, return_file_id, kind, ref, due_ref, n, instructed_fen,
    bank_fen, bank_name, reason, proposal, owner_role, opened_at, decision)
SELECT a.batch_id, o.return_file_id, 'RETURNED', o.due_ref || '-' || o.n, o.due_ref, o.n, a.fen,
    o.fen, '', o.reason, 'CORRECT', 'CLERK', now(), ''
FROM payments_outcome o JOIN payments_attempt a USING (due_ref, n) WHERE o.state <> 8
"""
DIFFERENCE = """
SELECT count(*) FILTER (WHERE o.state = 8), count(*) FILTER (WHERE o.state = 9),
    sum(a.fen) - coalesce(sum(o.fen) FILTER (WHERE o.state = 8), 0)
FROM payments_attempt a FULL JOIN payments_outcome o USING (due_ref, n)
"""


def run_month(*, city: Path) -> Meter:
    """Run the steps by hand where ours have been run before; files go below ``city``."""
    connection = connections["owner"]
    meter = Meter(session=session_of(connection))
    with connection.cursor() as cursor:
        _scratch(cursor)
        batches = list(Batch.objects.filter(state=BatchState.CLOSED).order_by("id"))
        lines = sum(batch.line_count for batch in batches)
        given = _given()
        with meter.step(ours.LINES):
            cursor.execute(LINES, given)
        cursor.execute("SELECT count(*) FROM benefits_due")
        meter.spent[ours.LINES].rows = cursor.fetchone()[0]
        cursor.execute("ANALYZE payments_attempt; ANALYZE benefits_due")
        with meter.step(ours.SEAL, rows=lines):
            cursor.execute(RECOUNT, given)
            cursor.execute(WHOLE)
            cursor.execute(SEAL)
        with meter.step(ours.SIGN, rows=lines):
            for _ in SIGNERS:
                cursor.execute(LOOK)
        with meter.step(ours.FILE, rows=lines):
            for batch in batches:
                _write(cursor, batch, city / f"{batch.no}.by-hand")
        with meter.step(inside.POSTINGS, rows=lines):
            cursor.execute(POSTINGS)
        answers = [_answer(cursor, batch, city / f"{batch.no}.answer") for batch in batches]
        with meter.step(ours.RETURN_IN, rows=lines):
            cursor.execute(ANSWER)
            for path in answers:
                _read(cursor, path)
            cursor.execute("ANALYZE answer")
            cursor.execute(TOTALS)
        with meter.step(inside.OUTCOMES, rows=lines):
            cursor.execute(OUTCOMES, given)
            cursor.execute(DISCREPANCIES)
        with meter.step(inside.POSTINGS):
            cursor.execute(RETURNED)
        with meter.step(inside.DIFFERENCE, rows=lines):
            cursor.execute(DIFFERENCE)
    return meter


def _scratch(cursor: Any) -> None:
    """Tables like ours, first with the rows that ours had before the month was computed."""
    cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    cursor.execute("SET search_path = public")
    cursor.execute(KEYS, [list(TABLES), list(TABLES)])
    keys = [row[0] for row in cursor.fetchall()]
    cursor.execute(FREE, [list(TABLES)])
    for (free,) in cursor.fetchall():
        cursor.execute(free)
    cursor.execute(f"SET search_path = {SCHEMA}, public")
    for table in TABLES:
        cursor.execute(f"CREATE TABLE {SCHEMA}.{table} (LIKE public.{table} INCLUDING ALL)")
    cursor.execute(
        "INSERT INTO payments_batch (id, no, book_id, bank, kind, period, ordinal, pay_date, "
        "state, line_count, fen, digest) OVERRIDING SYSTEM VALUE SELECT id, no, book_id, bank, "
        "kind, period, ordinal, pay_date, 'DRAFT', 0, 0, '' FROM public.payments_batch"
    )
    cursor.execute(
        "INSERT INTO payments_returnfile OVERRIDING SYSTEM VALUE "
        "SELECT * FROM public.payments_returnfile"
    )
    for key in keys:
        cursor.execute(key)
    cursor.execute("CREATE TABLE posted (batch_id int, item int, fen bigint)")


def _given() -> dict[str, Any]:
    run = Run.objects.get(period=ours.PERIOD.first_day)
    return {
        "period": ours.PERIOD.first_day,
        "account_date": ours.account_date(),
        "chunk": CHUNK,
        "books": [book for book, _, _ in run.parameters["splits"]],
        "banks": [bank for _, bank, _ in run.parameters["splits"]],
        "firsts": [first for _, _, first in run.parameters["splits"]],
        "first": [
            name for (scheme, name), n in item_ordinals().items() if scheme == "170" and n == 1
        ],
        "codes": [f"9{reason}" for reason in REASONS],
        "reasons": list(REASONS),
    }


def _write(cursor: Any, batch: Batch, path: Path) -> None:
    profile = profile_of_batch(batch=batch)
    columns = {**COLUMNS, "{amount}": AMOUNT[profile.money == YUAN]}
    parts = [columns[item] for item in profile.instruction.detail]
    line = f" || '{profile.separator}' || ".join(parts)
    if profile.newline.startswith("\r"):
        line += " || E'\r'"
    digest = hashlib.sha256()
    with path.open("wb") as file, cursor.copy(FILE.format(line=line, batch=batch.id)) as rows:
        for row in rows:
            file.write(row)
            digest.update(row)
    path.unlink()


def _answer(cursor: Any, batch: Batch, path: Path) -> Path:
    """What the bank answered to ours, with the references of the lines by hand."""
    with path.open("wb") as file, cursor.copy(BANK.format(batch=batch.id)) as rows:
        for row in rows:
            file.write(row)
    return path


def _read(cursor: Any, path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as file, cursor.copy(READ) as copy:
        while block := file.read(BLOCK):
            digest.update(block)
            copy.write(block)
