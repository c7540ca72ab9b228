"""Nobody is paid twice, and what was approved is what is sent (INV-03, INV-07, INV-09)."""

from django.db import migrations

SQL = """
CREATE SEQUENCE payments_due_ref AS bigint START 1000001 CACHE 1000;
GRANT USAGE ON SEQUENCE payments_due_ref TO yikatong_app;

-- Many small sums of fen: sum(bigint) keeps and converts a numeric for each. Overflow is an error.
CREATE AGGREGATE fen_sum(bigint) (
    SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);

CALL make_supersede_only('payments_payeeaccount');
CALL make_one_at_a_time('payments_payeeaccount', 'payments_account_one_at_a_time',
    'true', 'payee_id', 'people_party');
CALL make_append_only('payments_chunk');
CALL make_append_only('payments_attempt');
CALL make_append_only('payments_outcome');
CALL make_append_only('payments_accountblock');
CALL make_append_only('payments_withdrawn');
CALL make_append_only('payments_bankfile');
CALL make_append_only('payments_returnfile');
CALL make_append_only('payments_sealcondition');

-- An attempt n > 1 exists only on a returned outcome of n - 1.
ALTER TABLE payments_attempt
    ADD CONSTRAINT payments_attempt_fen CHECK (fen > 0),
    ADD CONSTRAINT payments_attempt_parts CHECK (fen = coalesce(parts[1], 0)
        + coalesce(parts[2], 0) + coalesce(parts[3], 0) + coalesce(parts[4], 0)),
    ADD CONSTRAINT payments_attempt_follows CHECK (
        CASE WHEN n = 1 THEN returned_n IS NULL AND returned_state IS NULL
             ELSE n > 1 AND returned_n = n - 1 AND returned_state = 9
                  AND returned_n IS NOT NULL AND returned_state IS NOT NULL END);
ALTER TABLE payments_outcome
    ADD CONSTRAINT payments_outcome_state CHECK (state IN (1, 2, 3, 4, 5, 8, 9)),
    ADD CONSTRAINT payments_outcome_source CHECK (
        num_nonnulls(return_file_id, case_id) = 1);
-- The checks below run once for many rows. They count rather than ask whether there is one: for
-- that the planner would look up each row by itself, hoping to find a wrong one soon. What an
-- attempt n > 1 rests on is looked up here, for a foreign key would queue a check for every first
-- attempt too; outcomes are append-only, so one look proves the same.
CREATE FUNCTION payments_check_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE batches int[]; again boolean; wrong bigint;
BEGIN
    SELECT array_agg(batch_id ORDER BY batch_id), bool_or(later) INTO batches, again
    FROM (SELECT batch_id, bool_or(n > 1) AS later FROM new_attempts GROUP BY batch_id) t;
    PERFORM 1 FROM payments_batch b WHERE b.id = ANY (batches) FOR KEY SHARE;
    SELECT count(*) INTO wrong FROM unnest(batches) t (id)
    LEFT JOIN payments_batch b ON b.id = t.id AND b.state = 'DRAFT' WHERE b.id IS NULL;
    IF wrong > 0 THEN
        RAISE EXCEPTION 'lines may only join a draft batch' USING ERRCODE = 'restrict_violation';
    END IF;
    IF again AND EXISTS (SELECT 1 FROM new_attempts a LEFT JOIN payments_outcome o
               ON (o.due_ref, o.n, o.state) = (a.due_ref, a.returned_n, a.returned_state)
               WHERE a.n > 1 AND o.due_ref IS NULL) THEN
        RAISE EXCEPTION 'payments_attempt_returned_fk: a reissue follows a returned attempt'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'payments_attempt_returned_fk';
    END IF;
    IF again AND EXISTS (SELECT 1 FROM new_attempts a
               JOIN payments_attempt f ON f.due_ref = a.due_ref AND f.n = 1
               WHERE a.n > 1 AND (f.fen, f.payee_id, f.parts) IS DISTINCT FROM
                                 (a.fen, a.payee_id, a.parts)) THEN
        RAISE EXCEPTION 'a reissue carries the full amount to the same payee'
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT count(*) INTO wrong FROM new_attempts a JOIN payments_withdrawn w USING (due_ref);
    IF wrong > 0 THEN
        RAISE EXCEPTION 'a withdrawn due is not paid' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_attempts AFTER INSERT ON payments_attempt
    REFERENCING NEW TABLE AS new_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION payments_check_attempts();

-- The highest state counts; nothing is said below a state already reached. An answer rests on an
-- accepted return file, or on a case that speaks of this line and says what two people signed.
CREATE FUNCTION payments_check_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
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
                   AND c.kind = 'DISCREPANCY' AND c.content->>'ref' = w.due_ref || '-' || w.n
                   AND c.content->>'decision' = CASE w.state WHEN 8 THEN 'PAID'
                                                             WHEN 9 THEN 'RETURNED' END
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
CREATE TRIGGER check_outcomes AFTER INSERT ON payments_outcome
    REFERENCING NEW TABLE AS new_outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION payments_check_outcomes();

-- A batch is born as a draft.
CREATE FUNCTION payments_batch_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'DRAFT' THEN
        RAISE EXCEPTION 'batch % is born as a DRAFT', NEW.no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_born BEFORE INSERT ON payments_batch
    FOR EACH ROW EXECUTE FUNCTION payments_batch_born();

-- A batch goes forward step by step; each signed step has its signature row.
CREATE FUNCTION payments_batch_moves() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER batch_moves BEFORE UPDATE ON payments_batch
    FOR EACH ROW EXECUTE FUNCTION payments_batch_moves();

-- People whose batch is declared empty would not be paid, and nobody would notice.
CREATE FUNCTION payments_batch_empties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM payments_attempt WHERE batch_id = NEW.id) THEN
        RAISE EXCEPTION 'batch % has lines: it is not EMPTY', NEW.no
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_empties BEFORE UPDATE ON payments_batch
    FOR EACH ROW WHEN (NEW.state = 'EMPTY' AND OLD.state <> 'EMPTY')
    EXECUTE FUNCTION payments_batch_empties();

-- Numbers of bank files have no gaps and never go back; a file takes the last number given.
CREATE FUNCTION payments_serial_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last <> 0 THEN
        RAISE EXCEPTION 'bank serials are counted one by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER serial_born BEFORE INSERT ON payments_bankserial
    FOR EACH ROW EXECUTE FUNCTION payments_serial_born();

CREATE FUNCTION payments_serial_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'bank serials are counted one by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER serial_counts BEFORE UPDATE ON payments_bankserial
    FOR EACH ROW EXECUTE FUNCTION payments_serial_counts();

CREATE FUNCTION payments_file_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.serial IS DISTINCT FROM (
           SELECT last FROM payments_bankserial WHERE bank = NEW.bank)
       OR NEW.serial <> 1 + (
           SELECT coalesce(max(serial), 0) FROM payments_bankfile WHERE bank = NEW.bank) THEN
        RAISE EXCEPTION 'bank serials are counted one by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER file_numbered BEFORE INSERT ON payments_bankfile
    FOR EACH ROW EXECUTE FUNCTION payments_file_numbered();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_initial"),
        ("cases", "0002_promises"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
