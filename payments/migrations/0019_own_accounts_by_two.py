"""An account of ours stands, and ends, by the word of two persons (登记、终止本单位银行账户)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('payments_ownaccountend');
CALL make_scoped('payments_ownaccountend',
    $$account_id IN (SELECT id FROM payments_ownaccount)$$);

CREATE FUNCTION payments_account_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payments_ownaccountend WHERE account_id = NEW.account_id) THEN
        RAISE EXCEPTION 'account % has ended', NEW.account_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_goes_on BEFORE INSERT ON payments_bankstatement
    FOR EACH ROW WHEN (NEW.account_id IS NOT NULL) EXECUTE FUNCTION payments_account_goes_on();

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0018_refusals'),
    ]

    operations = [
        # Those of before, by one person, name no case: the checks say so.
        migrations.AddField(
            model_name='ownaccount',
            name='case_id',
            field=models.BigIntegerField(default=0, verbose_name='业务件'),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name='OwnAccountEnd',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='end', serialize=False, to='payments.ownaccount', verbose_name='账户')),
                ('last_day', models.DateField(verbose_name='销户日期')),
                ('case_id', models.BigIntegerField(verbose_name='业务件')),
                ('recorded_by', models.BigIntegerField(verbose_name='登记人(自然人)')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '本单位银行账户终止',
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
