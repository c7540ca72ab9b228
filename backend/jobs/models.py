"""The job table (作业): a row is the record of work, the broker only rings the bell."""

from django.db import models
from django.db.models.functions import Now


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "QUEUED", "待处理"
    RUNNING = "RUNNING", "处理中"  # someone holds the row lock, or died holding it
    DONE = "DONE", "已完成"
    FAILED = "FAILED", "失败"  # a rule said no, or too many attempts: a person must look


class Job(models.Model):
    """One piece of work (作业), done once; ``key`` names it for ever."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=60)
    key = models.CharField("唯一键", max_length=120, unique=True)
    arguments = models.JSONField("参数", default=dict)
    state = models.CharField(
        "状态", max_length=10, choices=JobState.choices, default=JobState.QUEUED
    )
    attempts = models.SmallIntegerField("次数", default=0)
    lease_until = models.DateTimeField("租约至", null=True)
    queued_at = models.DateTimeField("入队时间", db_default=Now())
    finished_at = models.DateTimeField("完成时间", null=True)
    rows = models.BigIntegerField("写入行数", default=0)
    seconds = models.DecimalField("用时", max_digits=10, decimal_places=3, null=True)
    error = models.TextField("错误", blank=True)
    call = models.UUIDField("调用", null=True)

    class Meta:
        verbose_name = "作业"
        indexes = (
            models.Index(
                fields=["id"],
                name="jobs_job_open",
                condition=models.Q(state__in=["QUEUED", "RUNNING"]),
            ),
        )
