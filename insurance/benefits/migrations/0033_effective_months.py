"""Why a decided case counts from its month is kept with its step."""

import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_effectivemonth');
CALL make_scoped('benefits_effectivemonth',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = benefits_effectivemonth.case_id)$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [("benefits", "0032_item_until_a_month")]

    operations = [
        migrations.CreateModel(
            name="EffectiveMonth",
            fields=[
                ("case_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="业务编号")),
                ("label", models.CharField(max_length=60, verbose_name="情形")),
                ("event_date", models.DateField(verbose_name="发生日期")),
                ("month", models.DateField(verbose_name="起始月")),
                ("steps", models.JSONField(verbose_name="计算步骤")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登记时间")),
            ],
            options={"verbose_name": "起始月依据"},
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
