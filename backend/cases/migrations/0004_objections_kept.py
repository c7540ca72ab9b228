"""Who had a hand in a decision signs no answer to an objection; what is answered stays answered."""

from django.db import migrations

SQL = """
CREATE FUNCTION cases_objection_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cases_case d WHERE d.id = (NEW.content ->> 'decided_case')::bigint
               AND (NEW.reviewed_by IN (d.received_by, d.reviewed_by, d.decided_by)
                    OR NEW.decided_by IN (d.received_by, d.reviewed_by, d.decided_by))) THEN
        RAISE EXCEPTION 'an objection is answered by others than decided'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER objection_by_others BEFORE UPDATE ON cases_case
    FOR EACH ROW WHEN (NEW.kind = 'OBJECTION') EXECUTE FUNCTION cases_objection_by_others();

REVOKE UPDATE, DELETE, TRUNCATE ON cases_objection FROM yikatong_app;
GRANT UPDATE (owner_staff_id, outcome, correction_id, closed_at) ON cases_objection
    TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON cases_objection
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE FUNCTION cases_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an answered objection stays answered' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE ON cases_objection
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION cases_answered_once();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_objection")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
