"""A role for an account in use waits for a second administrator; it is confirmed once (授予岗位)."""

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SQL = """
CREATE TRIGGER role_confirmed_once BEFORE UPDATE ON access_askedrole
    FOR EACH ROW EXECUTE FUNCTION access_reset_confirmed_once();
REVOKE UPDATE ON access_askedrole FROM yikatong_app;
GRANT UPDATE (confirmed_by_id, confirmed_at) ON access_askedrole TO yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0022_session_digests'),
    ]

    operations = [
        migrations.CreateModel(
            name='AskedRole',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('CLERK', '经办'), ('REVIEWER', '复核'), ('FINANCE', '财务'), ('APPROVER', '审批'), ('CASHIER', '出纳放款'), ('SUPERVISOR', '稽核监督'), ('CARD_MAKER', '制卡'), ('VILLAGE', '村协办'), ('EMPLOYER_AGENT', '单位经办人'), ('SYSTEM_ADMIN', '系统管理员'), ('SECURITY_ADMIN', '安全管理员'), ('AUDIT_ADMIN', '审计管理员')], max_length=16, verbose_name='岗位')),
                ('level', models.CharField(blank=True, choices=[('HEAD', '科长'), ('LEADER', '分管领导')], max_length=8, verbose_name='审批级别')),
                ('employer_id', models.BigIntegerField(null=True, verbose_name='所代表的单位')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='期间')),
                ('asked_at', models.DateTimeField(verbose_name='提出时间')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='工作人员')),
            ],
            options={
                'verbose_name': '待确认的岗位',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('asked_by', models.F('staff')), _negated=True), models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('asked_by')), _negated=True), models.Q(('confirmed_by', models.F('staff')), _negated=True)), _connector='OR')), name='access_role_by_two_others')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
