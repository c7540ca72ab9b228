"""Places of households (户籍所在地) in time, told at the desk or by a roster; temporary accounts of
joiners whom a roster names."""

import backend.people.models
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_supersede_only('enrolment_householdplace');
CALL make_scoped('enrolment_householdplace', $$(SELECT scope_sees('EVERYBODY'))$$);
ALTER TABLE enrolment_householdplace
    ADD CONSTRAINT enrolment_household_months CHECK (NOT isempty(valid)
        AND NOT lower_inf(valid) AND extract(day FROM lower(valid)) = 1
        AND (upper_inf(valid) OR extract(day FROM upper(valid)) = 1)),
    ADD CONSTRAINT enrolment_household_region CHECK (region ~ '^[1-9][0-9]{5}$'),
    ADD CONSTRAINT enrolment_household_source CHECK (case_id IS NULL AND CASE source
        WHEN 'DESK' THEN source_id IS NULL
        WHEN 'ROSTER' THEN source_id IS NOT NULL
        ELSE false END);
CREATE TRIGGER one_at_a_time_inserted AFTER INSERT ON enrolment_householdplace
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time(
        'enrolment_household_one_at_a_time', 'true', 'person_id');
CREATE TRIGGER one_at_a_time_updated AFTER UPDATE ON enrolment_householdplace
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time(
        'enrolment_household_one_at_a_time', 'true', 'person_id');

ALTER TABLE enrolment_temporaryaccount
    DROP CONSTRAINT enrolment_temporary_source,
    ADD CONSTRAINT enrolment_temporary_source CHECK (CASE source
        WHEN 'DESK' THEN source_id IS NULL
        WHEN 'ROSTER' THEN source_id IS NOT NULL
        ELSE false END);

-- What was told so far was kept with the temporary accounts alone.
INSERT INTO enrolment_householdplace (person_id, region, evidence, valid, source)
SELECT person_id, household, evidence, valid, source FROM enrolment_temporaryaccount
WHERE superseded_at IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('enrolment', '0009_employer_filings'),
        ('people', '0010_agents_of_employers'),
    ]

    operations = [
        migrations.CreateModel(
            name='HouseholdPlace',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('source', models.CharField(choices=[('DESK', '窗口或网上申报'), ('ROSTER', '增减员文件'), ('ROLL', '居民缴费名册'), ('WAGES', '年度工资申报'), ('BASELINE', '接管基线'), ('CASE', '业务件')], max_length=8, verbose_name='来源')),
                ('source_id', models.BigIntegerField(null=True, verbose_name='来源编号')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('region', models.CharField(max_length=6, verbose_name='户籍所在地区划')),
                ('evidence', models.CharField(max_length=120, verbose_name='户籍依据')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '户籍所在地',
                'indexes': [models.Index(condition=models.Q(('superseded_at__isnull', False)), fields=['person'], name='enrolment_household_past')],
                'constraints': [models.UniqueConstraint(models.F('person'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='enrolment_household_one_at_a_time', nulls_distinct=False)],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
