"""Events in a person's life (人身情形): a form belongs to its topic; rows are only withdrawn."""

import backend.people.models
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_supersede_only('benefits_lifeevent');
ALTER TABLE benefits_lifeevent
    ADD CONSTRAINT benefits_lifeevent_month CHECK (extract(day FROM from_month) = 1),
    ADD CONSTRAINT benefits_lifeevent_form CHECK (CASE topic
        WHEN 'CUSTODY' THEN form IN ('SENTENCED', 'CONTROL', 'PROBATION', 'OUTSIDE', 'WANTED',
            'DETAINED', 'ACQUITTED', 'RELEASED')
        WHEN 'MISSING' THEN form IN ('MISSING', 'FOUND')
        ELSE false END);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0004_paid_months'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.AlterField(
            model_name='held',
            name='reason',
            field=models.CharField(choices=[('DIED', '死亡待核或待继承'), ('IN_PRISON', '服刑或羁押'), ('MISSING', '失踪'), ('SUSPENDED', '暂停'), ('CHECK_MISSED', '未通过资格认证'), ('UNVERIFIED', '待遇数据未核实'), ('NO_ACCOUNT', '无有效账户')], max_length=16, verbose_name='原因'),
        ),
        migrations.AlterField(
            model_name='hold',
            name='reason',
            field=models.CharField(choices=[('DIED', '死亡待核或待继承'), ('IN_PRISON', '服刑或羁押'), ('MISSING', '失踪'), ('SUSPENDED', '暂停'), ('CHECK_MISSED', '未通过资格认证'), ('UNVERIFIED', '待遇数据未核实'), ('NO_ACCOUNT', '无有效账户')], max_length=16, verbose_name='原因'),
        ),
        migrations.CreateModel(
            name='LifeEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('topic', models.CharField(choices=[('CUSTODY', '服刑羁押'), ('MISSING', '失踪')], max_length=8, verbose_name='事项')),
                ('form', models.CharField(choices=[('SENTENCED', '服刑'), ('CONTROL', '管制'), ('PROBATION', '缓刑'), ('OUTSIDE', '监外执行'), ('WANTED', '在逃通缉'), ('DETAINED', '羁押未定罪'), ('ACQUITTED', '无罪（撤案、不起诉）'), ('RELEASED', '期满释放'), ('MISSING', '失踪'), ('FOUND', '重新出现')], max_length=10, verbose_name='情形')),
                ('from_date', models.DateField(verbose_name='发生日期')),
                ('from_month', models.DateField(verbose_name='起始月')),
                ('document', models.CharField(max_length=120, verbose_name='文书')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='自然人')),
            ],
            options={
                'verbose_name': '人身情形',
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('person', 'topic', 'from_date'), name='benefits_lifeevent_one_a_day')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
