"""Batches are born as drafts, files take the next number, a decision speaks of its own line."""

from django.db import migrations

SQL = """
CREATE FUNCTION payments_batch_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'DRAFT' THEN
        RAISE EXCEPTION 'batch % is born as a DRAFT', NEW.no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_born BEFORE INSERT ON payments_batch
    FOR EACH ROW EXECUTE FUNCTION payments_batch_born();

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

CREATE FUNCTION payments_serial_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last <> 0 THEN
        RAISE EXCEPTION 'bank serials are counted one by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER serial_born BEFORE INSERT ON payments_bankserial
    FOR EACH ROW EXECUTE FUNCTION payments_serial_born();

-- As before; and a case speaks only of the line and with the answer that two people signed.
CREATE OR REPLACE FUNCTION payments_check_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_outcomes w
               JOIN payments_outcome o ON o.due_ref = w.due_ref AND o.n = w.n
               WHERE o.state > w.state) THEN
        RAISE EXCEPTION 'an outcome may not fall behind what is known'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT return_file_id FROM new_outcomes
                              WHERE case_id IS NULL) t
               LEFT JOIN payments_returnfile r ON r.id = t.return_file_id AND r.accepted
               WHERE r.id IS NULL)
       OR EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN cases_case c ON c.id = w.case_id AND c.state = 'APPROVED'
                   AND c.kind = 'DISCREPANCY' AND c.content->>'ref' = w.due_ref || '-' || w.n
                   AND c.content->>'decision' = CASE w.state WHEN 8 THEN 'PAID'
                                                             WHEN 9 THEN 'RETURNED' END
               WHERE w.case_id IS NOT NULL AND c.id IS NULL) THEN
        RAISE EXCEPTION 'an outcome rests on an accepted return file or a decided case'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

-- As before; and a return file speaks only of lines of its own batch.
CREATE OR REPLACE FUNCTION payments_outcomes_have_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN payments_attempt a ON a.due_ref = w.due_ref AND a.n = w.n
               LEFT JOIN payments_returnfile r ON r.id = w.return_file_id
               WHERE a.due_ref IS NULL OR r.batch_id <> a.batch_id) THEN
        RAISE EXCEPTION 'an outcome speaks of an attempt' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_outcomes_by_statement"), ("cases", "0003_born_received")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
