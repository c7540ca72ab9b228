"""Accounts are asked about at their banks, and count when they have cooled (账户核验、冷静期)."""

import backend.people.models
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('payments_accountcheckfile');
CALL make_append_only('payments_accountcheck');
CALL make_append_only('payments_accountanswerfile');
CALL make_append_only('payments_accountanswer');

-- Changes decided before there was a cooling counted at once.
INSERT INTO payments_accountchange
    (case_id, payee_id, state, cools_until, standing, from_date, waiver, recorded_at)
SELECT id, party_id, 'IN_FORCE', (content->>'from_date')::date, '', (content->>'from_date')::date,
    '', decided_at
FROM cases_case WHERE kind = 'ACCOUNT_CHANGE' AND state = 'APPROVED' AND content ? 'from_date';

-- What an approved case came to is decided once: it cools until its day, unless what is known by
-- then waives that; after that only somebody who says that it was not he stops it.
REVOKE UPDATE, DELETE, TRUNCATE ON payments_accountchange FROM yikatong_app;
GRANT UPDATE (state, from_date, waiver, replaced_id, moved_at) ON payments_accountchange
    TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON payments_accountchange
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE FUNCTION payments_change_moves() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF NEW.waiver LIKE 'BANK_%' AND NOT EXISTS (SELECT FROM payments_accountanswer a
            WHERE a.check_of_id = NEW.case_id AND a.result = 'MATCHED') THEN
        RAISE EXCEPTION 'no bank confirmed the account of change %', NEW.case_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_moves BEFORE INSERT OR UPDATE ON payments_accountchange
    FOR EACH ROW EXECUTE FUNCTION payments_change_moves();

-- An account is its holder's, whichever agency changes it.
CALL make_scoped('payments_accountchange', $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('payments_accountcheck', $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('payments_accountanswer', $$(SELECT scope_sees('EVERYBODY'))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0011_scope'),
        ('payments', '0007_scope'),
        ('people', '0004_scope'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountCheck',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='account_check', serialize=False, to='cases.case', verbose_name='业务件')),
            ],
            options={
                'verbose_name': '账户核验',
            },
        ),
        migrations.CreateModel(
            name='AccountCheckFile',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('bank', models.CharField(max_length=8, verbose_name='银行')),
                ('serial', models.IntegerField(verbose_name='序号')),
                ('row_count', models.IntegerField(verbose_name='行数')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('committed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '账户核验请求',
            },
        ),
        migrations.CreateModel(
            name='AccountChange',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='account_change', serialize=False, to='cases.case', verbose_name='业务件')),
                ('state', models.CharField(choices=[('COOLING', '冷静期内'), ('IN_FORCE', '已启用'), ('OVERTAKEN', '被后来的变更取代'), ('STOPPED', '已停止')], max_length=9, verbose_name='状态')),
                ('cools_until', models.DateField(null=True, verbose_name='冷静期至')),
                ('standing', models.CharField(blank=True, max_length=10, verbose_name='天数来源')),
                ('from_date', models.DateField(verbose_name='启用日期')),
                ('waiver', models.CharField(blank=True, choices=[('NOTHING_BEFORE', '此前没有收款账户'), ('SAME_ACCOUNT', '与现用账户相同'), ('BANK_CONFIRMED_CARD', '银行核验户名账号一致，且为本人社会保障卡账户'), ('BANK_CONFIRMED_AFTER_RETURN', '原账户被银行退回，银行核验新账户户名账号一致')], max_length=28, verbose_name='免除冷静期')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('moved_at', models.DateTimeField(null=True, verbose_name='状态时间')),
            ],
            options={
                'verbose_name': '账户变更',
            },
        ),
        migrations.AddField(
            model_name='accountblock',
            name='case_id',
            field=models.BigIntegerField(null=True, verbose_name='业务编号'),
        ),
        migrations.AlterField(
            model_name='accountblock',
            name='due_ref',
            field=models.BigIntegerField(null=True, verbose_name='应发编号'),
        ),
        migrations.AlterField(
            model_name='accountblock',
            name='n',
            field=models.SmallIntegerField(null=True, verbose_name='次数'),
        ),
        migrations.AddConstraint(
            model_name='accountblock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case_id__isnull', True), ('due_ref__isnull', False), ('n__isnull', False)), models.Q(('case_id__isnull', False), ('due_ref__isnull', True), ('n__isnull', True)), _connector='OR'), name='payments_block_by_bank_or_payee'),
        ),
        migrations.CreateModel(
            name='AccountAnswer',
            fields=[
                ('check_of', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='answer', serialize=False, to='payments.accountcheck', verbose_name='账户核验')),
                ('result', models.CharField(choices=[('MATCHED', '户名账号一致'), ('NAME_DIFFERS', '户名不符'), ('NO_ACCOUNT', '无此账户'), ('UNUSABLE', '账户不能入账')], max_length=12, verbose_name='结果')),
                ('own_card', models.BooleanField(verbose_name='户主本人社会保障卡账户')),
            ],
            options={
                'verbose_name': '账户核验结果',
            },
        ),
        migrations.CreateModel(
            name='AccountAnswerFile',
            fields=[
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='answer', serialize=False, to='payments.accountcheckfile', verbose_name='请求文件')),
                ('name', models.CharField(max_length=120, verbose_name='文件名')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('received_by', models.BigIntegerField(null=True, verbose_name='接收人(自然人)')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='接收时间')),
            ],
            options={
                'verbose_name': '账户核验回复',
            },
        ),
        migrations.AddConstraint(
            model_name='accountcheckfile',
            constraint=models.UniqueConstraint(fields=('bank', 'serial'), name='payments_check_serial'),
        ),
        migrations.AddField(
            model_name='accountcheck',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.accountcheckfile', verbose_name='请求文件'),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='payee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='收款人'),
        ),
        migrations.AddField(
            model_name='accountchange',
            name='replaced',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payeeaccount', verbose_name='原账户'),
        ),
        migrations.AddConstraint(
            model_name='accountchange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'COOLING')), fields=('payee',), name='payments_change_one_cooling'),
        ),
        migrations.AddConstraint(
            model_name='accountchange',
            constraint=models.CheckConstraint(condition=models.Q(('cools_until__isnull', False), models.Q(('waiver', ''), _negated=True), _connector='OR'), name='payments_change_cools_or_is_waived'),
        ),
        migrations.AddConstraint(
            model_name='accountchange',
            constraint=models.CheckConstraint(condition=models.Q(('cools_until__isnull', True), models.Q(('waiver', ''), _negated=True), ('from_date__gte', models.F('cools_until')), _connector='OR'), name='payments_change_counts_when_it_cooled'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
