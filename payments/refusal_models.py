"""A word against signing a batch, and the word that takes it back (不同意、撤回不同意)."""

from django.db import models
from django.db.models.functions import Now


class BatchRefusal(models.Model):
    """Somebody whose step it was did not sign, and said why (不同意). Append-only.

    It stands until another row ``lifts`` it; while it stands, the batch goes no further.
    """

    id = models.AutoField(primary_key=True)
    batch = models.ForeignKey("payments.Batch", models.PROTECT, verbose_name="批次")
    step = models.CharField("环节", max_length=12)
    digest = models.CharField("内容摘要", max_length=64)
    reason = models.CharField("理由", max_length=200)
    lifts = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="lifted", verbose_name="撤回的"
    )
    staff_id = models.BigIntegerField("工作人员")
    person_id = models.BigIntegerField("自然人")
    said_at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "不同意"
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="payments_refusal_has_a_reason"
            ),
        )
