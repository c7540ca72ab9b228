"""A kind of batches for what had been returned and was found to be paid (查明已付)."""

from django.db import migrations, models

SQL = """
-- The highest state counts; nothing is said below a state already reached. An answer rests on an
-- accepted return file, or on a case that speaks of this line and says what two people signed; what
-- was found to be paid after a return, on one that speaks of an earlier attempt.
CREATE OR REPLACE FUNCTION payments_check_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first_ref bigint; last_ref bigint; files int[]; batches int[]; wrong bigint;
    decided boolean; behind boolean; of_no_batch boolean;
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
    SELECT count(*) FILTER (WHERE r.id IS NULL), array_agg(r.batch_id) INTO wrong, batches
    FROM unnest(files) t (id) LEFT JOIN payments_returnfile r ON r.id = t.id AND r.accepted;
    IF wrong > 0 OR decided AND EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN cases_case c ON c.id = w.case_id AND c.state = 'APPROVED'
                   AND c.kind = 'DISCREPANCY' AND CASE WHEN EXISTS (
                       SELECT 1 FROM payments_attempt a JOIN payments_batch b ON b.id = a.batch_id
                       WHERE a.due_ref = w.due_ref AND a.n = w.n AND b.kind = 'FOUND')
                   THEN w.state = 8 AND c.content->>'decision' = 'PAID_AFTER_ALL'
                       AND c.content->>'ref' IN (
                           SELECT w.due_ref || '-' || e FROM generate_series(1, w.n - 1) e)
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
    -- anew each time: a session that took in a small file first would look them up one by one.
    EXECUTE 'SELECT count(*) FROM new_outcomes w
        JOIN payments_returnfile r ON r.id = w.return_file_id AND r.batch_id IS NOT NULL
        LEFT JOIN (SELECT due_ref, n, batch_id FROM payments_attempt
                   WHERE batch_id = ANY ($1)) a USING (due_ref, n, batch_id)
        WHERE a.due_ref IS NULL' INTO wrong USING batches;
    of_no_batch := decided OR array_position(batches, NULL) IS NOT NULL;
    IF wrong > 0 OR of_no_batch AND EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN payments_attempt a ON a.due_ref = w.due_ref AND a.n = w.n
               WHERE a.due_ref IS NULL) THEN
        RAISE EXCEPTION 'an outcome speaks of an attempt' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

-- A batch goes forward step by step; each signed step has its signature row. What was found to be
-- paid goes to no bank: from its seal to its close, each line on a decision that it was paid.
CREATE OR REPLACE FUNCTION payments_batch_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'checked_by', 'approved_by', 'sent_by', 'sent_at', 'closed_at'];
    sealing text[] := ARRAY['line_count', 'fen', 'digest', 'made_by', 'sealed_at'];
    way text[] := ARRAY['DRAFT', 'SEALED', 'CHECKED', 'APPROVED', 'SENDING', 'SENT', 'RETURNED',
                        'RECONCILED', 'CLOSED'];
    due_step text; signer bigint;
BEGIN
    IF OLD.state = 'DRAFT' THEN moving := moving || sealing; END IF;
    IF (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) THEN
        RAISE EXCEPTION 'batch % is sealed: its content is frozen', OLD.no
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = OLD.state THEN RETURN NEW; END IF;
    IF NEW.kind = 'FOUND' THEN way := ARRAY['DRAFT', 'SEALED', 'CLOSED']; END IF;
    IF OLD.state = 'DRAFT' AND NEW.state = 'EMPTY' AND NEW.line_count = 0 THEN RETURN NEW; END IF;
    IF array_position(way, NEW.state) IS DISTINCT FROM array_position(way, OLD.state) + 1 THEN
        RAISE EXCEPTION 'batch % may not go from % to %', OLD.no, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'SEALED' AND NOT EXISTS (
        SELECT 1 FROM payments_chunk WHERE batch_id = NEW.id
        HAVING (sum(line_count), sum(fen)) = (NEW.line_count, NEW.fen)) THEN
        RAISE EXCEPTION 'batch % is not the sum of its chunks', OLD.no
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind = 'FOUND' AND NEW.state = 'CLOSED' AND EXISTS (
        SELECT 1 FROM payments_attempt a LEFT JOIN payments_outcome o
            ON (o.due_ref, o.n, o.state) = (a.due_ref, a.n, 8) AND o.case_id IS NOT NULL
        WHERE a.batch_id = NEW.id AND o.due_ref IS NULL) THEN
        RAISE EXCEPTION 'batch % was not decided to be paid', OLD.no
            USING ERRCODE = 'restrict_violation';
    END IF;
    due_step := CASE NEW.state WHEN 'CHECKED' THEN 'CHECK' WHEN 'APPROVED' THEN 'APPROVE'
                               WHEN 'SENDING' THEN 'SEND' END;
    signer := CASE NEW.state WHEN 'CHECKED' THEN NEW.checked_by WHEN 'APPROVED' THEN
                  NEW.approved_by WHEN 'SENDING' THEN NEW.sent_by END;
    IF due_step IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM cases_approval a WHERE a.subject_kind = 'payments.batch'
        AND a.subject_id = NEW.id AND a.step = due_step
        AND a.digest = NEW.digest AND a.person_id = signer) THEN
        RAISE EXCEPTION 'batch % has no signature for %', OLD.no, due_step
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_seven_items'),
    ]

    operations = [
        migrations.AlterField(
            model_name='batch',
            name='kind',
            field=models.CharField(choices=[('REGULAR', '首发'), ('REISSUE', '二次发放'), ('ACCOUNT', '账户支付'), ('GRANT', '一次性待遇'), ('EMPLOYER', '单位返还'), ('FOUND', '查明已付')], max_length=8, verbose_name='类别'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
