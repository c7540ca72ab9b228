"""Recovery step by step, set off by decision only; what is kept of a month is a due of its own."""

import backend.people.models
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_recovery');
CALL make_append_only('benefits_recoverystep');
CALL make_append_only('benefits_recoveryinstalment');
CALL make_append_only('benefits_recoveryreceipt');
CALL make_append_only('benefits_runsetoff');
CALL make_append_only('benefits_sharesetoff');
CALL make_supersede_only('benefits_setoff');
CALL make_one_at_a_time('benefits_setoff', 'benefits_setoff_one_at_a_time', 'true',
    'entitlement_id', 'benefits_entitlement');

ALTER TABLE benefits_recoveryreceipt ADD CONSTRAINT benefits_receipt_parts CHECK (
    fen = earlier_fen + same_year[1] + same_year[2] + same_year[3] + same_year[4]);
ALTER TABLE benefits_sharesetoff ADD CONSTRAINT benefits_sharesetoff_parts CHECK (
    fen = earlier_fen + same_year[1] + same_year[2] + same_year[3] + same_year[4]);

-- Notice, then statement, then order, then service; agreement and court rest on the service.
CREATE FUNCTION benefits_recovery_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.stage > 1 AND NOT EXISTS (SELECT 1 FROM benefits_recoverystep b
        WHERE b.recovery_id = NEW.recovery_id AND b.done_on <= NEW.done_on
            AND b.stage = CASE NEW.stage WHEN 2 THEN 1 WHEN 3 THEN 1 WHEN 4 THEN 3 ELSE 4 END) THEN
        RAISE EXCEPTION 'a step of a recovery follows on the one before it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recovery_in_order AFTER INSERT ON benefits_recoverystep
    FOR EACH ROW EXECUTE FUNCTION benefits_recovery_in_order();

-- What is kept of a month's regular amount is a due of its own, of the same month.
ALTER TABLE benefits_due DROP CONSTRAINT benefits_due_kind;
ALTER TABLE benefits_due ADD CONSTRAINT benefits_due_kind CHECK (
    CASE kind WHEN 1 THEN for_month = run_period WHEN 2 THEN for_month < run_period
    WHEN 3 THEN for_month = run_period ELSE false END);

-- Twins of amounts.taken: an amount out of parts, the first first, and what is left of them.
CREATE FUNCTION benefits_taken(parts bigint[], fen bigint) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE taken bigint[] := '{}'; rest bigint := fen; part bigint; now bigint;
BEGIN
    FOREACH part IN ARRAY parts LOOP
        now := least(greatest(part, 0), rest);
        taken := taken || now;
        rest := rest - now;
    END LOOP;
    RETURN taken;
END $$;
CREATE FUNCTION benefits_less(parts bigint[], fen bigint) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT p - t FROM unnest(parts, benefits_taken(parts, fen)) AS pair (p, t))
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0007_claims'),
        ('ledger', '0002_promises'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recovery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('addressee', models.CharField(max_length=100, verbose_name='收件人')),
                ('fen', models.BigIntegerField(verbose_name='告知金额(分)')),
                ('facts', models.CharField(max_length=200, verbose_name='事实')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '追回',
            },
        ),
        migrations.CreateModel(
            name='RecoveryInstalment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('due_on', models.DateField(verbose_name='应还日期')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
            ],
            options={
                'verbose_name': '分期',
            },
        ),
        migrations.CreateModel(
            name='RecoveryReceipt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('received_on', models.DateField(verbose_name='到账日期')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('document', models.CharField(max_length=120, verbose_name='银行单据')),
                ('same_year', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='冲减当年支出(分)')),
                ('earlier_fen', models.BigIntegerField(verbose_name='以前年度(分)')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '追回到账',
            },
        ),
        migrations.CreateModel(
            name='RecoveryStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('stage', models.SmallIntegerField(choices=[(1, '告知'), (2, '陈述申辩'), (3, '责令退回决定'), (4, '送达'), (5, '还款协议'), (6, '申请法院强制执行')], verbose_name='环节')),
                ('done_on', models.DateField(verbose_name='办理日期')),
                ('until', models.DateField(null=True, verbose_name='期限')),
                ('document', models.CharField(blank=True, max_length=120, verbose_name='文书')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('fen', models.BigIntegerField(null=True, verbose_name='金额(分)')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '追回环节',
            },
        ),
        migrations.CreateModel(
            name='SetOff',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('fen', models.BigIntegerField(verbose_name='每月金额(分)')),
                ('most_ppm', models.IntegerField(verbose_name='最高比例(百万分之)')),
                ('document', models.CharField(max_length=120, verbose_name='决定书')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
            ],
            options={
                'verbose_name': '按月抵扣',
            },
        ),
        migrations.CreateModel(
            name='ShareSetOff',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('set_off_on', models.DateField(verbose_name='抵扣日期')),
                ('document', models.CharField(max_length=120, verbose_name='决定书')),
                ('same_year', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='冲减当年支出(分)')),
                ('earlier_fen', models.BigIntegerField(verbose_name='以前年度(分)')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '一次性待遇抵扣',
            },
        ),
        migrations.AlterField(
            model_name='due',
            name='kind',
            field=models.SmallIntegerField(choices=[(1, '当月'), (2, '补差'), (3, '抵扣')], verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='held',
            name='reason',
            field=models.CharField(choices=[('DIED', '死亡待核或待继承'), ('IN_PRISON', '服刑或羁押'), ('MISSING', '失踪'), ('SUSPENDED', '暂停'), ('CHECK_MISSED', '未通过资格认证'), ('UNVERIFIED', '待遇数据未核实'), ('NO_ACCOUNT', '无有效账户'), ('SET_OFF', '抵扣追回款')], max_length=16, verbose_name='原因'),
        ),
        migrations.AlterField(
            model_name='hold',
            name='reason',
            field=models.CharField(choices=[('DIED', '死亡待核或待继承'), ('IN_PRISON', '服刑或羁押'), ('MISSING', '失踪'), ('SUSPENDED', '暂停'), ('CHECK_MISSED', '未通过资格认证'), ('UNVERIFIED', '待遇数据未核实'), ('NO_ACCOUNT', '无有效账户'), ('SET_OFF', '抵扣追回款')], max_length=16, verbose_name='原因'),
        ),
        migrations.AddConstraint(
            model_name='due',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 3)), fields=('entitlement', 'for_month'), name='benefits_due_set_off_once'),
        ),
        migrations.AddField(
            model_name='recovery',
            name='book',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='ledger.book', verbose_name='账套'),
        ),
        migrations.AddField(
            model_name='recovery',
            name='debtor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='应退还人'),
        ),
        migrations.AddField(
            model_name='recoveryreceipt',
            name='recovery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.recovery', verbose_name='追回'),
        ),
        migrations.AddField(
            model_name='recoverystep',
            name='recovery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.recovery', verbose_name='追回'),
        ),
        migrations.AddField(
            model_name='recoveryinstalment',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.recoverystep', verbose_name='还款协议'),
        ),
        migrations.AddField(
            model_name='setoff',
            name='entitlement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='benefits.entitlement', verbose_name='待遇'),
        ),
        migrations.AddField(
            model_name='setoff',
            name='recovery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.recovery', verbose_name='追回'),
        ),
        migrations.AddField(
            model_name='sharesetoff',
            name='recovery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.recovery', verbose_name='追回'),
        ),
        migrations.AddField(
            model_name='sharesetoff',
            name='share',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='benefits.claimshare', verbose_name='一次性待遇份额'),
        ),
        migrations.AddConstraint(
            model_name='recovery',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='benefits_recovery_fen'),
        ),
        migrations.AddConstraint(
            model_name='recoveryreceipt',
            constraint=models.CheckConstraint(condition=models.Q(('earlier_fen__gte', 0), ('fen__gt', 0)), name='benefits_receipt_fen'),
        ),
        migrations.AddConstraint(
            model_name='recoveryreceipt',
            constraint=models.UniqueConstraint(fields=('recovery', 'document'), name='benefits_receipt_document_once'),
        ),
        migrations.AddConstraint(
            model_name='recoverystep',
            constraint=models.UniqueConstraint(condition=models.Q(('stage', 5), _negated=True), fields=('recovery', 'stage'), name='benefits_recoverystep_once'),
        ),
        migrations.AddConstraint(
            model_name='recoverystep',
            constraint=models.UniqueConstraint(fields=('case_id', 'stage'), name='benefits_recoverystep_case'),
        ),
        migrations.AddConstraint(
            model_name='recoveryinstalment',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='benefits_instalment_fen'),
        ),
        migrations.AddConstraint(
            model_name='recoveryinstalment',
            constraint=models.UniqueConstraint(fields=('step', 'due_on'), name='benefits_instalment_once'),
        ),
        migrations.AddConstraint(
            model_name='setoff',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0), ('most_ppm__gt', 0), ('most_ppm__lt', 1000000)), name='benefits_setoff_fen'),
        ),
        migrations.AddConstraint(
            model_name='setoff',
            constraint=models.UniqueConstraint(models.F('entitlement'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='benefits_setoff_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='sharesetoff',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='benefits_sharesetoff_fen'),
        ),
        migrations.CreateModel(
            name='RunSetOff',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'entitlement_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField(verbose_name='至多(分)')),
                ('most_ppm', models.IntegerField(verbose_name='最高比例(百万分之)')),
                ('entitlement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='benefits.entitlement')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='benefits.run')),
                ('set_off', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.setoff', verbose_name='按月抵扣')),
            ],
            options={
                'verbose_name': '本期抵扣',
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
