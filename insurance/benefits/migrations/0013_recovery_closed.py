"""A recovery may be closed, whenever; nothing follows on that."""

from django.db import migrations, models

SQL = """
CREATE OR REPLACE FUNCTION benefits_recovery_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.stage > 1 AND NOT EXISTS (SELECT 1 FROM benefits_recoverystep b
        WHERE b.recovery_id = NEW.recovery_id AND b.done_on <= NEW.done_on
            AND b.stage = CASE NEW.stage WHEN 2 THEN 1 WHEN 3 THEN 1 WHEN 4 THEN 3 WHEN 7 THEN 1
                ELSE 4 END) THEN
        RAISE EXCEPTION 'a step of a recovery follows on the one before it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM benefits_recoverystep b
        WHERE b.recovery_id = NEW.recovery_id AND b.stage = 7 AND b.id <> NEW.id) THEN
        RAISE EXCEPTION 'nothing follows on a recovery that is closed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION benefits_recovery_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM benefits_recoverystep b
        WHERE b.recovery_id = NEW.recovery_id AND b.stage = 7) THEN
        RAISE EXCEPTION 'nothing follows on a recovery that is closed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recovery_is_open AFTER INSERT ON benefits_recoveryreceipt
    FOR EACH ROW EXECUTE FUNCTION benefits_recovery_is_open();
CREATE TRIGGER recovery_is_open AFTER INSERT ON benefits_sharesetoff
    FOR EACH ROW EXECUTE FUNCTION benefits_recovery_is_open();
CREATE TRIGGER recovery_is_open AFTER INSERT ON benefits_setoff  -- a shorter one ends it
    FOR EACH ROW WHEN (upper_inf(NEW.valid)) EXECUTE FUNCTION benefits_recovery_is_open();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0012_inherited_singles'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recoverystep',
            name='stage',
            field=models.SmallIntegerField(choices=[(1, '告知'), (2, '陈述申辩'), (3, '责令退回决定'), (4, '送达'), (5, '还款协议'), (6, '申请法院强制执行'), (7, '撤销或终结')], verbose_name='环节'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
