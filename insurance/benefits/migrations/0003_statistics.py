"""The planner must know what has just been written; only the owner may analyse.

Three times: the whole roll after its take-over; when a run opens, what may have changed since; and
before a month is sealed, what it wrote. Of the mass tables only the columns that are joined and
filtered by: texts and parts would take most of the time.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION benefits_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_party, people_person, people_partyname, people_partyidentifier, people_death,
        people_alias, payments_payeeaccount, payments_accountblock, benefits_entitlement,
        benefits_component, benefits_stop, benefits_hold, benefits_runchange, benefits_due,
        benefits_held, payments_attempt, payments_outcome;
END $$;

CREATE FUNCTION benefits_refresh_run_statistics() RETURNS void
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

CREATE FUNCTION benefits_refresh_month_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE benefits_held, benefits_due (due_ref, entitlement_id, kind, for_month, run_period),
        payments_attempt (due_ref, n, batch_id, chunk);
END $$;

REVOKE EXECUTE ON FUNCTION benefits_refresh_statistics(), benefits_refresh_run_statistics(),
    benefits_refresh_month_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION benefits_refresh_statistics(), benefits_refresh_run_statistics(),
    benefits_refresh_month_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
