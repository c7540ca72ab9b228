"""A citizen's call is told before which machine he stands, and of the hall no more."""

from django.db import migrations

SQL = """
ALTER POLICY sees ON access_terminal USING ((SELECT scope_sees('CITY'))
    OR (SELECT scope_sees('HOUSE')) OR hall_id = (SELECT scope_told('hall')::integer)
    OR id = (SELECT scope_told('terminal')::bigint));
ALTER POLICY adds ON access_terminal WITH CHECK ((SELECT scope_writes())
    AND ((SELECT scope_sees('HOUSE')) OR hall_id = (SELECT scope_told('hall')::integer)
        OR id = (SELECT scope_told('terminal')::bigint)));
ALTER POLICY changes ON access_terminal USING ((SELECT scope_writes())
    AND ((SELECT scope_sees('HOUSE')) OR hall_id = (SELECT scope_told('hall')::integer)
        OR id = (SELECT scope_told('terminal')::bigint)))
    WITH CHECK ((SELECT scope_writes())
    AND ((SELECT scope_sees('HOUSE')) OR hall_id = (SELECT scope_told('hall')::integer)
        OR id = (SELECT scope_told('terminal')::bigint)));
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0016_revoked_by_the_clock")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
