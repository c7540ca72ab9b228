"""What comes back after all is entered where it left, its interest of closed years beside it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


SQL = """
CALL make_append_only('accounts_cameback');
ALTER TABLE accounts_cameback ADD CONSTRAINT accounts_came_back_scheme CHECK (
    scheme IN ('110', '170', '310'));
ALTER TABLE accounts_accountentry DROP CONSTRAINT accounts_entry_kind;
ALTER TABLE accounts_accountentry ADD CONSTRAINT accounts_entry_kind CHECK (CASE kind
    WHEN 'CREDIT' THEN fen > 0 AND source IN ('ALLOCATION', 'CASE')
    WHEN 'INTEREST' THEN fen > 0 AND source IN ('RUN', 'CASE')
    WHEN 'PAYOUT' THEN fen < 0 AND source = 'DUE'
    WHEN 'RETURNED' THEN fen > 0 AND source IN ('DUE', 'CASE')
    WHEN 'OPENING' THEN fen > 0 AND source = 'BASELINE'
    WHEN 'TRUE_UP' THEN fen <> 0 AND source IN ('RUN', 'CASE')
    WHEN 'MADE_UP' THEN fen <> 0 AND source = 'CASE'
    WHEN 'REFUND' THEN fen < 0 AND source IN ('ALLOCATION', 'CASE')
    WHEN 'TRANSFER_IN' THEN fen > 0 AND source = 'CASE'
    WHEN 'TRANSFER_OUT' THEN fen < 0 AND source = 'CASE'
    WHEN 'INHERITED' THEN fen < 0 AND source = 'CASE'
    WHEN 'TO_POOL' THEN fen < 0 AND source = 'CASE'
    WHEN 'LUMP_SUM' THEN fen < 0 AND source = 'CASE'
    WHEN 'SET_OFF' THEN fen < 0 AND source = 'CASE'
    ELSE false END);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_set_off'),
        ('people', '0003_citizen_sessions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='accountentry',
            name='kind',
            field=models.CharField(choices=[('OPENING', '期初'), ('CREDIT', '记账'), ('INTEREST', '计息'), ('TRUE_UP', '利息补差'), ('MADE_UP', '补记利息'), ('PAYOUT', '待遇支付'), ('RETURNED', '退回转回'), ('REFUND', '清退'), ('TRANSFER_IN', '转入'), ('TRANSFER_OUT', '转出'), ('INHERITED', '继承支付'), ('TO_POOL', '并入统筹'), ('LUMP_SUM', '一次性支付'), ('SET_OFF', '抵扣追回款')], max_length=12, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='outgoing',
            name='kind',
            field=models.CharField(choices=[('OPENING', '期初'), ('CREDIT', '记账'), ('INTEREST', '计息'), ('TRUE_UP', '利息补差'), ('MADE_UP', '补记利息'), ('PAYOUT', '待遇支付'), ('RETURNED', '退回转回'), ('REFUND', '清退'), ('TRANSFER_IN', '转入'), ('TRANSFER_OUT', '转出'), ('INHERITED', '继承支付'), ('TO_POOL', '并入统筹'), ('LUMP_SUM', '一次性支付'), ('SET_OFF', '抵扣追回款')], max_length=12, verbose_name='类别'),
        ),
        migrations.CreateModel(
            name='CameBack',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('left_month', models.DateField(verbose_name='转出月份')),
                ('back_month', models.DateField(verbose_name='转回月份')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '账户转回',
                'indexes': [models.Index(fields=['scheme', 'person'], name='accounts_came_back_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('back_month__gt', models.F('left_month')), models.Q(('fen', 0), _negated=True)), name='accounts_came_back_later')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
