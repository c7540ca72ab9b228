"""What is owed back may be kept of the debtor's own account, once, by a case."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_accountsetoff');
ALTER TABLE benefits_accountsetoff ADD CONSTRAINT benefits_accountsetoff_parts CHECK (
    fen = earlier_fen + same_year[1] + same_year[2] + same_year[3] + same_year[4]);
CREATE TRIGGER recovery_is_open AFTER INSERT ON benefits_accountsetoff
    FOR EACH ROW EXECUTE FUNCTION benefits_recovery_is_open();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0016_amount_corrections'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountSetOff',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('month', models.DateField(verbose_name='账户支出月份')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('set_off_on', models.DateField(verbose_name='抵扣日期')),
                ('document', models.CharField(max_length=120, verbose_name='决定书')),
                ('same_year', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='冲减当年支出(分)')),
                ('earlier_fen', models.BigIntegerField(verbose_name='以前年度(分)')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('recovery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.recovery', verbose_name='追回')),
            ],
            options={
                'verbose_name': '个人账户抵扣',
                'constraints': [models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='benefits_accountsetoff_fen')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
