"""An outcome speaks of an attempt: checked once per statement.

A foreign key would look up and lock each attempt by itself, which is most of the time of a return
of a million lines. Attempts are append-only, so one look at all of them proves the same.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION payments_outcomes_have_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN payments_attempt a ON a.due_ref = w.due_ref AND a.n = w.n
               WHERE a.due_ref IS NULL) THEN
        RAISE EXCEPTION 'an outcome speaks of an attempt' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER outcomes_have_attempts AFTER INSERT ON payments_outcome
    REFERENCING NEW TABLE AS new_outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION payments_outcomes_have_attempts();
ALTER TABLE payments_outcome DROP CONSTRAINT payments_outcome_attempt_fk;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
