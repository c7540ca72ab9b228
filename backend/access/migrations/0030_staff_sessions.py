"""Sessions of staff stand with their account; those that were open in Django's table end."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A session that ends is gone: the application may delete it.
SQL = """
GRANT DELETE ON access_staffsession TO yikatong_app;
CALL desk_as_application();
DROP TABLE IF EXISTS django_session;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0029_ended_at_once")]
    operations = [
        migrations.CreateModel(
            name="StaffSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="工作人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "登录会话",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.RunSQL(SQL, reverse_sql=migrations.RunSQL.noop),
    ]
