"""Who did what (审计): one append-only row per act, written in the act's own transaction."""

from django.db import models
from django.db.models.functions import Now


class Act(models.Model):
    """One act (操作记录): actor, object, rows written. Never changed, never removed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间", db_default=Now())
    name = models.CharField("操作", max_length=60)
    staff_id = models.BigIntegerField("工作人员", null=True)
    person_id = models.BigIntegerField("自然人", null=True)
    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.CharField("对象", max_length=80)
    rows = models.BigIntegerField("写入行数", default=0)
    details = models.JSONField("内容", default=dict)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    call = models.UUIDField("调用", null=True)

    class Meta:
        verbose_name = "操作记录"
        indexes = (
            models.Index(fields=["subject_kind", "subject_id"], name="audit_act_subject"),
            models.Index(
                fields=["call"], name="audit_act_call", condition=models.Q(call__isnull=False)
            ),
        )
