"""A case may be filed before it is accepted; it is corrected once, and declined by a signature."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION cases_case_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_cases
               WHERE state NOT IN ('RECEIVED', 'FILED') OR accepted_by IS NOT NULL
                   OR reviewed_by IS NOT NULL OR decided_by IS NOT NULL
                   OR (state = 'FILED' AND received_by IS NULL)) THEN
        RAISE EXCEPTION 'a case is born as RECEIVED or FILED' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION cases_case_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'reviewed_by', 'decided_by', 'decided_at', 'reason'];
    filed boolean := OLD.state IN ('FILED', 'CORRECTING');
BEGIN
    IF filed THEN
        moving := moving || ARRAY['content', 'digest', 'accepted_by', 'accepted_at'];
    END IF;
    IF (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) THEN
        RAISE EXCEPTION 'the content of a case is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT ((OLD.state = 'FILED' AND NEW.state IN ('RECEIVED', 'CORRECTING', 'DECLINED'))
            OR (OLD.state = 'CORRECTING' AND NEW.state IN ('FILED', 'DECLINED'))
            OR (OLD.state = 'RECEIVED' AND NEW.state IN ('REVIEWED', 'APPROVED', 'REJECTED'))
            OR (OLD.state = 'REVIEWED' AND NEW.state IN ('APPROVED', 'REJECTED'))) THEN
        RAISE EXCEPTION 'case % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF filed AND (NEW.reviewed_by IS NOT NULL
                  OR (NEW.accepted_by IS NULL) = (NEW.state = 'RECEIVED')
                  OR (NEW.decided_by IS NULL) = (NEW.state = 'DECLINED')) THEN
        RAISE EXCEPTION 'case % is accepted by somebody, then decided', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF filed AND NEW.state IN ('FILED', 'CORRECTING') AND NOT EXISTS (
        SELECT FROM cases_correction k
        WHERE k.case_id = NEW.id AND (k.answered_at IS NULL) = (NEW.state = 'CORRECTING')) THEN
        RAISE EXCEPTION 'case % is corrected once', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'APPROVED' AND NOT EXISTS (
        SELECT 1 FROM cases_approval a WHERE a.subject_kind = 'cases.case'
        AND a.subject_id = NEW.id AND a.step = 'DECIDE' AND a.digest = NEW.digest
        AND a.person_id = NEW.decided_by) THEN
        RAISE EXCEPTION 'case % has no signed decision', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'DECLINED' AND (NEW.reason = '' OR NOT EXISTS (
        SELECT 1 FROM cases_approval a WHERE a.subject_kind = 'cases.case'
        AND a.subject_id = NEW.id AND a.step = 'REJECT' AND a.digest = NEW.digest
        AND a.person_id = NEW.decided_by)) THEN
        RAISE EXCEPTION 'case % is not declined by a signature', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Of what is only filed nothing is known to be right.
CREATE OR REPLACE FUNCTION cases_objection_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cases_case d WHERE d.id = CASE
                   WHEN NEW.content ->> 'decided_case' ~ '^[0-9]{1,18}$'
                   THEN (NEW.content ->> 'decided_case')::bigint END
               AND (NEW.reviewed_by IN (d.received_by, d.accepted_by, d.reviewed_by, d.decided_by)
                    OR NEW.decided_by
                        IN (d.received_by, d.accepted_by, d.reviewed_by, d.decided_by))) THEN
        RAISE EXCEPTION 'an objection is answered by others than decided'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

REVOKE UPDATE, DELETE, TRUNCATE ON cases_caseterm FROM yikatong_app;
GRANT UPDATE (due_on, owner_staff_id, closed_at) ON cases_caseterm TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON cases_caseterm
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE FUNCTION cases_term_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a term that ended does not run on' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER term_ended BEFORE UPDATE ON cases_caseterm
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION cases_term_ended();

REVOKE UPDATE, DELETE, TRUNCATE ON cases_correction FROM yikatong_app;
GRANT UPDATE (brought, answered_by, answered_on, answered_at) ON cases_correction TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON cases_correction
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE FUNCTION cases_corrected_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a correction is answered once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER corrected_once BEFORE UPDATE ON cases_correction
    FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION cases_corrected_once();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_filed")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
