"""What changes from month to month is analysed when a run opens; the roll, at its take-over."""

from django.db import migrations

SQL = """
CREATE FUNCTION benefits_refresh_run_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_death, payments_accountblock, benefits_stop, benefits_hold, benefits_runchange,
        benefits_due, benefits_held, payments_attempt, payments_outcome;
END $$;
REVOKE EXECUTE ON FUNCTION benefits_refresh_run_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION benefits_refresh_run_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0003_statistics_of_people")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
