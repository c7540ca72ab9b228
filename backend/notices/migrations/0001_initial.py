"""What persons are told of their cases (告知)."""

import backend.people.models
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('notices_notice');
CALL make_append_only('notices_callbackfile');
CALL make_append_only('notices_noticestep');

-- A notice waits first; then it only comes further, but for what could not be delivered: that may be
-- tried again. Only who is called says yes or no, and of that a file tells.
CREATE FUNCTION notices_step_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reached smallint; way text;
BEGIN
    SELECT channel INTO way FROM notices_notice WHERE id = NEW.notice_id;
    PERFORM pg_advisory_xact_lock(hashtextextended('notices.step/' || NEW.notice_id, 0));
    SELECT max(state) INTO reached FROM notices_noticestep WHERE notice_id = NEW.notice_id;
    IF (CASE WHEN NEW.state = 1 THEN reached IS NOT NULL
             WHEN NEW.state = 3 THEN coalesce(reached NOT IN (1, 2, 3), true)
             ELSE coalesce(reached >= NEW.state, true) END
        OR NEW.state IN (8, 9) AND (way <> 'CALL_BACK' OR NEW.file_id IS NULL)) THEN
        RAISE EXCEPTION 'notice % may not come to state %', NEW.notice_id, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_follows BEFORE INSERT ON notices_noticestep
    FOR EACH ROW EXECUTE FUNCTION notices_step_follows();

-- A notice is seen with its case.
CALL make_scoped('notices_notice',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = notices_notice.case_id)$$);
CALL make_scoped('notices_noticestep',
    $$EXISTS (SELECT FROM notices_notice p WHERE p.id = notices_noticestep.notice_id)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0011_scope'),
        ('people', '0005_contacts'),
    ]

    operations = [
        migrations.CreateModel(
            name='CallBackFile',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('sha256', models.CharField(max_length=64, unique=True, verbose_name='SHA-256')),
                ('row_count', models.IntegerField(verbose_name='行数')),
                ('received_by', models.BigIntegerField(verbose_name='接收人(自然人)')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='接收时间')),
            ],
            options={
                'verbose_name': '回访结果',
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('SMS', '短信'), ('CALL_BACK', '电话回访'), ('LETTER', '信函'), ('WINDOW', '窗口')], max_length=9, verbose_name='方式')),
                ('address', models.CharField(blank=True, max_length=120, verbose_name='号码或地址')),
                ('former', models.BooleanField(verbose_name='原联系方式')),
                ('text', models.CharField(max_length=300, verbose_name='内容')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='cases.case', verbose_name='业务件')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='告知对象')),
            ],
            options={
                'verbose_name': '告知',
            },
        ),
        migrations.CreateModel(
            name='NoticeStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.SmallIntegerField(choices=[(1, '待发'), (2, '已发出'), (3, '未送达'), (4, '已送达'), (8, '本人确认办理'), (9, '本人否认办理')], verbose_name='状态')),
                ('person_id', models.BigIntegerField(null=True, verbose_name='经办人(自然人)')),
                ('detail', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='时间')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='notices.callbackfile', verbose_name='回访结果')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='notices.notice', verbose_name='告知')),
            ],
            options={
                'verbose_name': '告知状态',
            },
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('case', 'channel', 'address'), name='notices_notice_once'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('text__regex', '[0-9Xx]{9,}'), _negated=True), name='notices_text_no_numbers'),
        ),
        migrations.AddConstraint(
            model_name='noticestep',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 3), _negated=True), fields=('notice', 'state'), name='notices_step_once'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
