"""What people hand in with a case (材料): a row for each scan, the bytes in a file of their own."""

from django.db import models

from backend.people.models import ClockTimestamp


class MaterialForm(models.TextChoices):
    """What was shown at the desk when it was taken in (材料形式)."""

    ORIGINAL = "ORIGINAL", "原件"
    COPY = "COPY", "复印件"
    SCAN = "SCAN", "扫描件"


class Material(models.Model):
    """A scan of something handed in (材料). Append-only; one that ``replaces`` another counts
    instead of it, which is kept."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="materials", verbose_name="业务件"
    )
    title = models.CharField("材料名称", max_length=60)
    form = models.CharField("材料形式", max_length=8, choices=MaterialForm.choices)
    content_type = models.CharField("类型", max_length=20)
    pages = models.SmallIntegerField("页数")
    size = models.IntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)
    stored_name = models.CharField("存放名", max_length=32, unique=True)  # by chance
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="替换"
    )
    received_by = models.BigIntegerField("收取人(自然人)")
    received_at = models.DateTimeField("收取时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "材料"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(size__gt=0, pages__gt=0), name="cases_material_is_something"
            ),
        )
