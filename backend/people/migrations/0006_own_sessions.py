"""A citizen's session is seen in its hall, and by the citizen himself."""

from django.db import migrations

SQL = """
ALTER POLICY sees ON access_citizensession USING ((SELECT scope_sees('CITY'))
    OR person_id = ANY ((SELECT scope_own())::bigint[])
    OR terminal_id IN (SELECT id FROM access_terminal
        WHERE hall_id = (SELECT scope_told('hall')::integer)));
ALTER POLICY changes ON access_citizensession USING ((SELECT scope_writes())
    AND (person_id = ANY ((SELECT scope_own())::bigint[])
        OR terminal_id IN (SELECT id FROM access_terminal
            WHERE hall_id = (SELECT scope_told('hall')::integer))))
    WITH CHECK ((SELECT scope_writes())
    AND (person_id = ANY ((SELECT scope_own())::bigint[])
        OR terminal_id IN (SELECT id FROM access_terminal
            WHERE hall_id = (SELECT scope_told('hall')::integer))));
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0005_contacts"), ("access", "0017_before_a_machine")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
