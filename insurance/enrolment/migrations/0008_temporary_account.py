"""Temporary accounts (临时基本养老保险缴费账户): opened at the desk, with the household's place."""

import backend.people.models
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_supersede_only('enrolment_temporaryaccount');
CALL make_scoped('enrolment_temporaryaccount', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
ALTER TABLE enrolment_temporaryaccount
    ADD CONSTRAINT enrolment_temporary_months CHECK (NOT isempty(valid)
        AND NOT lower_inf(valid) AND extract(day FROM lower(valid)) = 1 AND upper_inf(valid)),
    ADD CONSTRAINT enrolment_temporary_household CHECK (household ~ '^[1-9][0-9]{5}$'),
    ADD CONSTRAINT enrolment_temporary_source CHECK (source = 'DESK' AND source_id IS NULL);
CREATE TRIGGER one_at_a_time_inserted AFTER INSERT ON enrolment_temporaryaccount
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time(
        'enrolment_temporary_one_at_a_time', 'c.scheme = n.scheme', 'person_id');
CREATE TRIGGER one_at_a_time_updated AFTER UPDATE ON enrolment_temporaryaccount
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time(
        'enrolment_temporary_one_at_a_time', 'c.scheme = n.scheme', 'person_id');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('enrolment', '0007_agents_of_employers'),
        ('people', '0010_agents_of_employers'),
    ]

    operations = [
        migrations.CreateModel(
            name='TemporaryAccount',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('source', models.CharField(choices=[('DESK', '窗口或网上申报'), ('ROSTER', '增减员文件'), ('ROLL', '居民缴费名册'), ('WAGES', '年度工资申报'), ('BASELINE', '接管基线'), ('CASE', '业务件')], max_length=8, verbose_name='来源')),
                ('source_id', models.BigIntegerField(null=True, verbose_name='来源编号')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('210', '失业保险'), ('310', '职工基本医疗保险'), ('390', '城乡居民基本医疗保险')], max_length=3, verbose_name='险种')),
                ('household', models.CharField(max_length=6, verbose_name='户籍所在地区划')),
                ('evidence', models.CharField(max_length=120, verbose_name='户籍依据')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '临时基本养老保险缴费账户',
                'indexes': [models.Index(condition=models.Q(('superseded_at__isnull', False)), fields=['person'], name='enrolment_temporary_past')],
                'constraints': [models.CheckConstraint(condition=models.Q(('scheme', '110')), name='enrolment_temporary_scheme'), models.UniqueConstraint(models.F('person'), models.F('scheme'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='enrolment_temporary_one_at_a_time', nulls_distinct=False)],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
