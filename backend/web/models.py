"""Answers kept for idempotency keys (幂等应答), and calls that were counted (调用计数)."""

from django.db import models
from django.db.models.functions import Now


class KeptAnswer(models.Model):
    """The answer once given to a key (幂等应答); written in the transaction of its effect."""

    id = models.BigAutoField(primary_key=True)
    actor = models.CharField("调用者", max_length=60)
    key = models.CharField("幂等键", max_length=100)
    route = models.CharField("路由", max_length=200)
    body_sha256 = models.CharField("请求摘要", max_length=64)
    status = models.SmallIntegerField("状态码")
    answer = models.JSONField("应答")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "幂等应答"
        constraints = (
            models.UniqueConstraint(fields=["actor", "key"], name="web_keptanswer_once"),
        )


class CallCount(models.Model):
    """How often somebody called under a limit since its window began (调用计数).

    Not logged by the database: after a crash all begin at nothing.
    """

    pk = models.CompositePrimaryKey("counter", "who")
    counter = models.CharField("限制", max_length=40)
    who = models.CharField("调用者或地点", max_length=100)
    since = models.DateTimeField("窗口起点")
    calls = models.IntegerField("次数")

    class Meta:
        verbose_name = "调用计数"
