"""An export is seen by whoever asked for it, and by who supervises and audits."""

from django.db import migrations

SQL = """
CALL make_callers_own('exports_export',
    $$'staff/' || staff_id = (SELECT scope_told('actor'))$$,
    $$(SELECT scope_sees('CITY')) OR (SELECT scope_sees('AUDIT'))$$);
CALL make_callers_own('exports_outcome',
    $$EXISTS (SELECT FROM exports_export e WHERE e.id = exports_outcome.export_id
        AND 'staff/' || e.staff_id = (SELECT scope_told('actor')))$$,
    $$(SELECT scope_sees('CITY')) OR (SELECT scope_sees('AUDIT'))$$);
CALL make_callers_own('exports_handover',
    $$EXISTS (SELECT FROM exports_export e WHERE e.id = exports_handover.export_id
        AND 'staff/' || e.staff_id = (SELECT scope_told('actor')))$$,
    $$(SELECT scope_sees('CITY')) OR (SELECT scope_sees('AUDIT'))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial"), ("access", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
