"""A death is one of the facts that bills rest on: what is known of it is known with the rest."""

from django.db import migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION enrolment_known_now() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE enrolment_enrolment, enrolment_wage, enrolment_supportgroup, enrolment_rollentry,
        enrolment_deregistration, people_alias{deaths} IN SHARE ROW EXCLUSIVE MODE;
    RETURN clock_timestamp();
END $$;
CREATE OR REPLACE FUNCTION enrolment_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_alias, enrolment_enrolment, enrolment_wage, enrolment_supportgroup,
        enrolment_rollentry, enrolment_deregistration{deaths};
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0004_retired"), ("people", "0002_promises")]
    operations = [
        migrations.RunSQL(
            FUNCTIONS.format(deaths=", people_death"), FUNCTIONS.format(deaths="")
        )
    ]
