"""Heirs have what was to be paid once to somebody who died first; rows only grow."""

import backend.people.models
import django.db.models.deletion
from django.db import migrations, models

SQL = "CALL make_append_only('benefits_inheritedsingle');"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_inheritance_undone'),
        ('benefits', '0011_paid_back'),
    ]

    operations = [
        migrations.CreateModel(
            name='InheritedSingle',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('due_ref', models.BigIntegerField(null=True, verbose_name='应发编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.claim', verbose_name='一次性待遇')),
                ('outgoing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.outgoing', verbose_name='账户支付去向')),
                ('share', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='benefits.claimshare', verbose_name='份额')),
            ],
            options={
                'verbose_name': '由继承人领取的单笔',
                'constraints': [models.CheckConstraint(condition=models.Q(('fen__gt', 0), models.Q(models.Q(('outgoing__isnull', False), ('share__isnull', True)), models.Q(('outgoing__isnull', True), ('share__isnull', False)), _connector='OR')), name='benefits_inheritedsingle_of_one'), models.UniqueConstraint(fields=('claim', 'share', 'outgoing'), name='benefits_inheritedsingle_once', nulls_distinct=False)],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
