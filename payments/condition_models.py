"""What must be known before a month is sealed (封存条件)."""

from django.db import models
from django.db.models.functions import Now


class SealCondition(models.Model):
    """What must be known before a period is sealed (封存条件): evidence, or a signed override."""

    id = models.AutoField(primary_key=True)
    period = models.DateField("发放月份")
    kind = models.CharField("条件", max_length=20)
    evidence = models.CharField("依据", max_length=200, blank=True)
    evidence_sha256 = models.CharField("依据摘要", max_length=64, blank=True)
    as_of = models.DateField("数据截止", null=True)
    override_reason = models.CharField("放行理由", max_length=200, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "封存条件"
        constraints = (
            models.UniqueConstraint(  # by case: what SQL put in stands in nobody's way
                fields=["period", "kind", "evidence_sha256", "override_reason", "case_id"],
                name="payments_condition_once",
            ),
            models.CheckConstraint(
                condition=models.Q(case_id__isnull=False)
                & (
                    models.Q(as_of__isnull=False, override_reason="")
                    | models.Q(as_of__isnull=True, evidence_sha256="")
                ),
                name="payments_condition_rests_on_a_case",
            ),
        )
