"""What one fund pays into another for persons: lists, lines and payments only grow."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('collection_fundlist');
CALL make_append_only('collection_fundline');
CALL make_append_only('collection_fundpayment');
ALTER TABLE collection_fundlist ADD CONSTRAINT collection_fund_list_month CHECK (
    extract(day FROM period) = 1 AND line_count > 0);
ALTER TABLE collection_fundline ADD CONSTRAINT collection_fund_line_fen CHECK (
    fen <> 0 AND abs(account_fen) <= abs(fen) AND fen::numeric * account_fen >= 0
    AND extract(day FROM month) = 1);
ALTER TABLE collection_fundpayment ADD CONSTRAINT collection_fund_paid_vouchers CHECK (
    (fen = 0) = (paid_id IS NULL) AND (fen = 0) = (received_id IS NULL));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collection', '0002_promises'),
        ('ledger', '0002_promises'),
        ('people', '0002_promises'),
        ('audit', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='FundList',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('period', models.DateField(verbose_name='业务月份')),
                ('figures', models.JSONField(verbose_name='代缴标准')),
                ('policy_version', models.CharField(max_length=64, verbose_name='政策版本')),
                ('line_count', models.IntegerField(verbose_name='明细数')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='ledger.book', verbose_name='付款账套')),
            ],
            options={
                'verbose_name': '代缴名册',
            },
        ),
        migrations.CreateModel(
            name='FundLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('source_id', models.BigIntegerField(verbose_name='依据编号')),
                ('region', models.CharField(max_length=6, verbose_name='参保地')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('account_fen', models.BigIntegerField(verbose_name='其中记入个人账户(分)')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
                ('list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.fundlist', verbose_name='代缴名册')),
            ],
            options={
                'verbose_name': '代缴明细',
            },
        ),
        migrations.CreateModel(
            name='FundPayment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('paid_on', models.DateField(verbose_name='付款日期')),
                ('document', models.CharField(max_length=40, verbose_name='付款凭据')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.fundlist', verbose_name='代缴名册')),
                ('paid', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry', verbose_name='付款凭证')),
                ('received', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry', verbose_name='到账凭证')),
            ],
            options={
                'verbose_name': '代缴付款',
            },
        ),
        migrations.AddConstraint(
            model_name='fundlist',
            constraint=models.UniqueConstraint(fields=('book', 'period'), name='collection_fund_list_once'),
        ),
        migrations.AddConstraint(
            model_name='fundline',
            constraint=models.UniqueConstraint(fields=('list', 'scheme', 'month', 'person'), name='collection_fund_line_once'),
        ),
        migrations.AddConstraint(
            model_name='fundpayment',
            constraint=models.UniqueConstraint(fields=('list', 'scheme'), name='collection_fund_paid_once'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
