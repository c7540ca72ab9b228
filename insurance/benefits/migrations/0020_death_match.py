"""Death matches as they were taken in; two persons let them count as evidence."""

import django.db.models.functions.datetime
from django.db import migrations, models


SQL = """
CALL make_append_only('benefits_deathmatch');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0019_payouts_of_own_batches'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeathMatch',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('period', models.DateField(verbose_name='发放月份')),
                ('as_of', models.DateField(verbose_name='数据截止')),
                ('source', models.CharField(max_length=100, verbose_name='来源')),
                ('rows', models.IntegerField(verbose_name='条数')),
                ('sha256', models.CharField(max_length=64, verbose_name='文件摘要')),
                ('reported', models.IntegerField(verbose_name='新立案')),
                ('known_dead', models.IntegerField(verbose_name='原已登记')),
                ('listed', models.IntegerField(verbose_name='须人工查看')),
                ('received_by', models.BigIntegerField(null=True, verbose_name='报送人(自然人)')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='导入时间')),
            ],
            options={
                'verbose_name': '死亡比对',
                'constraints': [models.UniqueConstraint(fields=('period', 'sha256'), name='benefits_deathmatch_once')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
