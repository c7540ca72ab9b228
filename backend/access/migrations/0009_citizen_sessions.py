"""Citizens at kiosks: a session stays whose it is, and ended once it has ended."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = """
CREATE FUNCTION access_session_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a session ends once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER session_stays_ended BEFORE UPDATE OF ended_at ON access_citizensession
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL)
    EXECUTE FUNCTION access_session_stays_ended();
REVOKE UPDATE ON access_citizensession FROM yikatong_app;
GRANT UPDATE (fetched_at, active_at, present_at, ended_at) ON access_citizensession
    TO yikatong_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0008_reset_by_two'),
    ]

    operations = [
        migrations.CreateModel(
            name='CitizenSession',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=43, unique=True, verbose_name='会话号')),
                ('person_id', models.BigIntegerField(verbose_name='自然人')),
                ('opened_at', models.DateTimeField(verbose_name='开始时间')),
                ('fetched_at', models.DateTimeField(null=True, verbose_name='终端接收时间')),
                ('active_at', models.DateTimeField(verbose_name='最近操作')),
                ('present_at', models.DateTimeField(verbose_name='最近在位')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='结束时间')),
                ('clerk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('terminal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='access.terminal', verbose_name='终端')),
            ],
            options={
                'verbose_name': '参保人会话',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('terminal',), name='access_citizensession_one_open')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
