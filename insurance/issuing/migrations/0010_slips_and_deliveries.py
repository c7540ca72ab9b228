"""Slips of the stages of a case, to whom each paper goes, and that it was delivered."""

import backend.people.models
import django.db.models.deletion
from django.db import migrations, models

# Of whom the papers so far speak, their first printing says.
SQL = """
ALTER TABLE issuing_issuedpaper DISABLE TRIGGER append_only;
UPDATE issuing_issuedpaper p SET party_id = coalesce(a.party_id, c.party_id)
FROM cases_case c, issuing_issuedpaper o
LEFT JOIN (SELECT DISTINCT ON (subject_id) subject_id, party_id FROM audit_act
           WHERE name = 'issuing.printed' AND party_id IS NOT NULL
           ORDER BY subject_id, id) a ON a.subject_id = o.number
WHERE o.id = p.id AND c.id = p.case_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE issuing_issuedpaper ENABLE TRIGGER append_only;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_promises'),
        ('cases', '0009_closing_agents_archive'),
        ('issuing', '0009_account_paid_out'),
        ('people', '0003_citizen_sessions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='issuedpaper',
            name='kind',
            field=models.CharField(choices=[('RETIREMENT_APPROVAL', '退休审批表'), ('PENSION_AWARD', '养老保险待遇核定表'), ('UNEMPLOYMENT_AWARD', '失业保险金核定表'), ('CLAIM_AWARD', '遗属待遇、一次性待遇核定表'), ('HOLD_NOTICE', '暂停待遇告知书'), ('STOP_NOTICE', '停止待遇告知书'), ('OBJECTION_ANSWER', '异议答复书'), ('RECOVERY_NOTICE', '追回多发待遇告知书'), ('RECOVERY_ORDER', '责令退回多发待遇决定书'), ('RECOVERY_AGREEMENT', '多发待遇还款协议'), ('RECOVERY_COURT', '强制执行申请书'), ('RECOVERY_CLOSED', '撤销追回通知书'), ('RESUME_NOTICE', '恢复待遇告知书'), ('REFUSAL_NOTICE', '不予核定告知书'), ('ACCOUNT_PAID_OUT', '个人账户支付核定表'), ('AMOUNT_CORRECTED', '待遇更正决定书'), ('SET_OFF', '抵扣决定书'), ('ADJUSTMENT', '养老金调整核定表'), ('AMOUNT_CHANGED', '失业保险金标准调整告知书'), ('ACCEPTANCE_RECEIPT', '受理回执'), ('CORRECTION_NOTICE', '补正告知书'), ('DECLINE_DECISION', '不予受理决定书'), ('DELIVERY_RECORD', '送达回证')], max_length=20, verbose_name='种类'),
        ),
        migrations.AddField(
            model_name='issuedpaper',
            name='party',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='当事人'),
        ),
        migrations.AddField(
            model_name='issuedpaper',
            name='addressee',
            field=models.TextField(blank=True, default='', verbose_name='收件人'),
            preserve_default=False,
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='issuedpaper',
            name='party',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.party', verbose_name='当事人'),
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('way', models.CharField(choices=[('IN_PERSON', '当面'), ('MAIL', '邮寄'), ('ENTRUSTED', '委托'), ('PUBLIC', '公告')], max_length=9, verbose_name='送达方式')),
                ('delivered_on', models.DateField(verbose_name='送达日期')),
                ('receiver', models.CharField(blank=True, max_length=60, verbose_name='收件人')),
                ('relation', models.CharField(blank=True, max_length=40, verbose_name='与受送达人的关系')),
                ('proof', models.CharField(max_length=200, verbose_name='送达凭据')),
                ('recorded_by', models.BigIntegerField(verbose_name='登记人(自然人)')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='issuing.delivery', verbose_name='更正')),
                ('material', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.material', verbose_name='送达回证影像')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='issuing.issuedpaper', verbose_name='文书')),
            ],
            options={
                'verbose_name': '送达',
                'constraints': [models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('paper',), name='issuing_delivered_once'), models.CheckConstraint(condition=models.Q(models.Q(('receiver', ''), ('way', 'PUBLIC')), models.Q(models.Q(('way', 'PUBLIC'), _negated=True), models.Q(('receiver', ''), _negated=True)), _connector='OR'), name='issuing_delivered_to_somebody')],
            },
        ),
    ]
