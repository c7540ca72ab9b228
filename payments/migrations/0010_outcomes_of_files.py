"""Answers are held against the lines of their batch in one join (回盘结果与本批明细一次核对)."""

from django.db import migrations

# What is asked is that of 0006: see there. Only how the lines of a batch are found is new.
SQL = """
CREATE OR REPLACE FUNCTION payments_check_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first_ref bigint; last_ref bigint; files int[]; of_none int[]; wrong bigint;
    decided boolean; behind boolean;
BEGIN
    SELECT min(low), max(high), array_agg(file) FILTER (WHERE file IS NOT NULL), bool_or(by_case)
    INTO first_ref, last_ref, files, decided
    FROM (SELECT return_file_id AS file, min(due_ref) AS low, max(due_ref) AS high,
              count(case_id) > 0 AS by_case
          FROM new_outcomes GROUP BY return_file_id) t;
    -- Of those simply paid only a return stands above: the few returns are looked at once.
    SELECT bool_or((w.due_ref, w.n) IN (SELECT o.due_ref, o.n FROM payments_outcome o
        WHERE o.state = 9 AND o.due_ref BETWEEN first_ref AND last_ref))
    INTO behind FROM new_outcomes w WHERE w.state = 8;
    IF behind OR EXISTS (SELECT 1 FROM new_outcomes w
               JOIN payments_outcome o ON o.due_ref = w.due_ref AND o.n = w.n
               WHERE w.state <> 8 AND o.state > w.state) THEN
        RAISE EXCEPTION 'an outcome may not fall behind what is known'
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT count(*) FILTER (WHERE r.id IS NULL),
        array_agg(r.id) FILTER (WHERE r.batch_id IS NULL) INTO wrong, of_none
    FROM unnest(files) t (id) LEFT JOIN payments_returnfile r ON r.id = t.id AND r.accepted;
    IF wrong > 0 OR decided AND EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN cases_case c ON c.id = w.case_id AND c.state = 'APPROVED'
                   AND c.kind = 'DISCREPANCY' AND CASE WHEN EXISTS (
                       SELECT 1 FROM payments_attempt a JOIN payments_batch b ON b.id = a.batch_id
                       WHERE a.due_ref = w.due_ref AND a.n = w.n AND b.kind = 'FOUND')
                   THEN c.content->>'ref' IN (
                           SELECT w.due_ref || '-' || e FROM generate_series(1, w.n - 1) e)
                       AND CASE w.state WHEN 8 THEN c.content->>'decision' = 'PAID_AFTER_ALL'
                           WHEN 9 THEN c.content->>'decision' = 'RETURNED'
                               AND c.content->>'kind' = 'EXTRA' END
                       AND NOT EXISTS (SELECT 1 FROM payments_outcome p WHERE p.case_id = w.case_id
                           AND (p.due_ref, p.n, p.state) <> (w.due_ref, w.n, w.state))
                   ELSE c.content->>'ref' = w.due_ref || '-' || w.n
                       AND c.content->>'decision' = CASE w.state WHEN 8 THEN 'PAID'
                                                                 WHEN 9 THEN 'RETURNED' END END
               WHERE w.case_id IS NOT NULL AND c.id IS NULL) THEN
        RAISE EXCEPTION 'an outcome rests on an accepted return file or a decided case'
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- An outcome speaks of an attempt, and the return file of a batch only of its lines. A foreign
    -- key would look up and lock each attempt by itself, most of the time of a return of a million
    -- lines; attempts are append-only, so one look at those of the batch proves the same. Planned
    -- anew each time: a session that took in a small file first would look them up one by one. So
    -- would the planner if the outcomes were joined with their files, of which it expects few.
    EXECUTE 'SELECT count(*) FROM new_outcomes w LEFT JOIN (
            SELECT a.due_ref, a.n, r.id AS return_file_id FROM payments_returnfile r
            JOIN payments_attempt a ON a.batch_id = r.batch_id WHERE r.id = ANY ($1)) a
        USING (due_ref, n, return_file_id)
        WHERE w.return_file_id IS NOT NULL AND w.return_file_id <> ALL ($2) AND a.due_ref IS NULL'
    INTO wrong USING files, coalesce(of_none, '{}');
    IF wrong > 0 OR (decided OR of_none IS NOT NULL) AND EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN payments_attempt a ON a.due_ref = w.due_ref AND a.n = w.n
               WHERE a.due_ref IS NULL) THEN
        RAISE EXCEPTION 'an outcome speaks of an attempt' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_batches_of_helped")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
