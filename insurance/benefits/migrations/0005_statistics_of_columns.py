"""Of the mass tables only what is joined and filtered by is analysed: texts and parts take most."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION benefits_refresh_run_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_death, payments_accountblock, benefits_stop, benefits_hold, benefits_runchange,
        benefits_held, benefits_due (due_ref, entitlement_id, kind, for_month, run_period),
        payments_attempt (due_ref, n, batch_id, chunk),
        payments_outcome (due_ref, n, state, return_file_id);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0004_statistics_of_a_run")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
