"""What employers' agents hand in waits until a clerk, who is another person, takes or declines it."""

import backend.people.models
import django.db.models.deletion
from django.db import migrations, models


SQL = """
CREATE FUNCTION enrolment_filing_by_another() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state <> 'HANDED_IN'
        OR TG_OP = 'UPDATE' AND OLD.state <> 'HANDED_IN' THEN
        RAISE EXCEPTION 'a filing is handed in first, and decided once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM people_canonical a JOIN people_canonical b USING (canonical_id)
               WHERE a.party_id = NEW.decided_by AND b.party_id = NEW.handed_in_by) THEN
        RAISE EXCEPTION 'nobody takes what he handed in himself' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'enrolment_filing_by_another';
    END IF;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION enrolment_filing_by_another() FROM PUBLIC;
CREATE TRIGGER by_another BEFORE INSERT OR UPDATE ON enrolment_employerfiling
    FOR EACH ROW EXECUTE FUNCTION enrolment_filing_by_another();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enrolment_employerfiling
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON enrolment_employerfiling FROM yikatong_app;
GRANT UPDATE (state, decided_by, decided_at, reason, file_id, refused)
    ON enrolment_employerfiling TO yikatong_app;

-- The employer's agent hands in and reads, he decides nothing.
CALL make_scoped('enrolment_employerfiling', $$agency_id = ANY ((SELECT scope_agencies())::integer[])
    OR employer_id = ANY ((SELECT scope_employer())::bigint[])$$);
ALTER POLICY changes ON enrolment_employerfiling
    USING ((SELECT scope_writes()) AND agency_id = ANY ((SELECT scope_agencies())::integer[]))
    WITH CHECK ((SELECT scope_writes()) AND agency_id = ANY ((SELECT scope_agencies())::integer[]));
CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0021_agents_of_employers'),
        ('enrolment', '0008_temporary_account'),
        ('people', '0010_agents_of_employers'),
    ]

    operations = [
        migrations.CreateModel(
            name='EmployerFiling',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('ROSTER', '增减员'), ('WAGES', '年度缴费工资')], max_length=8, verbose_name='类别')),
                ('content', models.BinaryField(verbose_name='申报内容')),
                ('sha256', models.CharField(max_length=64, verbose_name='摘要')),
                ('row_count', models.IntegerField(verbose_name='行数')),
                ('handed_in_by', models.BigIntegerField(verbose_name='申报人(自然人)')),
                ('handed_in_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='申报时间')),
                ('state', models.CharField(choices=[('HANDED_IN', '待受理'), ('TAKEN', '已办理'), ('REFUSED', '不合格退回'), ('DECLINED', '不予受理')], default='HANDED_IN', max_length=9, verbose_name='状态')),
                ('decided_by', models.BigIntegerField(null=True, verbose_name='受理人(自然人)')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='办理时间')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='不予受理的原因')),
                ('refused', models.JSONField(default=list, verbose_name='不合格的行')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='access.agency', verbose_name='受理机构')),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='单位')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='enrolment.enrolmentfile', verbose_name='参保文件')),
            ],
            options={
                'verbose_name': '单位申报',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'HANDED_IN')), fields=('employer', 'kind', 'sha256'), name='enrolment_filing_waits_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('file__isnull', True), ('reason', ''), ('state', 'HANDED_IN')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('file__isnull', False), ('reason', ''), ('state__in', ('TAKEN', 'REFUSED'))), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('file__isnull', True), ('state', 'DECLINED'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='enrolment_filing_decided')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
