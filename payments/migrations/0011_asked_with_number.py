"""A bank is asked with the ID number; whose account a number is, is looked up (账户核验)."""

from django.db import migrations, models

SQL = """
CREATE OR REPLACE FUNCTION payments_change_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['state', 'moved_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'COOLING' THEN
            RAISE EXCEPTION 'change % begins as COOLING', NEW.case_id
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSE
        IF NEW.state = 'IN_FORCE' THEN
            moving := moving || ARRAY['from_date', 'waiver', 'replaced_id'];
        END IF;
        IF (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving)
            OR (OLD.state, NEW.state) NOT IN (('COOLING', 'IN_FORCE'), ('COOLING', 'OVERTAKEN'),
                ('COOLING', 'STOPPED'), ('IN_FORCE', 'STOPPED')) THEN
            RAISE EXCEPTION 'change % may not go from % to %', OLD.case_id, OLD.state, NEW.state
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    -- What the bank says of a name alone, it may say of somebody else's account.
    IF NEW.waiver LIKE 'BANK_%' AND NOT EXISTS (SELECT FROM payments_accountanswer a
            JOIN payments_accountcheck k ON k.case_id = a.check_of_id
            WHERE a.check_of_id = NEW.case_id AND a.result = 'MATCHED' AND k.id_number <> '') THEN
        RAISE EXCEPTION 'no bank confirmed the account of change %', NEW.case_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0010_outcomes_of_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='accountcheck',
            name='id_number',
            field=models.CharField(blank=True, default='', max_length=24, verbose_name='证件号码'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='accountanswer',
            name='result',
            field=models.CharField(choices=[('MATCHED', '户名、账号、证件号码一致'), ('NAME_DIFFERS', '户名不符'), ('ID_DIFFERS', '证件号码不符'), ('NO_ACCOUNT', '无此账户'), ('UNUSABLE', '账户不能入账')], max_length=12, verbose_name='结果'),
        ),
        migrations.AddIndex(
            model_name='payeeaccount',
            index=models.Index(condition=models.Q(('superseded_at__isnull', True)), fields=['account_no'], name='payments_account_no'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
