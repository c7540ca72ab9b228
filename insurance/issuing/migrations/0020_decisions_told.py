"""Any decision that had no paper of its own is told by a notice."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issuing', '0019_back_pay'),
    ]

    operations = [
        migrations.AlterField(
            model_name='issuedpaper',
            name='kind',
            field=models.CharField(choices=[('RETIREMENT_APPROVAL', '退休审批表'), ('PENSION_AWARD', '养老保险待遇核定表'), ('UNEMPLOYMENT_AWARD', '失业保险金核定表'), ('CLAIM_AWARD', '遗属待遇、一次性待遇核定表'), ('HOLD_NOTICE', '暂停待遇告知书'), ('STOP_NOTICE', '停止待遇告知书'), ('OBJECTION_ANSWER', '异议答复书'), ('RECOVERY_NOTICE', '追回多发待遇告知书'), ('RECOVERY_ORDER', '责令退回多发待遇决定书'), ('RECOVERY_AGREEMENT', '多发待遇还款协议'), ('RECOVERY_COURT', '强制执行申请书'), ('RECOVERY_CLOSED', '撤销追回通知书'), ('RESUME_NOTICE', '恢复待遇告知书'), ('REFUSAL_NOTICE', '不予核定告知书'), ('ACCOUNT_PAID_OUT', '个人账户支付核定表'), ('TRANSFER_SHEET', '关系转移接续信息表'), ('SWITCH_SHEET', '养老保险制度衔接核定表'), ('REFUND_PAID', '稳岗返还决定书'), ('REFUND_REFUSED', '不予稳岗返还决定书'), ('REFUND_ANSWER', '公示异议答复书'), ('PERSON_REPORT', '个人信息报告'), ('AMOUNT_CORRECTED', '待遇更正决定书'), ('SET_OFF', '抵扣决定书'), ('BACK_PAY_NOTICE', '补发待遇告知书'), ('ADJUSTMENT', '养老金调整核定表'), ('AMOUNT_CHANGED', '失业保险金标准调整告知书'), ('ACCEPTANCE_RECEIPT', '受理回执'), ('CORRECTION_NOTICE', '补正告知书'), ('DECLINE_DECISION', '不予受理决定书'), ('DELIVERY_RECORD', '送达回证'), ('CHANGE_LETTER', '变更告知书'), ('DECISION_NOTICE', '业务决定告知书')], max_length=20, verbose_name='种类'),
        ),
    ]
