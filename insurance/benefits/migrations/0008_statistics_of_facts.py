"""A run also knows the shape of its facts: what came in since may be more than was there."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION benefits_refresh_run_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_death, payments_accountblock, benefits_stop, benefits_hold, benefits_runchange,
        benefits_held, benefits_entitlement (id, person_id, scheme, book_id, start_month),
        benefits_component (entitlement_id, component, valid),
        payments_payeeaccount (payee_id, valid),
        benefits_due (due_ref, entitlement_id, kind, for_month, run_period),
        payments_attempt (due_ref, n, batch_id, chunk),
        payments_outcome (due_ref, n, state, return_file_id);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0007_dues_by_statement")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
