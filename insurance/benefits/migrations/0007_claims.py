"""Claims are once granted, their shares are the whole fen; rows only grow (一次性待遇)."""

import backend.people.models
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_supersede_only('benefits_claim');
CALL make_append_only('benefits_claimshare');
CALL make_append_only('benefits_claimdue');
ALTER TABLE benefits_claim ADD CONSTRAINT benefits_claim_ordinal CHECK (ordinal BETWEEN 1 AND 4);

-- Shares come to the claim: looked at once per statement, which writes all of them.
CREATE FUNCTION benefits_shares_are_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    SELECT count(*) INTO wrong FROM benefits_claim c WHERE c.id IN (SELECT claim_id FROM new_shares)
        AND c.fen <> (SELECT sum(s.fen) FROM benefits_claimshare s WHERE s.claim_id = c.id);
    IF wrong > 0 THEN
        RAISE EXCEPTION 'shares come to the whole claim' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shares_are_whole AFTER INSERT ON benefits_claimshare
    REFERENCING NEW TABLE AS new_shares
    FOR EACH STATEMENT EXECUTE FUNCTION benefits_shares_are_whole();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0006_life_checks'),
        ('ledger', '0002_promises'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimShare',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('relation', models.CharField(choices=[('SPOUSE', '配偶'), ('CHILD', '子女'), ('PARENT', '父母'), ('OTHER', '其他继承人')], max_length=6, verbose_name='与参保人关系')),
                ('weight', models.IntegerField(verbose_name='份额')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
            ],
            options={
                'verbose_name': '一次性待遇份额',
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('SURVIVOR', '丧葬补助金和抚恤金')], max_length=10, verbose_name='类别')),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('ordinal', models.SmallIntegerField(verbose_name='支出项目')),
                ('event_date', models.DateField(verbose_name='事由发生日期')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('funeral_fen', models.BigIntegerField(default=0, verbose_name='其中丧葬补助金(分)')),
                ('region', models.CharField(max_length=6, verbose_name='行政区划')),
                ('figures', models.JSONField(verbose_name='其他数据')),
                ('steps', models.JSONField(verbose_name='计算步骤')),
                ('policy_version', models.CharField(max_length=64, verbose_name='政策版本')),
                ('standing', models.CharField(max_length=12, verbose_name='依据状态')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='ledger.book', verbose_name='账套')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '一次性待遇',
            },
        ),
        migrations.CreateModel(
            name='ClaimDue',
            fields=[
                ('share', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='benefits.claimshare', verbose_name='一次性待遇份额')),
                ('due_ref', models.BigIntegerField(unique=True, verbose_name='应发编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '一次性待遇应发',
            },
        ),
        migrations.AddField(
            model_name='claimshare',
            name='claim',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='benefits.claim', verbose_name='一次性待遇'),
        ),
        migrations.AddField(
            model_name='claimshare',
            name='payee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='收款人'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0), ('fen__gte', models.F('funeral_fen')), ('funeral_fen__gte', 0)), name='benefits_claim_fen'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('person', 'scheme', 'kind'), name='benefits_claim_once'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True), ('funeral_fen__gt', 0)), fields=('person',), name='benefits_claim_one_funeral'),
        ),
        migrations.AddConstraint(
            model_name='claimshare',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='benefits_claimshare_fen'),
        ),
        migrations.AddConstraint(
            model_name='claimshare',
            constraint=models.UniqueConstraint(fields=('claim', 'payee'), name='benefits_claimshare_once'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
