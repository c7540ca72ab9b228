"""A reset that was asked for counts with this host's certificate (重置).

Who waited for a confirmation when this is applied is asked for again.
"""

from django.db import migrations, models

SQL = """
REVOKE DELETE ON access_staffreset FROM yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0026_role_asked_once")]
    operations = [
        migrations.AddField(
            model_name="staffreset",
            name="certificate",
            field=models.BinaryField(null=True, unique=True, verbose_name="提出证明"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
