"""Cases end, people act for others, and what has ended goes into volumes that may be lent."""

import backend.people.models
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0010_roles_certified'),
        ('cases', '0008_materials'),
        ('people', '0003_citizen_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='closing', serialize=False, to='cases.case', verbose_name='业务件')),
                ('closed_by', models.BigIntegerField(verbose_name='办结人(自然人)')),
                ('closed_on', models.DateField(verbose_name='办结日期')),
                ('closed_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='办结时间')),
            ],
            options={
                'verbose_name': '办结',
            },
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.CharField(choices=[('FILED', '已收件'), ('CORRECTING', '待补正'), ('DECLINED', '不予受理'), ('RECEIVED', '已受理'), ('REVIEWED', '已审核'), ('APPROVED', '已批准'), ('REJECTED', '不予批准')], default='RECEIVED', max_length=10, verbose_name='状态'),
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('basis', models.CharField(choices=[('MANDATE', '委托'), ('GUARDIAN', '监护')], max_length=8, verbose_name='代办依据')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None, verbose_name='代办范围')),
                ('from_date', models.DateField(verbose_name='起始日期')),
                ('until_date', models.DateField(verbose_name='截止日期')),
                ('evidence', models.CharField(max_length=200, verbose_name='依据材料')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('ended_by', models.BigIntegerField(null=True, verbose_name='终止人(自然人)')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='终止时间')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='终止原因')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='代办人')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='mandate', to='cases.case', verbose_name='业务件')),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to='people.party', verbose_name='被代办人')),
            ],
            options={
                'verbose_name': '代办登记',
            },
        ),
        migrations.CreateModel(
            name='Acting',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='acting', serialize=False, to='cases.case')),
                ('agent', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='代办人')),
                ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actings', to='cases.mandate', verbose_name='代办登记')),
            ],
            options={
                'verbose_name': '代办',
            },
        ),
        migrations.CreateModel(
            name='Volume',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('year', models.SmallIntegerField(verbose_name='年度')),
                ('category', models.CharField(max_length=20, verbose_name='类别')),
                ('ordinal', models.IntegerField(verbose_name='案卷号')),
                ('number', models.CharField(max_length=40, unique=True, verbose_name='档号')),
                ('years_kept', models.SmallIntegerField(null=True, verbose_name='保管年限')),
                ('said_by', models.CharField(max_length=200, verbose_name='依据')),
                ('standing', models.CharField(max_length=12, verbose_name='依据状态')),
                ('opened_by', models.BigIntegerField(verbose_name='立卷人(自然人)')),
                ('opened_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='立卷时间')),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='access.agency', verbose_name='经办机构')),
            ],
            options={
                'verbose_name': '案卷',
            },
        ),
        migrations.CreateModel(
            name='Loan',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower', models.CharField(max_length=60, verbose_name='借阅人')),
                ('purpose', models.CharField(max_length=200, verbose_name='借阅用途')),
                ('lent_on', models.DateField(verbose_name='借出日期')),
                ('due_on', models.DateField(verbose_name='应还日期')),
                ('lent_by', models.BigIntegerField(verbose_name='经手人(自然人)')),
                ('lent_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='借出时间')),
                ('returned_on', models.DateField(null=True, verbose_name='归还日期')),
                ('returned_by', models.BigIntegerField(null=True, verbose_name='收回人(自然人)')),
                ('returned_at', models.DateTimeField(null=True, verbose_name='归还时间')),
                ('volume', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='cases.volume', verbose_name='案卷')),
            ],
            options={
                'verbose_name': '借阅',
            },
        ),
        migrations.CreateModel(
            name='Archived',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='archived', serialize=False, to='cases.case')),
                ('place', models.SmallIntegerField(verbose_name='件号')),
                ('archived_by', models.BigIntegerField(verbose_name='归档人(自然人)')),
                ('archived_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='归档时间')),
                ('volume', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='archived', to='cases.volume', verbose_name='案卷')),
            ],
            options={
                'verbose_name': '归档',
            },
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('principal', models.F('agent')), _negated=True), name='cases_mandate_of_another'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('kinds__len__gt', 0), ('until_date__gte', models.F('from_date'))), name='cases_mandate_scope_and_term'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='cases_mandate_ended_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='volume',
            constraint=models.UniqueConstraint(fields=('agency', 'year', 'category', 'ordinal'), name='cases_volume_ordinal'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.UniqueConstraint(condition=models.Q(('returned_at__isnull', True)), fields=('volume',), name='cases_loan_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('borrower', ''), _negated=True), models.Q(('purpose', ''), _negated=True)), name='cases_loan_says_who_and_why'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('lent_on'))), name='cases_loan_ends'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('returned_at__isnull', True), ('returned_by__isnull', True), ('returned_on__isnull', True)), models.Q(('returned_at__isnull', False), ('returned_by__isnull', False), ('returned_on__gte', models.F('lent_on'))), _connector='OR'), name='cases_loan_returned_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='archived',
            constraint=models.UniqueConstraint(fields=('volume', 'place'), name='cases_archived_place'),
        ),
    ]
