"""Approvals are append-only; a case is born as received, its content never changes and its state
never goes back."""

from django.db import migrations

SQL = """
CALL make_append_only('cases_approval');

CREATE FUNCTION cases_case_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_cases
               WHERE state <> 'RECEIVED' OR reviewed_by IS NOT NULL OR decided_by IS NOT NULL) THEN
        RAISE EXCEPTION 'a case is born as RECEIVED' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_born AFTER INSERT ON cases_case
    REFERENCING NEW TABLE AS new_cases
    FOR EACH STATEMENT EXECUTE FUNCTION cases_case_born();

CREATE FUNCTION cases_case_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['state', 'reviewed_by', 'decided_by', 'decided_at', 'reason'];
BEGIN
    IF (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) THEN
        RAISE EXCEPTION 'the content of a case is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT ((OLD.state = 'RECEIVED' AND NEW.state IN ('REVIEWED', 'APPROVED', 'REJECTED'))
            OR (OLD.state = 'REVIEWED' AND NEW.state IN ('APPROVED', 'REJECTED'))) THEN
        RAISE EXCEPTION 'case % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'APPROVED' AND NOT EXISTS (
        SELECT 1 FROM cases_approval a WHERE a.subject_kind = 'cases.case'
        AND a.subject_id = NEW.id AND a.step = 'DECIDE' AND a.digest = NEW.digest
        AND a.person_id = NEW.decided_by) THEN
        RAISE EXCEPTION 'case % has no signed decision', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_moves BEFORE UPDATE ON cases_case
    FOR EACH ROW EXECUTE FUNCTION cases_case_moves();
REVOKE DELETE, TRUNCATE ON cases_case FROM yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
