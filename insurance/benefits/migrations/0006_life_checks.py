"""Proofs of life only grow; nothing is tried before the step before it was (资格认证)."""

import backend.people.models
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_checkfile');
CALL make_append_only('benefits_checkstep');
CALL make_supersede_only('benefits_proof');
ALTER TABLE benefits_proof ADD CONSTRAINT benefits_proof_method CHECK (
    method IN ('DATA_MATCH', 'SELF_SERVICE', 'WINDOW', 'VISIT'));
ALTER TABLE benefits_checkstep ADD CONSTRAINT benefits_checkstep_channel CHECK (CASE stage
    WHEN 1 THEN channel = 'MATCH'
    WHEN 2 THEN channel IN ('SMS', 'CALL', 'LETTER')
    WHEN 3 THEN channel = 'VISIT'
    WHEN 4 THEN channel = 'LIST'
    ELSE false END);

-- Data match, then a reminder, then a visit, then the signed list: none without the one before, and
-- none on an earlier day.
CREATE FUNCTION benefits_checks_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    SELECT count(*) INTO wrong FROM new_steps n WHERE n.stage > 1 AND NOT EXISTS (
        SELECT 1 FROM benefits_checkstep b WHERE b.person_id = n.person_id AND b.since = n.since
            AND b.stage = n.stage - 1 AND b.done_on <= n.done_on);
    IF wrong > 0 THEN
        RAISE EXCEPTION 'a step follows on the one before it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER checks_in_order AFTER INSERT ON benefits_checkstep
    REFERENCING NEW TABLE AS new_steps
    FOR EACH STATEMENT EXECUTE FUNCTION benefits_checks_in_order();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0005_life_events'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='CheckFile',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('MATCH', '数据比对'), ('VISITS', '村（社区）上门签字名单')], max_length=8, verbose_name='类别')),
                ('name', models.CharField(max_length=120, verbose_name='文件名')),
                ('sha256', models.CharField(max_length=64, unique=True, verbose_name='SHA-256')),
                ('row_count', models.BigIntegerField(verbose_name='行数')),
                ('as_of', models.DateField(verbose_name='数据截止或上门日期')),
                ('source', models.CharField(max_length=100, verbose_name='来源')),
                ('visited_by', models.CharField(blank=True, max_length=100, verbose_name='上门人')),
                ('signed_by', models.CharField(blank=True, max_length=100, verbose_name='签字人')),
                ('signed_on', models.DateField(null=True, verbose_name='签字日期')),
                ('received_by', models.BigIntegerField(null=True, verbose_name='接收人(自然人)')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='接收时间')),
                ('village', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='村(社区)')),
            ],
            options={
                'verbose_name': '资格认证文件',
            },
        ),
        migrations.CreateModel(
            name='CheckStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('since', models.DateField(verbose_name='应认证日')),
                ('stage', models.SmallIntegerField(choices=[(1, '数据比对未通过'), (2, '已短信或电话提醒'), (3, '村（社区）上门未见'), (4, '已列入签字名单')], verbose_name='环节')),
                ('channel', models.CharField(max_length=8, verbose_name='方式')),
                ('done_on', models.DateField(verbose_name='办理日期')),
                ('by_person_id', models.BigIntegerField(null=True, verbose_name='办理人(自然人)')),
                ('by_name', models.CharField(blank=True, max_length=100, verbose_name='办理人姓名')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('file', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='benefits.checkfile', verbose_name='文件')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='自然人')),
            ],
            options={
                'verbose_name': '催办记录',
                'constraints': [models.UniqueConstraint(fields=('person', 'since', 'stage', 'channel'), name='benefits_checkstep_once'), models.CheckConstraint(condition=models.Q(('by_person_id__isnull', False), models.Q(('by_name', ''), _negated=True), ('file__isnull', False), _connector='OR'), name='benefits_checkstep_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('proven_on', models.DateField(verbose_name='认证日期')),
                ('method', models.CharField(choices=[('DATA_MATCH', '数据比对'), ('SELF_SERVICE', '自助认证'), ('WINDOW', '窗口'), ('VISIT', '上门')], max_length=12, verbose_name='方式')),
                ('evidence', models.CharField(blank=True, max_length=120, verbose_name='依据')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('file', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='benefits.checkfile', verbose_name='文件')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='自然人')),
            ],
            options={
                'verbose_name': '资格认证',
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('person', 'proven_on', 'method'), name='benefits_proof_once'), models.CheckConstraint(condition=models.Q(('file__isnull', False), ('case_id__isnull', False), _connector='OR'), name='benefits_proof_rests_on_something')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
