"""Before a month is sealed only what it wrote is analysed: its facts were when it was opened."""

from django.db import migrations

SQL = """
CREATE FUNCTION benefits_refresh_month_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE benefits_held, benefits_due (due_ref, entitlement_id, kind, for_month, run_period),
        payments_attempt (due_ref, n, batch_id, chunk);
END $$;
REVOKE EXECUTE ON FUNCTION benefits_refresh_month_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION benefits_refresh_month_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0008_statistics_of_facts")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
