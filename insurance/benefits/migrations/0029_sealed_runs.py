"""What a sealed run says stays; of an open one only its seal is written."""

from django.db import migrations

SQL = """
CREATE FUNCTION benefits_run_is_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a sealed run does not change' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER run_is_sealed BEFORE UPDATE OR DELETE ON benefits_run
    FOR EACH ROW WHEN (OLD.state = 'SEALED') EXECUTE FUNCTION benefits_run_is_sealed();
REVOKE UPDATE, DELETE, TRUNCATE ON benefits_run FROM yikatong_app;
GRANT UPDATE (state, summary, sealed_at) ON benefits_run TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0028_insured_pensioners")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
