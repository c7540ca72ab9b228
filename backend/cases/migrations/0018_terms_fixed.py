"""The last day of a term moves by a correction alone: whoever writes SQL does not put it off."""

from django.db import migrations

SQL = """
-- Working days, holidays between them, and the days for which the clock stood.
CREATE FUNCTION cases_term_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stood integer;
BEGIN
    SELECT k.answered_on - k.asked_on INTO stood FROM cases_correction k
    WHERE k.case_id = NEW.case_id AND k.answered_at IS NOT NULL;
    IF (OLD.due_on IS NOT NULL AND NEW.due_on IS NULL AND EXISTS (
            SELECT FROM cases_case c WHERE c.id = NEW.case_id AND c.state = 'CORRECTING'))
        OR (OLD.due_on IS NULL
            AND NEW.due_on BETWEEN NEW.starts_on AND NEW.starts_on + stood + 2 * NEW.days + 30) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the last day of a term moves by a correction alone'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER term_fixed BEFORE UPDATE ON cases_caseterm
    FOR EACH ROW WHEN (OLD.due_on IS DISTINCT FROM NEW.due_on)
    EXECUTE FUNCTION cases_term_fixed();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_materials_signed"), ("access", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
