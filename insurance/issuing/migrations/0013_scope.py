"""A paper is seen by the agency that issued it."""

from django.db import migrations

SQL = """
CALL make_scoped('issuing_issuedpaper',
    $$agency_id = ANY ((SELECT scope_agencies())::integer[])$$);
CALL make_scoped('issuing_delivery',
    $$EXISTS (SELECT FROM issuing_issuedpaper p WHERE p.id = issuing_delivery.paper_id)$$);
CALL make_scoped('issuing_printing',
    $$EXISTS (SELECT FROM issuing_issuedpaper p WHERE p.id = issuing_printing.paper_id)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0012_reports_to_persons"), ("cases", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
