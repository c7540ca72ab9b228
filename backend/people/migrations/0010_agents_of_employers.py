"""An agent reports for an organisation of the register, and sees by it, under each of its entries."""

from django.db import migrations

SQL = """
ALTER TABLE access_roleassignment ADD CONSTRAINT access_roleassignment_employer_fk
    FOREIGN KEY (employer_id) REFERENCES people_organisation (party_id);

CREATE FUNCTION scope_employer() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(f.party_id), '{}') FROM people_canonical f
    WHERE f.canonical_id = (SELECT c.canonical_id FROM people_canonical c
        WHERE c.party_id = scope_told('employer')::bigint)
$$;
REVOKE EXECUTE ON FUNCTION scope_employer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_employer() TO yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0009_row_history"), ("access", "0021_agents_of_employers")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
