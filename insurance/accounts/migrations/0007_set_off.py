"""What an owner owes the same fund may be kept of his account (抵扣追回款)."""

from django.db import migrations, models

SQL = """
ALTER TABLE accounts_accountentry DROP CONSTRAINT accounts_entry_kind;
ALTER TABLE accounts_accountentry ADD CONSTRAINT accounts_entry_kind CHECK (CASE kind
    WHEN 'CREDIT' THEN fen > 0 AND source IN ('ALLOCATION', 'CASE')
    WHEN 'INTEREST' THEN fen > 0 AND source IN ('RUN', 'CASE')
    WHEN 'PAYOUT' THEN fen < 0 AND source = 'DUE'
    WHEN 'RETURNED' THEN fen > 0 AND source IN ('DUE', 'CASE')
    WHEN 'OPENING' THEN fen > 0 AND source = 'BASELINE'
    WHEN 'TRUE_UP' THEN fen <> 0 AND source IN ('RUN', 'CASE')
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
        ('accounts', '0006_left_to_pool'),
    ]

    operations = [
        migrations.AlterField(
            model_name='accountentry',
            name='kind',
            field=models.CharField(choices=[('OPENING', '期初'), ('CREDIT', '记账'), ('INTEREST', '计息'), ('TRUE_UP', '利息补差'), ('PAYOUT', '待遇支付'), ('RETURNED', '退回转回'), ('REFUND', '清退'), ('TRANSFER_IN', '转入'), ('TRANSFER_OUT', '转出'), ('INHERITED', '继承支付'), ('TO_POOL', '并入统筹'), ('LUMP_SUM', '一次性支付'), ('SET_OFF', '抵扣追回款')], max_length=12, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='outgoing',
            name='kind',
            field=models.CharField(choices=[('OPENING', '期初'), ('CREDIT', '记账'), ('INTEREST', '计息'), ('TRUE_UP', '利息补差'), ('PAYOUT', '待遇支付'), ('RETURNED', '退回转回'), ('REFUND', '清退'), ('TRANSFER_IN', '转入'), ('TRANSFER_OUT', '转出'), ('INHERITED', '继承支付'), ('TO_POOL', '并入统筹'), ('LUMP_SUM', '一次性支付'), ('SET_OFF', '抵扣追回款')], max_length=12, verbose_name='类别'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
