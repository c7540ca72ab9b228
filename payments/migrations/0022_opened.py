"""Who opened what before he signed a batch (签名前查看)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('payments_batchopened');
CALL make_scoped('payments_batchopened', $$batch_id IN (SELECT id FROM payments_batch)$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0021_funding'),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchOpened',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, verbose_name='内容摘要')),
                ('what', models.CharField(choices=[('MOVEMENT', '增减证明'), ('HELD', '暂缓原因')], max_length=8, verbose_name='材料')),
                ('staff_id', models.BigIntegerField(verbose_name='工作人员')),
                ('person_id', models.BigIntegerField(verbose_name='自然人')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='查看时间')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.batch', verbose_name='批次')),
            ],
            options={
                'verbose_name': '签名前查看',
                'constraints': [models.UniqueConstraint(fields=('batch', 'person_id', 'what', 'digest'), name='payments_opened_once')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
