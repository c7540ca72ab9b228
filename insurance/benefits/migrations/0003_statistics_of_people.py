"""The planner must also know the people whom a take-over has just written."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION benefits_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_party, people_person, people_partyname, people_partyidentifier, people_death,
        people_alias, payments_payeeaccount, payments_accountblock, benefits_entitlement,
        benefits_component, benefits_stop, benefits_hold, benefits_runchange, benefits_due,
        benefits_held, payments_attempt, payments_outcome;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0002_promises"),
        ("people", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
