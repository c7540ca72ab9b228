"""Who does not agree says why; until that is taken back the batch goes no further (不同意)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('payments_batchrefusal');
CALL make_scoped('payments_batchrefusal', $$batch_id IN (SELECT id FROM payments_batch)$$);

CREATE FUNCTION payments_batch_not_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payments_batchrefusal r WHERE r.batch_id = NEW.id AND r.lifts_id IS NULL
        AND NOT EXISTS (SELECT FROM payments_batchrefusal l WHERE l.lifts_id = r.id)) THEN
        RAISE EXCEPTION 'batch % was refused', NEW.no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- Before what else is asked of a step.
CREATE TRIGGER batch_agreed BEFORE UPDATE ON payments_batch
    FOR EACH ROW WHEN (NEW.state <> OLD.state AND NEW.state IN ('CHECKED', 'APPROVED', 'SENDING'))
    EXECUTE FUNCTION payments_batch_not_refused();

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0017_statements'),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchRefusal',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=12, verbose_name='环节')),
                ('digest', models.CharField(max_length=64, verbose_name='内容摘要')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('staff_id', models.BigIntegerField(verbose_name='工作人员')),
                ('person_id', models.BigIntegerField(verbose_name='自然人')),
                ('said_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='时间')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.batch', verbose_name='批次')),
                ('lifts', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lifted', to='payments.batchrefusal', verbose_name='撤回的')),
            ],
            options={
                'verbose_name': '不同意',
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='payments_refusal_has_a_reason')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
