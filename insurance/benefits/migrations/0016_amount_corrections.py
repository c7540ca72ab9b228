"""What an amount of the baseline was before its correction, and is: for its paper and steps."""

import backend.people.models
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_amountcorrection');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0015_first_month_moves'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='AmountCorrection',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('component', models.CharField(max_length=16, verbose_name='项目')),
                ('from_month', models.DateField(verbose_name='起始月')),
                ('before_fen', models.BigIntegerField(verbose_name='更正前月金额(分)')),
                ('fen', models.BigIntegerField(verbose_name='更正后月金额(分)')),
                ('document', models.CharField(max_length=60, verbose_name='文书号')),
                ('evidence', models.TextField(verbose_name='所凭材料')),
                ('because', models.TextField(verbose_name='更正依据')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('entitlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.entitlement', verbose_name='待遇')),
            ],
            options={
                'verbose_name': '基线待遇更正明细',
                'constraints': [models.UniqueConstraint(fields=('case_id', 'component'), name='benefits_amountcorrection_once'), models.CheckConstraint(condition=models.Q(('before_fen__gte', 0), ('fen__gte', 0), models.Q(('fen', models.F('before_fen')), _negated=True)), name='benefits_amountcorrection_fen')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
