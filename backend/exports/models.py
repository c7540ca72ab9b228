"""Exports of lists (清单导出): what was asked, what was written, who fetched it; never changed."""

from django.db import models
from django.db.models.functions import Now

from backend.access.models import Staff


class Export(models.Model):
    """A list that somebody asked for, and why (导出申请)."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="申请人")
    route = models.CharField("清单", max_length=60)
    filters = models.JSONField("筛选条件")
    purpose = models.CharField("用途", max_length=100)
    rows_max = models.IntegerField("行数上限")
    asked_at = models.DateTimeField("申请时间")
    until = models.DateTimeField("保留至")

    class Meta:
        verbose_name = "导出申请"


class Outcome(models.Model):
    """What became of it: a file, or a refusal (导出结果)."""

    export = models.OneToOneField(Export, models.PROTECT, primary_key=True, verbose_name="申请")
    rows = models.IntegerField("行数", default=0)
    size = models.BigIntegerField("字节数", default=0)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    code = models.CharField("拒绝代码", max_length=60, blank=True)
    detail = models.CharField("拒绝原因", max_length=300, blank=True)
    at = models.DateTimeField("完成时间", db_default=Now())

    class Meta:
        verbose_name = "导出结果"


class HandOver(models.Model):
    """The one time that it was fetched (领取); the key keeps it at one."""

    export = models.OneToOneField(Export, models.PROTECT, primary_key=True, verbose_name="申请")
    at = models.DateTimeField("领取时间")
    place = models.CharField("地点", max_length=80)

    class Meta:
        verbose_name = "领取"
