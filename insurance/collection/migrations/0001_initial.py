import backend.people.models
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='Match',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('CREDITS', '抵缴'), ('RECEIPTS', '入库核销'), ('SUSPENSE', '待处理款核销'), ('REFUND', '退费')], max_length=8, verbose_name='种类')),
                ('period', models.DateField(verbose_name='业务月份')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('matched_on', models.DateField(verbose_name='核销日期')),
                ('order_source', models.CharField(blank=True, max_length=200, verbose_name='核销顺序依据')),
                ('summary', models.JSONField(null=True, verbose_name='汇总')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '核销批次',
            },
        ),
        migrations.CreateModel(
            name='BillRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('EMPLOYERS', '单位月度核定'), ('INDIVIDUALS', '灵活就业月度核定'), ('RESIDENTS', '居民年度核定'), ('TOP_UP', '补差'), ('YEAR_TOP_UP', '居民补差'), ('LATE_FEE', '滞纳金'), ('BACK_PAYMENT', '补缴')], max_length=12, verbose_name='种类')),
                ('period', models.DateField(verbose_name='业务月份')),
                ('ordinal', models.SmallIntegerField(default=1, verbose_name='次序')),
                ('known_at', models.DateTimeField(verbose_name='已知时点')),
                ('known_before', models.DateTimeField(null=True, verbose_name='上次已知时点')),
                ('policy_version', models.CharField(max_length=64, verbose_name='政策版本')),
                ('parameters', models.JSONField(verbose_name='参数')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='事由')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('state', models.CharField(choices=[('OPEN', '计算中'), ('DONE', '已完成')], default='OPEN', max_length=4, verbose_name='状态')),
                ('summary', models.JSONField(null=True, verbose_name='汇总')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='开始时间')),
                ('done_at', models.DateTimeField(null=True, verbose_name='完成时间')),
            ],
            options={
                'verbose_name': '核定批次',
                'constraints': [models.UniqueConstraint(fields=('kind', 'period', 'ordinal'), name='collection_run_once')],
            },
        ),
        migrations.CreateModel(
            name='BillChunk',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'chunk', blank=True, editable=False, primary_key=True, serialize=False)),
                ('chunk', models.IntegerField(verbose_name='分块')),
                ('line_count', models.BigIntegerField(verbose_name='明细数')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.billrun', verbose_name='核定批次')),
            ],
            options={
                'verbose_name': '核定分块',
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('pk', models.CompositePrimaryKey('key_id', 'match_id', 'funds_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('key_id', models.BigIntegerField(verbose_name='款项编号')),
                ('funds_id', models.BigIntegerField(verbose_name='资金编号')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('account_fen', models.BigIntegerField(verbose_name='其中记入个人账户(分)')),
                ('match', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.match', verbose_name='核销批次')),
            ],
            options={
                'verbose_name': '核销',
                'indexes': [django.contrib.postgres.indexes.BrinIndex(fields=['match'], name='collection_allocation_match')],
            },
        ),
        migrations.CreateModel(
            name='MatchTotal',
            fields=[
                ('pk', models.CompositePrimaryKey('payer_id', 'scheme', 'month', 'part', 'arrived', 'match_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('payer_id', models.BigIntegerField(verbose_name='缴款人')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('part', models.SmallIntegerField(choices=[(1, '个人缴费'), (2, '单位缴费'), (3, '单位缴费尾差'), (4, '未申报暂按上月额确定'), (5, '困难群体代缴'), (6, '集体补助'), (7, '政府补贴'), (8, '滞纳金')], verbose_name='款项')),
                ('arrived', models.DateField(verbose_name='入库日期')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('account_fen', models.BigIntegerField(verbose_name='其中记入个人账户(分)')),
                ('match', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.match', verbose_name='核销批次')),
            ],
            options={
                'verbose_name': '核销合计',
            },
        ),
        migrations.CreateModel(
            name='TaxFile',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('BILLS', '核定应缴(送税务)'), ('DECLARATIONS', '申报明细'), ('RECEIPTS', '入库明细'), ('TRANSFERS', '国库划转财政专户')], max_length=12, verbose_name='类别')),
                ('period', models.DateField(null=True, verbose_name='业务月份')),
                ('serial', models.IntegerField(null=True, verbose_name='序号')),
                ('name', models.CharField(max_length=120, verbose_name='文件名')),
                ('sha256', models.CharField(max_length=64, verbose_name='摘要')),
                ('accepted', models.BooleanField(verbose_name='已接收')),
                ('row_count', models.IntegerField(null=True, verbose_name='行数')),
                ('fen', models.BigIntegerField(null=True, verbose_name='金额(分)')),
                ('code', models.CharField(blank=True, max_length=60, verbose_name='拒收代码')),
                ('line', models.IntegerField(null=True, verbose_name='拒收行')),
                ('detail', models.CharField(blank=True, max_length=300, verbose_name='拒收原因')),
                ('received_by', models.BigIntegerField(null=True, verbose_name='接收人(自然人)')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='接收时间')),
            ],
            options={
                'verbose_name': '税务文件',
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted', True), ('row_count__gt', 0)), fields=('kind', 'sha256'), name='collection_file_once'), models.UniqueConstraint(condition=models.Q(('accepted', True)), fields=('kind', 'serial'), name='collection_file_serial_once'), models.CheckConstraint(condition=models.Q(models.Q(('accepted', True), ('code', ''), ('fen__isnull', False), ('row_count__isnull', False), ('serial__isnull', False)), models.Q(('accepted', False), models.Q(('code', ''), _negated=True)), _connector='OR'), name='collection_file_reason')],
            },
        ),
        migrations.CreateModel(
            name='SentRun',
            fields=[
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='sent', serialize=False, to='collection.billrun', verbose_name='核定批次')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.taxfile', verbose_name='核定应缴文件')),
            ],
            options={
                'verbose_name': '已送税务的核定批次',
            },
        ),
        migrations.CreateModel(
            name='SentSetOff',
            fields=[
                ('match', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='sent', serialize=False, to='collection.match', verbose_name='核销批次')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.taxfile', verbose_name='核定应缴文件')),
            ],
            options={
                'verbose_name': '已计入应缴文件的抵缴',
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.IntegerField(verbose_name='行')),
                ('tax_no', models.CharField(max_length=40, unique=True, verbose_name='税票号')),
                ('channel', models.CharField(choices=[('TAX', '税务入国库'), ('FISCAL', '财政拨入财政专户')], max_length=6, verbose_name='渠道')),
                ('late_fee', models.BooleanField(verbose_name='滞纳金')),
                ('payer_number', models.CharField(max_length=20, verbose_name='缴款人号码')),
                ('payer_name', models.CharField(max_length=150, verbose_name='缴款人名称')),
                ('payer_id', models.BigIntegerField(null=True, verbose_name='缴款人')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(null=True, verbose_name='所属月份')),
                ('person_number', models.CharField(blank=True, max_length=20, verbose_name='参保人号码')),
                ('person_id', models.BigIntegerField(null=True, verbose_name='参保人')),
                ('part', models.SmallIntegerField(choices=[(1, '个人缴费'), (2, '单位缴费'), (3, '单位缴费尾差'), (4, '未申报暂按上月额确定'), (5, '困难群体代缴'), (6, '集体补助'), (7, '政府补贴'), (8, '滞纳金')], null=True, verbose_name='款项')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('arrived', models.DateField(verbose_name='入库日期')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.taxfile', verbose_name='入库明细文件')),
            ],
            options={
                'verbose_name': '入库款',
            },
        ),
        migrations.AddField(
            model_name='match',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='collection.taxfile', verbose_name='入库明细文件'),
        ),
        migrations.CreateModel(
            name='DeclaredLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.IntegerField(verbose_name='行')),
                ('payer_number', models.CharField(max_length=20, verbose_name='单位号码')),
                ('payer_id', models.BigIntegerField(null=True, verbose_name='单位')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('person_number', models.CharField(max_length=20, verbose_name='人员号码')),
                ('person_name', models.CharField(max_length=150, verbose_name='姓名')),
                ('search_name', models.CharField(max_length=150, verbose_name='检索名')),
                ('person_id', models.BigIntegerField(null=True, verbose_name='人员')),
                ('base_fen', models.BigIntegerField(verbose_name='缴费基数(分)')),
                ('fen', models.BigIntegerField(verbose_name='申报金额(分)')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.taxfile', verbose_name='申报明细文件')),
            ],
            options={
                'verbose_name': '申报明细',
            },
        ),
        migrations.CreateModel(
            name='FixedAmount',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('fen', models.BigIntegerField(verbose_name='每月金额(分)')),
                ('document', models.CharField(max_length=200, verbose_name='依据')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='单位')),
            ],
            options={
                'verbose_name': '确定的缴费额',
                'constraints': [models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='collection_fixed_fen'), models.UniqueConstraint(models.F('payer'), models.F('scheme'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='collection_fixed_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Undeclared',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('reason', models.CharField(max_length=120, verbose_name='依据')),
                ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='单位')),
            ],
            options={
                'verbose_name': '未按规定申报',
            },
        ),
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key_id', models.BigIntegerField(verbose_name='款项编号')),
                ('payer_id', models.BigIntegerField(verbose_name='缴款人')),
                ('person_id', models.BigIntegerField(null=True, verbose_name='参保人')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('part', models.SmallIntegerField(choices=[(1, '个人缴费'), (2, '单位缴费'), (3, '单位缴费尾差'), (4, '未申报暂按上月额确定'), (5, '困难群体代缴'), (6, '集体补助'), (7, '政府补贴'), (8, '滞纳金')], verbose_name='款项')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('account_fen', models.BigIntegerField(default=0, verbose_name='其中记入个人账户(分)')),
                ('run', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='collection.billrun', verbose_name='核定批次')),
            ],
            options={
                'verbose_name': '应缴明细',
                'indexes': [models.Index(condition=models.Q(('key_id', models.F('id')), _negated=True), fields=['key_id'], name='collection_line_differences')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('key_id', models.F('id'))), fields=('payer_id', 'scheme', 'month', 'person_id', 'part'), name='collection_line_key_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='BillChange',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'person_id', 'from_month', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.BigIntegerField(verbose_name='参保人')),
                ('from_month', models.DateField(verbose_name='自')),
                ('until_month', models.DateField(verbose_name='至(不含)')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.billrun', verbose_name='核定批次')),
            ],
            options={
                'verbose_name': '重算清单',
                'constraints': [models.CheckConstraint(condition=models.Q(('until_month__gt', models.F('from_month'))), name='collection_change_months')],
            },
        ),
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('EMPLOYED', '用人单位'), ('FLEXIBLE', '灵活就业人员'), ('RESIDENT', '村(社区)')], max_length=8, verbose_name='缴费主体')),
                ('payer_id', models.BigIntegerField(verbose_name='缴款人')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('district', models.CharField(max_length=6, verbose_name='参保地')),
                ('mode', models.CharField(choices=[('ASSESSED', '核定征收'), ('DECLARED', '自行申报')], max_length=8, verbose_name='征收方式')),
                ('line_count', models.BigIntegerField(verbose_name='明细数')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('pay_by', models.DateField(verbose_name='缴费截止日')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.billrun', verbose_name='核定批次')),
            ],
            options={
                'verbose_name': '应缴单',
                'constraints': [models.UniqueConstraint(fields=('payer_id', 'scheme', 'month', 'run'), name='collection_bill_once')],
            },
        ),
        migrations.CreateModel(
            name='Deferral',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='单位')),
            ],
            options={
                'verbose_name': '缓缴',
                'constraints': [models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='collection_deferral_fen'), models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('payer', 'scheme', 'month', 'case_id'), name='collection_deferral_once')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('period', models.DateField(verbose_name='业务月份')),
                ('kind', models.CharField(choices=[('OTHER_AMOUNT', '金额不符'), ('OTHER_PERSON', '人员不符'), ('PAID_WITHOUT_REGISTER', '已缴费未登记'), ('REGISTER_WITHOUT_PAYMENT', '已登记未缴费'), ('DUPLICATE', '重复缴费')], max_length=24, verbose_name='类别')),
                ('payer_id', models.BigIntegerField(null=True, verbose_name='单位')),
                ('payer_number', models.CharField(blank=True, max_length=20, verbose_name='单位号码')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('person_id', models.BigIntegerField(null=True, verbose_name='人员')),
                ('declared_fen', models.BigIntegerField(verbose_name='申报金额(分)')),
                ('registered_fen', models.BigIntegerField(verbose_name='登记应缴(分)')),
                ('owner_role', models.CharField(max_length=16, verbose_name='责任岗位')),
                ('owner_staff_id', models.BigIntegerField(null=True, verbose_name='责任人')),
                ('opened_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('decision', models.CharField(blank=True, max_length=20, verbose_name='处理')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='处理时间')),
                ('declared', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='collection.declaredline', verbose_name='申报明细')),
            ],
            options={
                'verbose_name': '比对差异',
                'constraints': [models.UniqueConstraint(condition=models.Q(('decision', 'GONE'), _negated=True), fields=('period', 'scheme', 'month', 'payer_id', 'person_id', 'kind', 'declared', 'declared_fen', 'registered_fen'), name='collection_finding_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='NotBilled',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('payer_id', models.BigIntegerField(verbose_name='缴款人')),
                ('person_id', models.BigIntegerField(null=True, verbose_name='参保人')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('month', models.DateField(verbose_name='所属月份')),
                ('code', models.CharField(max_length=60, verbose_name='原因代码')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collection.billrun', verbose_name='核定批次')),
            ],
            options={
                'verbose_name': '未能核定',
                'constraints': [models.UniqueConstraint(fields=('run', 'payer_id', 'person_id', 'scheme', 'month'), name='collection_not_billed_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Suspense',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('reason', models.CharField(choices=[('UNKNOWN_PAYER', '缴款人不明'), ('WRONG_PERSON', '缴款人名下没有此人的应缴'), ('NOTHING_OWED', '没有对应的应缴'), ('OVERPAID', '多缴'), ('CLOSED', '应缴已过缴费截止日')], max_length=16, verbose_name='原因')),
                ('owner_role', models.CharField(max_length=16, verbose_name='责任岗位')),
                ('owner_staff_id', models.BigIntegerField(null=True, verbose_name='责任人')),
                ('opened_on', models.DateField(verbose_name='登记日期')),
                ('decision', models.CharField(blank=True, max_length=12, verbose_name='处理')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='处理时间')),
                ('match', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.match', verbose_name='核销批次')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='collection.receipt', verbose_name='入库款')),
            ],
            options={
                'verbose_name': '待处理款',
                'constraints': [models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='collection_suspense_fen'), models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('receipt',), name='collection_suspense_one_open'), models.UniqueConstraint(fields=('receipt', 'match'), name='collection_suspense_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='collection_receipt_fen'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'RECEIPTS')), fields=('file',), name='collection_match_file_once'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.UniqueConstraint(condition=models.Q(('case_id__isnull', False)), fields=('case_id',), name='collection_match_case_once'),
        ),
        migrations.AddConstraint(
            model_name='declaredline',
            constraint=models.UniqueConstraint(fields=('file', 'line'), name='collection_declared_once'),
        ),
        migrations.AddConstraint(
            model_name='undeclared',
            constraint=models.UniqueConstraint(models.F('payer'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='collection_undeclared_one_at_a_time'),
        ),
    ]
