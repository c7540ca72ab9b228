"""What an adjustment gave is seen where the entitlement is."""

from django.db import migrations

SQL = """
CALL make_scoped('adjusting_row',
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = adjusting_row.entitlement_id)$$);
CALL make_scoped('adjusting_paidmonths',
    $$EXISTS (SELECT FROM benefits_entitlement p
        WHERE p.id = adjusting_paidmonths.entitlement_id)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("adjusting", "0002_promises"), ("pension", "0013_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
