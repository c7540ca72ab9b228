"""What was asked for counts with this host's certificate; a confirmation names the role given.

Who waited for a confirmation when this is applied is asked for again.
"""

import django.db.models.deletion
from django.db import migrations, models

SQL = """
DROP TRIGGER role_confirmed_once ON access_askedrole;
UPDATE access_askedrole a SET given_id = (
    SELECT r.id FROM access_roleassignment r
    WHERE (r.staff_id, r.role, r.level, r.granted_by_id)
        = (a.staff_id, a.role, a.level, a.confirmed_by_id)
        AND r.recorded_at <= a.confirmed_at + interval '1 minute'
    ORDER BY r.recorded_at DESC LIMIT 1)
WHERE a.confirmed_at IS NOT NULL;
CREATE TRIGGER role_confirmed_once BEFORE UPDATE ON access_askedrole
    FOR EACH ROW EXECUTE FUNCTION access_reset_confirmed_once();
REVOKE DELETE ON access_askedrole FROM yikatong_app;
GRANT UPDATE (given_id) ON access_askedrole TO yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("access", "0023_asked_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="askedrole",
            name="certificate",
            field=models.BinaryField(null=True, unique=True, verbose_name="提出证明"),
        ),
        migrations.AddField(
            model_name="askedrole",
            name="given",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="asked",
                to="access.roleassignment",
                verbose_name="所授予的任职",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
