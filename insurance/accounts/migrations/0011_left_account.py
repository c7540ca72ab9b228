"""What leaves an account keeps how it was computed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('accounts_leftaccount');
ALTER TABLE accounts_leftaccount ADD CONSTRAINT accounts_left_account_scheme CHECK (
    scheme IN ('110', '170', '310'));
CALL make_scoped('accounts_leftaccount', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_entry_arrival'),
        ('people', '0004_scope'),
    ]

    operations = [
        migrations.CreateModel(
            name='LeftAccount',
            fields=[
                ('case_id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='业务编号')),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='月份')),
                ('steps', models.JSONField(verbose_name='计算步骤')),
                ('standing', models.CharField(max_length=12, verbose_name='依据状态')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '清户核算',
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
