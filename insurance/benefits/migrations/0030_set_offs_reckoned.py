"""What a case keeps, or ends, of a recovery says how it came about."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_setoffdecision');
CALL make_scoped('benefits_setoffdecision',
    $$EXISTS (SELECT FROM benefits_recovery p WHERE p.id = benefits_setoffdecision.recovery_id)$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [("benefits", "0029_sealed_runs")]

    operations = [
        migrations.CreateModel(
            name="SetOffDecision",
            fields=[
                ("case_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="业务编号")),
                ("reckoned", models.JSONField(verbose_name="金额怎样得来")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登记时间")),
                ("recovery", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="benefits.recovery", verbose_name="追回")),
            ],
            options={"verbose_name": "抵扣决定"},
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
