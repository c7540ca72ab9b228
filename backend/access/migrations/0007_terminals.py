"""Terminals: what one is stays, it is revoked for good, and its numbers are forgotten in time."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = """
CALL make_append_only('access_terminalcode');

CREATE FUNCTION access_terminal_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL
        OR (to_jsonb(OLD) - ARRAY['seen_at', 'state', 'revoked_at', 'revoked_by_id'])
            <> (to_jsonb(NEW) - ARRAY['seen_at', 'state', 'revoked_at', 'revoked_by_id']) THEN
        RAISE EXCEPTION 'a terminal stays what it is, and revoked'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER terminal_stays BEFORE UPDATE OR DELETE ON access_terminal
    FOR EACH ROW EXECUTE FUNCTION access_terminal_stays();
REVOKE UPDATE ON access_terminal FROM yikatong_app;
GRANT UPDATE (seen_at, state, revoked_at, revoked_by_id) ON access_terminal TO yikatong_app;

-- Beside sessions, the one table whose rows the application forgets.
REVOKE UPDATE ON access_terminalnonce FROM yikatong_app;
GRANT DELETE ON access_terminalnonce TO yikatong_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0006_failures_by_source'),
    ]

    operations = [
        migrations.CreateModel(
            name='TerminalCode',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='登记码摘要')),
                ('profile', models.CharField(choices=[('KIOSK', '自助终端'), ('DESK', '柜台终端'), ('PERSONALISATION', '制卡终端')], max_length=16, verbose_name='类别')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('issued_at', models.DateTimeField(verbose_name='签发时间')),
                ('expires_at', models.DateTimeField(verbose_name='失效时间')),
                ('hall', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='access.hall', verbose_name='大厅')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='签发人')),
            ],
            options={
                'verbose_name': '终端登记码',
            },
        ),
        migrations.CreateModel(
            name='Terminal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('profile', models.CharField(choices=[('KIOSK', '自助终端'), ('DESK', '柜台终端'), ('PERSONALISATION', '制卡终端')], max_length=16, verbose_name='类别')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('public_key', models.BinaryField(unique=True, verbose_name='公钥')),
                ('enrolled_at', models.DateTimeField(verbose_name='登记时间')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='停用时间')),
                ('seen_at', models.DateTimeField(null=True, verbose_name='最近心跳')),
                ('state', models.JSONField(default=dict, verbose_name='状态')),
                ('hall', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='access.hall', verbose_name='大厅')),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='停用人')),
                ('code', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='access.terminalcode', verbose_name='登记码')),
            ],
            options={
                'verbose_name': '终端',
            },
        ),
        migrations.CreateModel(
            name='TerminalNonce',
            fields=[
                ('pk', models.CompositePrimaryKey('terminal', 'nonce', blank=True, editable=False, primary_key=True, serialize=False)),
                ('nonce', models.CharField(max_length=43, verbose_name='随机数')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('terminal', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='access.terminal')),
            ],
            options={
                'verbose_name': '一次性随机数',
            },
        ),
        migrations.AddConstraint(
            model_name='terminal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by__isnull', True)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='access_terminal_revoked_by_somebody'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
