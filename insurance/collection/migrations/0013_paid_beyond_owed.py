"""What the treasury paid and was not owed so is an advance; a refund may go back in parts."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

LISTED = """
ALTER TABLE collection_sentrefund DISABLE TRIGGER USER;
UPDATE collection_sentrefund s SET fen = t.fen
FROM collection_treasuryrefund t WHERE t.id = s.refund_id;
ALTER TABLE collection_sentrefund ENABLE TRIGGER USER;
"""

SQL = """
CALL make_append_only('collection_refundadvance');
CALL make_append_only('collection_advanceuse');

-- What of a refund went back in part is asked for again, never withdrawn: it has uses of advances.
CREATE OR REPLACE FUNCTION collection_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.state <> 'DECIDED' OR NEW.attempt <> 1)
       OR TG_OP = 'UPDATE' AND (
           (OLD.state, NEW.state) NOT IN (
               ('DECIDED', 'LISTED'), ('DECIDED', 'PAID'), ('DECIDED', 'WITHDRAWN'),
               ('LISTED', 'PAID'), ('LISTED', 'REFUSED'), ('LISTED', 'PART'),
               ('REFUSED', 'DECIDED'), ('REFUSED', 'PAID'), ('REFUSED', 'WITHDRAWN'),
               ('REFUSED', 'PART'),
               ('PART', 'DECIDED'), ('PART', 'PAID'))
           OR NEW.attempt <> OLD.attempt + CASE WHEN (OLD.state, NEW.state)
               IN (('REFUSED', 'DECIDED'), ('PART', 'DECIDED')) THEN 1 ELSE 0 END
           OR NEW.state = 'WITHDRAWN' AND EXISTS (
               SELECT FROM collection_advanceuse u WHERE u.refund_id = NEW.id)) THEN
        RAISE EXCEPTION 'a refund is decided, listed, and answered'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_refund_moves';
    END IF;
    RETURN NEW;
END $$;

-- No more of an advance is used than was paid, no more of a refund counts than is owed.
CREATE FUNCTION collection_uses_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM collection_refundadvance WHERE id = NEW.advance_id FOR UPDATE;
    PERFORM FROM collection_treasuryrefund WHERE id = NEW.refund_id FOR UPDATE;
    IF (SELECT sum(fen) FROM collection_advanceuse WHERE advance_id = NEW.advance_id)
           > (SELECT fen FROM collection_refundadvance WHERE id = NEW.advance_id)
       OR (SELECT sum(fen) FROM collection_advanceuse WHERE refund_id = NEW.refund_id)
           > (SELECT fen FROM collection_treasuryrefund WHERE id = NEW.refund_id) THEN
        RAISE EXCEPTION 'no more is used than was paid, and counts than is owed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'collection_uses_stand';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER uses_stand AFTER INSERT ON collection_advanceuse
    FOR EACH ROW EXECUTE FUNCTION collection_uses_stand();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collection', '0012_put_right_by_files'),
        ('audit', '0002_promises'),
    ]

    operations = [
        migrations.AddField(
            model_name='sentrefund',
            name='fen',
            field=models.BigIntegerField(null=True, verbose_name='所列金额(分)'),
        ),
        migrations.RunSQL(LISTED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='sentrefund',
            name='fen',
            field=models.BigIntegerField(verbose_name='所列金额(分)'),
        ),
        migrations.AlterField(
            model_name='refundanswer',
            name='trouble',
            field=models.CharField(blank=True, choices=[('UNKNOWN', '没有这笔退库'), ('OTHER_AMOUNT', '金额与应退的不符'), ('EARLY', '日期早于决定退库'), ('ANSWERED', '这笔退库没有在等回执')], max_length=12, verbose_name='问题'),
        ),
        migrations.AlterField(
            model_name='treasuryrefund',
            name='state',
            field=models.CharField(choices=[('DECIDED', '已决定待送'), ('LISTED', '已送国库'), ('REFUSED', '国库未退'), ('PART', '国库只退了一部分'), ('PAID', '已退库'), ('WITHDRAWN', '已撤回')], default='DECIDED', max_length=9, verbose_name='状态'),
        ),
        migrations.CreateModel(
            name='RefundAdvance',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('scheme', models.CharField(max_length=3, verbose_name='险种')),
                ('channel', models.CharField(choices=[('TAX', '税务入国库'), ('FISCAL', '财政拨入财政专户')], max_length=6, verbose_name='渠道')),
                ('payer_id', models.BigIntegerField(null=True, verbose_name='收款人')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('case_id', models.BigIntegerField(verbose_name='决定的业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('answer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='collection.refundanswer', verbose_name='退库回执')),
            ],
            options={
                'verbose_name': '国库多付',
            },
        ),
        migrations.CreateModel(
            name='AdvanceUse',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('day', models.DateField(verbose_name='日期')),
                ('document', models.CharField(blank=True, max_length=40, verbose_name='退回的凭证号')),
                ('case_id', models.BigIntegerField(verbose_name='决定的业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('refund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='advances', to='collection.treasuryrefund', verbose_name='应退库款')),
                ('advance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='collection.refundadvance', verbose_name='国库多付')),
            ],
            options={
                'verbose_name': '国库多付的去向',
            },
        ),
        migrations.AddConstraint(
            model_name='refundadvance',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='collection_advance_fen'),
        ),
        migrations.AddConstraint(
            model_name='advanceuse',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='collection_use_fen'),
        ),
        migrations.AddConstraint(
            model_name='advanceuse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('document', ''), ('refund__isnull', False)), models.Q(('refund__isnull', True), models.Q(('document', ''), _negated=True)), _connector='OR'), name='collection_use_of_one'),
        ),
        migrations.AddConstraint(
            model_name='advanceuse',
            constraint=models.UniqueConstraint(fields=('case_id', 'advance', 'refund'), name='collection_use_once', nulls_distinct=False),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
