"""Notices of refusal are a kind of paper (不予核定告知书)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issuing', '0006_claim_award'),
    ]

    operations = [
        migrations.AlterField(
            model_name='issuedpaper',
            name='kind',
            field=models.CharField(choices=[('PENSION_AWARD', '养老保险待遇核定表'), ('UNEMPLOYMENT_AWARD', '失业保险金核定表'), ('CLAIM_AWARD', '遗属待遇、一次性待遇核定表'), ('HOLD_NOTICE', '暂停待遇告知书'), ('STOP_NOTICE', '停止待遇告知书'), ('OBJECTION_ANSWER', '异议答复书'), ('RECOVERY_NOTICE', '追回多发待遇告知书'), ('RECOVERY_ORDER', '责令退回多发待遇决定书'), ('RECOVERY_CLOSED', '撤销追回通知书'), ('RESUME_NOTICE', '恢复待遇告知书'), ('REFUSAL_NOTICE', '不予核定告知书')], max_length=20, verbose_name='种类'),
        ),
    ]
