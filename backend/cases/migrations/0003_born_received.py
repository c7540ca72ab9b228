"""A case is born as received: nobody writes one that is decided already."""

from django.db import migrations

SQL = """
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
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
