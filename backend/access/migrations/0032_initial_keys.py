"""A key under an initial password signs nothing; its owner gets another when he changes it.

Who went on with the key of a reset, which is kept sealed with the password that others were told,
changes his password again; until then ``check_invariants`` names his key.
"""

from django.db import migrations, models

SQL = """
UPDATE access_staff s SET password_initial = true
FROM access_signingkey k JOIN access_staffreset r ON r.public_key = k.public_key
WHERE k.staff_id = s.id AND k.retired_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0031_offices_history")]
    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="signingkey",
            name="initial",
            field=models.BooleanField(default=False, verbose_name="初始密码下的密钥"),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.UniqueConstraint(
                fields=("public_key",), name="access_signingkey_once"
            ),
        ),
    ]
