"""Whoever is told until when to bring what is missing is told whether the holidays are known."""

from django.db import migrations, models

SQL = "GRANT UPDATE (standing) ON cases_caseterm TO yikatong_app; CALL desk_as_application();"


class Migration(migrations.Migration):

    dependencies = [("cases", "0013_acting")]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="calendar_known",
            field=models.BooleanField(default=False, verbose_name="放假通知已核对"),
            preserve_default=False,
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
