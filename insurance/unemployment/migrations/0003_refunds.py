"""Yearly refunds to employers: lists, notices, decisions only grow."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('unemployment_refundlist');
CALL make_append_only('unemployment_refundentry');
CALL make_append_only('unemployment_refundobjection');
CALL make_append_only('unemployment_refundgrant');
CALL make_append_only('unemployment_refunddue');
ALTER TABLE unemployment_refundlist ADD CONSTRAINT unemployment_refund_list_notice CHECK (
    notice_until > published_on AND extract(year FROM published_on) = year);

-- What is paid is the newest list of the year, all of it that nobody was right to object to.
CREATE FUNCTION unemployment_refund_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE listed bigint; amount bigint;
BEGIN
    SELECT count(*), sum(e.fen) INTO listed, amount FROM unemployment_refundentry e
    WHERE e.list_id = NEW.list_id AND e.fen > 0 AND NOT EXISTS (
        SELECT FROM unemployment_refundobjection o WHERE o.list_id = e.list_id
            AND o.payer_id = e.payer_id AND o.effect = 'EXCLUDE');
    IF NOT EXISTS (SELECT FROM unemployment_refundlist l
            WHERE (l.id, l.book_id, l.year) = (NEW.list_id, NEW.book_id, NEW.year)
                AND NOT EXISTS (SELECT FROM unemployment_refundlist n WHERE n.book_id = l.book_id
                    AND n.year = l.year AND n.ordinal > l.ordinal))
        OR (NEW.entry_count, NEW.fen) IS DISTINCT FROM (listed::int, amount) THEN
        RAISE EXCEPTION 'a grant is of all that stands on the newest list'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_is_whole BEFORE INSERT ON unemployment_refundgrant
    FOR EACH ROW EXECUTE FUNCTION unemployment_refund_is_whole();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_promises'),
        ('people', '0002_promises'),
        ('unemployment', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefundEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('size', models.CharField(choices=[('LARGE', '大型企业'), ('SMALL', '中小微企业')], max_length=5, verbose_name='划型')),
                ('paid_fen', models.BigIntegerField(verbose_name='上年实际缴费(分)')),
                ('paid_months', models.SmallIntegerField(verbose_name='上年足额缴费月数')),
                ('laid_off', models.IntegerField(verbose_name='裁员人数')),
                ('staff_months', models.IntegerField(verbose_name='参保人月数')),
                ('fen', models.BigIntegerField(verbose_name='返还金额(分)')),
                ('refused', models.CharField(blank=True, choices=[('NOT_PAID', '上年没有足额缴费满规定月数'), ('LAID_OFF', '裁员率高于规定'), ('NO_STAFF', '上年没有参保职工'), ('EXCLUDED', '按规定不予返还'), ('NOTHING', '返还金额为零')], max_length=8, verbose_name='不予返还')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('steps', models.JSONField(verbose_name='计算步骤')),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='单位')),
            ],
            options={
                'verbose_name': '稳岗返还明细',
            },
        ),
        migrations.CreateModel(
            name='RefundList',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('region', models.CharField(max_length=6, verbose_name='地区')),
                ('year', models.SmallIntegerField(verbose_name='年度')),
                ('ordinal', models.SmallIntegerField(verbose_name='次序')),
                ('published_on', models.DateField(verbose_name='公示起始日期')),
                ('notice_until', models.DateField(verbose_name='公示截止日期')),
                ('figures', models.JSONField(verbose_name='条件和比例')),
                ('policy_version', models.CharField(max_length=64, verbose_name='政策版本')),
                ('standing', models.CharField(max_length=12, verbose_name='依据状态')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='ledger.book', verbose_name='账套')),
            ],
            options={
                'verbose_name': '稳岗返还名单',
            },
        ),
        migrations.CreateModel(
            name='RefundDue',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='unemployment.refundentry', verbose_name='稳岗返还明细')),
                ('due_ref', models.BigIntegerField(unique=True, verbose_name='应发编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '稳岗返还应发',
            },
        ),
        migrations.AddField(
            model_name='refundentry',
            name='list',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='unemployment.refundlist', verbose_name='名单'),
        ),
        migrations.CreateModel(
            name='RefundObjection',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('effect', models.CharField(choices=[('EXCLUDE', '该单位不予返还'), ('REDRAW', '名单重新编制、公示')], max_length=7, verbose_name='处理')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='unemployment.refundlist', verbose_name='名单')),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='单位')),
            ],
            options={
                'verbose_name': '公示异议',
            },
        ),
        migrations.CreateModel(
            name='RefundGrant',
            fields=[
                ('list', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='unemployment.refundlist', verbose_name='名单')),
                ('year', models.SmallIntegerField(verbose_name='年度')),
                ('entry_count', models.IntegerField(verbose_name='单位数')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='ledger.book', verbose_name='账套')),
            ],
            options={
                'verbose_name': '稳岗返还决定',
            },
        ),
        migrations.AddConstraint(
            model_name='refundlist',
            constraint=models.UniqueConstraint(fields=('book', 'year', 'ordinal'), name='unemployment_refund_list_once'),
        ),
        migrations.AddConstraint(
            model_name='refundentry',
            constraint=models.UniqueConstraint(fields=('list', 'payer'), name='unemployment_refund_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='refundentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fen__gt', 0), ('refused', '')), models.Q(('fen', 0), models.Q(('refused', ''), _negated=True)), _connector='OR'), name='unemployment_refund_entry_reason'),
        ),
        migrations.AddConstraint(
            model_name='refundgrant',
            constraint=models.UniqueConstraint(fields=('book', 'year'), name='unemployment_refund_once_a_year'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
