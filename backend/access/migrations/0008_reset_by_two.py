"""A reset of an account with roles waits for a second administrator; it is confirmed once (重置)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = """
CREATE FUNCTION access_reset_confirmed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL OR NEW.confirmed_at IS NULL OR NEW.confirmed_by_id IS NULL THEN
        RAISE EXCEPTION 'a reset is confirmed once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reset_confirmed_once BEFORE UPDATE ON access_staffreset
    FOR EACH ROW EXECUTE FUNCTION access_reset_confirmed_once();
REVOKE UPDATE ON access_staffreset FROM yikatong_app;
GRANT UPDATE (confirmed_by_id, confirmed_at) ON access_staffreset TO yikatong_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0007_terminals'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffReset',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(verbose_name='提出时间')),
                ('password', models.CharField(max_length=128, verbose_name='新密码(散列)')),
                ('public_key', models.BinaryField(verbose_name='新公钥')),
                ('private_sealed', models.BinaryField(verbose_name='新私钥(口令加密)')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='工作人员')),
            ],
            options={
                'verbose_name': '待确认的重置',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('asked_by', models.F('staff')), _negated=True), models.Q(('confirmed_by__isnull', True), models.Q(models.Q(('confirmed_by', models.F('asked_by')), _negated=True), models.Q(('confirmed_by', models.F('staff')), _negated=True)), _connector='OR')), name='access_reset_by_two_others')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
