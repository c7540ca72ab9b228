import backend.people.models
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('PERSON', '自然人'), ('EMPLOYER', '用人单位'), ('VILLAGE', '村(社区)'), ('INSTITUTION', '服务机构')], max_length=12, verbose_name='类别')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '当事人',
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('party', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='people.party')),
                ('district', models.CharField(max_length=12, verbose_name='行政区划')),
            ],
            options={
                'verbose_name': '单位',
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('party', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='people.party')),
                ('birth_date', models.DateField(verbose_name='出生日期')),
                ('sex', models.SmallIntegerField(verbose_name='性别(GB/T 2261.1)')),
                ('nation', models.CharField(max_length=2, verbose_name='民族(GB/T 3304)')),
                ('district', models.CharField(max_length=6, verbose_name='行政区划')),
                ('village', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='村(社区)')),
            ],
            options={
                'verbose_name': '自然人',
            },
        ),
        migrations.CreateModel(
            name='Death',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('death_date', models.DateField(verbose_name='死亡日期')),
                ('source', models.CharField(max_length=16, verbose_name='来源')),
                ('confirmed', models.BooleanField(default=False, verbose_name='已核实')),
                ('evidence', models.CharField(max_length=120, verbose_name='依据')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='自然人')),
            ],
            options={
                'verbose_name': '死亡信息',
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('person',), name='people_death_one_current')],
            },
        ),
        migrations.CreateModel(
            name='PartyIdentifier',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('kind', models.CharField(max_length=20, verbose_name='证件类型')),
                ('number', models.CharField(max_length=24, verbose_name='号码')),
                ('party', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='当事人')),
            ],
            options={
                'verbose_name': '证件',
                'indexes': [models.Index(condition=models.Q(('superseded_at__isnull', False)), fields=['party'], name='people_identifier_past')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('number', 'kind'), name='people_identifier_one_party'), models.UniqueConstraint(models.F('party'), models.F('kind'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='people_identifier_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='PartyName',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('name', models.CharField(max_length=150, verbose_name='姓名/名称')),
                ('search_name', models.CharField(max_length=150, verbose_name='检索名')),
                ('party', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='当事人')),
            ],
            options={
                'verbose_name': '姓名',
                'indexes': [models.Index(fields=['search_name'], name='people_name_search'), models.Index(condition=models.Q(('superseded_at__isnull', False)), fields=['party'], name='people_name_past')],
                'constraints': [models.UniqueConstraint(models.F('party'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='people_name_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Alias',
            fields=[
                ('party', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='alias', serialize=False, to='people.party')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='people.party')),
            ],
            options={
                'verbose_name': '合并',
                'constraints': [models.CheckConstraint(condition=models.Q(('party', models.F('survivor')), _negated=True), name='people_alias_other')],
            },
        ),
    ]
