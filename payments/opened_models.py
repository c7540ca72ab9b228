"""Who opened what before he signed a batch (签名前看过的材料)."""

from django.db import models
from django.db.models.functions import Now


class Shown(models.TextChoices):
    """What is opened before a batch is checked or approved (签名前须看)."""

    MOVEMENT = "MOVEMENT", "增减证明"
    HELD = "HELD", "暂缓原因"


class BatchOpened(models.Model):
    """Somebody opened a part of what whoever signs must see (签名前查看). Append-only.

    It counts for these lines only: their digest.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey("payments.Batch", models.PROTECT, verbose_name="批次")
    digest = models.CharField("内容摘要", max_length=64)
    what = models.CharField("材料", max_length=8, choices=Shown.choices)
    staff_id = models.BigIntegerField("工作人员")
    person_id = models.BigIntegerField("自然人")
    opened_at = models.DateTimeField("查看时间", db_default=Now())

    class Meta:
        verbose_name = "签名前查看"
        constraints = (
            models.UniqueConstraint(
                fields=["batch", "person_id", "what", "digest"], name="payments_opened_once"
            ),
        )
