import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ledger', '0002_promises'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountBaseline',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='摘要')),
                ('manifest', models.JSONField(verbose_name='清单')),
                ('taken_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='接管时间')),
            ],
            options={
                'verbose_name': '账户接管基线',
            },
        ),
        migrations.CreateModel(
            name='FixedRate',
            fields=[
                ('pk', models.CompositePrimaryKey('person_id', 'scheme', 'year', blank=True, editable=False, primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('year', models.SmallIntegerField(verbose_name='年度')),
                ('ratio', models.DecimalField(decimal_places=6, max_digits=9, verbose_name='记账利率')),
                ('ratio_of_year', models.SmallIntegerField(verbose_name='利率年度')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '离开时的记账利率',
            },
        ),
        migrations.CreateModel(
            name='InterestRun',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('year', models.SmallIntegerField(verbose_name='年度')),
                ('interim', models.BooleanField(verbose_name='预计')),
                ('ratio', models.DecimalField(decimal_places=6, max_digits=9, verbose_name='记账利率')),
                ('ratio_of_year', models.SmallIntegerField(verbose_name='利率年度')),
                ('parameter', models.CharField(max_length=60, verbose_name='参数')),
                ('document', models.CharField(max_length=120, verbose_name='文件')),
                ('standing', models.CharField(max_length=12, verbose_name='依据状态')),
                ('policy_version', models.CharField(max_length=64, verbose_name='政策版本')),
                ('chunks', models.JSONField(verbose_name='分块')),
                ('state', models.CharField(choices=[('OPEN', '计算中'), ('DONE', '已完成')], default='OPEN', max_length=4, verbose_name='状态')),
                ('summary', models.JSONField(null=True, verbose_name='汇总')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='开始时间')),
                ('done_at', models.DateTimeField(null=True, verbose_name='完成时间')),
                ('openings', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.interestrun', verbose_name='上年计息')),
            ],
            options={
                'verbose_name': '年度计息',
            },
        ),
        migrations.CreateModel(
            name='InterestChunk',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'chunk', blank=True, editable=False, primary_key=True, serialize=False)),
                ('chunk', models.IntegerField(verbose_name='分块')),
                ('account_count', models.BigIntegerField(verbose_name='账户数')),
                ('written_fen', models.BigIntegerField(verbose_name='本次记入(分)')),
                ('closing_fen', models.BigIntegerField(verbose_name='年末余额(分)')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.interestrun', verbose_name='年度计息')),
            ],
            options={
                'verbose_name': '年度计息分块',
            },
        ),
        migrations.CreateModel(
            name='Outgoing',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('kind', models.CharField(choices=[('OPENING', '期初'), ('CREDIT', '记账'), ('INTEREST', '计息'), ('TRUE_UP', '利息补差'), ('PAYOUT', '待遇支付'), ('RETURNED', '退回转回'), ('REFUND', '清退'), ('TRANSFER_IN', '转入'), ('TRANSFER_OUT', '转出'), ('INHERITED', '继承支付'), ('LUMP_SUM', '一次性支付')], max_length=12, verbose_name='类别')),
                ('to_agency', models.CharField(blank=True, max_length=100, verbose_name='转入地经办机构')),
                ('month', models.DateField(verbose_name='支付月份')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('pooled_fen', models.BigIntegerField(db_default=0, verbose_name='另付统筹基金(分)')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('n', models.SmallIntegerField(db_default=0, verbose_name='次数')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('payee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='收款人')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '账户支付去向',
            },
        ),
        migrations.CreateModel(
            name='OutgoingDue',
            fields=[
                ('outgoing', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='accounts.outgoing', verbose_name='账户支付去向')),
                ('due_ref', models.BigIntegerField(unique=True, verbose_name='应发编号')),
            ],
            options={
                'verbose_name': '账户支付应发',
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('direction', models.CharField(choices=[('OUT', '转出'), ('IN', '转入')], max_length=3, verbose_name='方向')),
                ('other_region', models.CharField(max_length=6, verbose_name='对方行政区划')),
                ('other_agency', models.CharField(max_length=100, verbose_name='对方经办机构')),
                ('with_money', models.BooleanField(verbose_name='转移资金')),
                ('certificate_no', models.CharField(max_length=40, verbose_name='参保缴费凭证号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '关系转移接续',
            },
        ),
        migrations.CreateModel(
            name='TransferStep',
            fields=[
                ('pk', models.CompositePrimaryKey('transfer_id', 'stage', blank=True, editable=False, primary_key=True, serialize=False)),
                ('stage', models.SmallIntegerField(choices=[(1, '参保缴费凭证'), (2, '转移申请'), (3, '联系函'), (4, '信息表与资金')], verbose_name='环节')),
                ('done_on', models.DateField(verbose_name='办理日期')),
                ('next_due_on', models.DateField(null=True, verbose_name='下一环节期限')),
                ('document_no', models.CharField(blank=True, max_length=40, verbose_name='文书号')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('fen', models.BigIntegerField(db_default=0, verbose_name='个人账户资金(分)')),
                ('pooled_fen', models.BigIntegerField(db_default=0, verbose_name='统筹基金(分)')),
                ('entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.entry', verbose_name='到账凭证')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('transfer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.transfer', verbose_name='转移')),
            ],
            options={
                'verbose_name': '转移环节',
            },
        ),
        migrations.CreateModel(
            name='YearClose',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'person_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.BigIntegerField(verbose_name='参保人')),
                ('opening_fen', models.BigIntegerField(verbose_name='年初余额(分)')),
                ('moved_fen', models.BigIntegerField(verbose_name='本年收支(分)')),
                ('product_fen', models.BigIntegerField(verbose_name='月积数(分×月)')),
                ('interest_fen', models.BigIntegerField(verbose_name='本年利息(分)')),
                ('closing_fen', models.BigIntegerField(verbose_name='年末余额(分)')),
                ('ratio', models.DecimalField(decimal_places=6, max_digits=9, verbose_name='记账利率')),
                ('run', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.interestrun', verbose_name='年度计息')),
            ],
            options={
                'verbose_name': '账户年度结账',
            },
        ),
        migrations.CreateModel(
            name='AccountEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险')], max_length=3, verbose_name='险种')),
                ('kind', models.CharField(choices=[('OPENING', '期初'), ('CREDIT', '记账'), ('INTEREST', '计息'), ('TRUE_UP', '利息补差'), ('PAYOUT', '待遇支付'), ('RETURNED', '退回转回'), ('REFUND', '清退'), ('TRANSFER_IN', '转入'), ('TRANSFER_OUT', '转出'), ('INHERITED', '继承支付'), ('LUMP_SUM', '一次性支付')], max_length=12, verbose_name='类别')),
                ('part', models.CharField(choices=[('PERSON', '个人缴费'), ('EMPLOYER', '单位划入'), ('SUBSIDY', '政府补贴'), ('COLLECTIVE', '集体补助'), ('WHOLE', '不分来源')], max_length=10, verbose_name='资金来源')),
                ('for_month', models.DateField(verbose_name='所属月份')),
                ('arrival_month', models.DateField(verbose_name='到账月份')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('source', models.CharField(choices=[('BASELINE', '接管基线'), ('ALLOCATION', '缴费核销'), ('DUE', '应发待遇'), ('CASE', '业务件'), ('RUN', '年度计息')], max_length=10, verbose_name='依据')),
                ('source_id', models.BigIntegerField(verbose_name='依据编号')),
                ('n', models.SmallIntegerField(db_default=0, verbose_name='次数')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '个人账户明细',
                'indexes': [models.Index(fields=['person', 'scheme', 'arrival_month'], include=('kind', 'for_month', 'fen'), name='accounts_entry_account')],
                'constraints': [models.UniqueConstraint(fields=('source_id', 'source', 'kind', 'part', 'for_month', 'person', 'scheme', 'n'), name='accounts_entry_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='interestrun',
            constraint=models.UniqueConstraint(fields=('scheme', 'year', 'interim'), name='accounts_run_once'),
        ),
        migrations.AddConstraint(
            model_name='outgoing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fen__gt', 0), ('pooled_fen', 0)), models.Q(('fen__gte', 0), ('kind', 'TRANSFER_OUT'), ('pooled_fen__gt', 0)), _connector='OR'), name='accounts_outgoing_fen'),
        ),
        migrations.AddConstraint(
            model_name='outgoing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payee__isnull', False), ('to_agency', '')), models.Q(('payee__isnull', True), models.Q(('to_agency', ''), _negated=True)), _connector='OR'), name='accounts_outgoing_to_somebody'),
        ),
        migrations.AddConstraint(
            model_name='outgoing',
            constraint=models.UniqueConstraint(fields=('case_id', 'person', 'scheme', 'month', 'payee', 'n'), name='accounts_outgoing_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(fields=('person', 'scheme', 'direction', 'certificate_no'), name='accounts_transfer_once'),
        ),
    ]
