"""Who did what (审计): one append-only row per act, written in the act's own transaction; and the
chain into which a sealer puts these rows afterwards."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Channel(models.TextChoices):
    """By which way an act came in (渠道)."""

    WEB = "WEB", "接口"
    JOB = "JOB", "作业"
    COMMAND = "COMMAND", "命令"


class CurrentTransaction(models.Func):
    """The number of the transaction that writes, the same within all its savepoints."""

    function = "pg_current_xact_id"
    template = "(%(function)s()::text::bigint)"
    output_field = models.BigIntegerField()


class Act(models.Model):
    """One act (操作记录): who, for whom, from where, what was, what is. Never changed.

    ``person_id`` acted, as the account ``staff_id``; ``party_id`` is whom it concerns.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间", db_default=Now())
    name = models.CharField("操作", max_length=60)
    staff_id = models.BigIntegerField("工作人员", null=True)
    person_id = models.BigIntegerField("自然人", null=True)
    party_id = models.BigIntegerField("当事人", null=True)
    channel = models.CharField("渠道", max_length=10, choices=Channel.choices, db_default="")
    place = models.CharField("来处", max_length=80, db_default="")  # terminal, address, or host
    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.CharField("对象", max_length=80)
    rows = models.BigIntegerField("写入行数", default=0)
    before = models.JSONField("此前", null=True)
    after = models.JSONField("此后", null=True)
    details = models.JSONField("内容", default=dict)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    call = models.UUIDField("调用", null=True)
    tx = models.BigIntegerField("事务", db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = "操作记录"
        indexes = (
            models.Index(fields=["subject_kind", "subject_id"], name="audit_act_subject"),
            models.Index(
                fields=["call"], name="audit_act_call", condition=models.Q(call__isnull=False)
            ),
            models.Index(
                fields=["party_id", "name"],
                name="audit_act_party",
                condition=models.Q(party_id__isnull=False),
            ),
            models.Index(fields=["tx", "id"], name="audit_act_tx"),
        )


class RowHistory(models.Model):
    """What stood in a row before a statement changed or deleted it (行历史): of persons, accounts,
    roles and terminals, whoever wrote the statement. Written by triggers alone, never changed.

    ``changed`` names the columns; of a secret only that. ``actor`` is empty for what came by no
    call; ``tx`` leads to the acts of the same transaction, or to none.
    """

    class Operation(models.TextChoices):
        UPDATE = "UPDATE", "更改"
        DELETE = "DELETE", "删除"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间", db_default=Now())
    table_name = models.CharField("表", max_length=63)
    row_key = models.CharField("行", max_length=40)
    operation = models.CharField("操作", max_length=6, choices=Operation.choices)
    before = models.JSONField("此前")
    changed = ArrayField(models.CharField(max_length=63), verbose_name="改动的列")
    actor = models.CharField("调用者", max_length=80, blank=True)
    db_role = models.CharField("数据库账号", max_length=63)
    tx = models.BigIntegerField("事务", db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = "行历史"
        indexes = (models.Index(fields=["table_name", "row_key"], name="audit_rowhistory_row"),)


class ChainLink(models.Model):
    """An act's place in the chain (链节): hash = SM3(hash before ‖ SM3(the act)). Append-only."""

    position = models.BigIntegerField("位置", primary_key=True)
    act_id = models.BigIntegerField("操作记录", unique=True)
    hash = models.BinaryField("链值")

    class Meta:
        verbose_name = "审计链节"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(position__gt=0), name="audit_chainlink_from_one"
            ),
        )


class HeadKey(models.Model):
    """A public key under which heads were signed (链头公钥), in use since a day. Append-only."""

    key = models.CharField("密钥编号", max_length=16, primary_key=True)
    public = models.BinaryField("公钥")
    since = models.DateTimeField("启用时间")

    class Meta:
        verbose_name = "链头公钥"


class Block(models.Model):
    """What one sealing put into the chain (审计块), with the signed head. Append-only."""

    number = models.BigIntegerField("块号", primary_key=True)
    first = models.BigIntegerField("首条位置")
    last = models.BigIntegerField("末条位置")
    head = models.BinaryField("链头")
    sealed_at = models.DateTimeField("封存时间")
    key = models.ForeignKey(HeadKey, models.PROTECT, db_column="key", verbose_name="密钥")
    signature = models.BinaryField("签名")

    class Meta:
        verbose_name = "审计块"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(number__gt=0, first__gt=0), name="audit_block_from_one"
            ),
        )


class Sealing(models.Model):
    """Where the sealer stands (封链进度): one row. It proves nothing, it only tells where to look.

    Every act of a transaction below ``horizon`` is in the chain; at ``settled_at`` all that could
    be seen was sealed and its heads stood outside the database.
    """

    only_row = models.BooleanField(primary_key=True, default=True)
    horizon = models.BigIntegerField("事务界限", default=0)
    exported = models.BigIntegerField("已导出块", default=0)
    settled_at = models.DateTimeField("封齐时间", null=True)
    trouble = models.CharField("停下原因", max_length=200, db_default="")

    class Meta:
        verbose_name = "封链进度"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(only_row=True), name="audit_sealing_only_one"
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at__range=(EARLIEST, LATEST)),
                name="audit_sealing_settled_at_a_time",
            ),
        )
