"""What is to be given back, and what was done about it (追回): rows only grow.

What is owed stands in the memo register (备查簿); here is the process to get it.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, Dated, Party
from insurance.benefits.claims.models import ClaimShare
from payments.ledger.models import Book


class Recovery(models.Model):
    """One process to get an amount back from somebody (追回), begun by a notice. Append-only."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, db_index=False, verbose_name="账套")
    debtor = models.ForeignKey(Party, models.PROTECT, verbose_name="应退还人")
    addressee = models.CharField("收件人", max_length=100)
    fen = models.BigIntegerField("告知金额(分)")
    facts = models.CharField("事实", max_length=200)
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "追回"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="benefits_recovery_fen"),
        )


class RecoveryStage(models.IntegerChoices):
    """What was done (追回环节); each rests on the one that the law puts before it."""

    NOTIFIED = 1, "告知"
    STATED = 2, "陈述申辩"
    ORDERED = 3, "责令退回决定"
    SERVED = 4, "送达"
    AGREED = 5, "还款协议"
    COURT = 6, "申请法院强制执行"
    CLOSED = 7, "撤销或终结"  # nothing more is asked for by this process; nothing follows on it


class RecoveryStep(models.Model):
    """One step with its paper (追回环节记录). Append-only."""

    id = models.BigAutoField(primary_key=True)
    recovery = models.ForeignKey(Recovery, models.PROTECT, verbose_name="追回")
    stage = models.SmallIntegerField("环节", choices=RecoveryStage.choices)
    done_on = models.DateField("办理日期")
    until = models.DateField("期限", null=True)  # to state; to pay
    document = models.CharField("文书", max_length=120, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    fen = models.BigIntegerField("金额(分)", null=True)  # as ordered; as agreed
    reckoned = models.JSONField("金额怎样得来", default=list)  # of a notice and an order: steps
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "追回环节"
        constraints = (
            models.UniqueConstraint(
                fields=["recovery", "stage"],
                name="benefits_recoverystep_once",
                condition=~models.Q(stage=5),
            ),
            models.UniqueConstraint(fields=["case_id", "stage"], name="benefits_recoverystep_case"),
        )


class RecoveryInstalment(models.Model):
    """What an agreement says is paid by when (分期). Append-only."""

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(RecoveryStep, models.PROTECT, verbose_name="还款协议")
    due_on = models.DateField("应还日期")
    fen = models.BigIntegerField("金额(分)")

    class Meta:
        verbose_name = "分期"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="benefits_instalment_fen"),
            models.UniqueConstraint(fields=["step", "due_on"], name="benefits_instalment_once"),
        )


class RecoveryReceipt(models.Model):
    """Money that came to the bank (追回到账), and what it does to the books. Append-only."""

    id = models.BigAutoField(primary_key=True)
    recovery = models.ForeignKey(Recovery, models.PROTECT, verbose_name="追回")
    received_on = models.DateField("到账日期")
    fen = models.BigIntegerField("金额(分)")
    document = models.CharField("银行单据", max_length=120)
    same_year = ArrayField(models.BigIntegerField(), verbose_name="冲减当年支出(分)")
    earlier_fen = models.BigIntegerField("以前年度(分)")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "追回到账"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0, earlier_fen__gte=0), name="benefits_receipt_fen"
            ),
            models.UniqueConstraint(
                fields=["recovery", "document"], name="benefits_receipt_document_once"
            ),
        )


class SetOff(Dated):
    """So much a month of a pension is kept (按月抵扣), by a decided case: never by itself."""

    recovery = models.ForeignKey(Recovery, models.PROTECT, verbose_name="追回")
    entitlement = models.ForeignKey(
        "benefits.Entitlement", models.PROTECT, db_index=False, verbose_name="待遇"
    )
    fen = models.BigIntegerField("每月金额(分)")
    most_ppm = models.IntegerField("最高比例(百万分之)")
    document = models.CharField("决定书", max_length=120)
    case_id = models.BigIntegerField("业务编号")

    class Meta:
        verbose_name = "按月抵扣"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0, most_ppm__gt=0, most_ppm__lt=1_000_000),
                name="benefits_setoff_fen",
            ),
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0008
                "entitlement",
                RangeStartsWith("valid"),
                name="benefits_setoff_one_at_a_time",
                condition=CURRENT,
            ),
        )


class SetOffDecision(models.Model):
    """How what a case keeps, or ends, came about (抵扣决定怎样得来). Append-only."""

    recovery = models.ForeignKey(Recovery, models.PROTECT, verbose_name="追回")
    case_id = models.BigIntegerField("业务编号", primary_key=True)
    reckoned = models.JSONField("金额怎样得来")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "抵扣决定"


class RunSetOff(models.Model):
    """What a run may keep of an entitlement's month (本期抵扣), planned when it opens.

    Append-only.
    """

    pk = models.CompositePrimaryKey("run_id", "entitlement_id")
    run = models.ForeignKey("benefits.Run", models.PROTECT, db_index=False)
    entitlement = models.ForeignKey("benefits.Entitlement", models.PROTECT, db_index=False)
    set_off = models.ForeignKey(SetOff, models.PROTECT, verbose_name="按月抵扣")
    fen = models.BigIntegerField("至多(分)")
    most_ppm = models.IntegerField("最高比例(百万分之)")

    class Meta:
        verbose_name = "本期抵扣"


class ShareSetOff(models.Model):
    """So much of a share of a claim is kept (一次性待遇抵扣), by a decided case. Append-only."""

    id = models.BigAutoField(primary_key=True)
    recovery = models.ForeignKey(Recovery, models.PROTECT, verbose_name="追回")
    share = models.OneToOneField(ClaimShare, models.PROTECT, verbose_name="一次性待遇份额")
    fen = models.BigIntegerField("金额(分)")
    set_off_on = models.DateField("抵扣日期")
    document = models.CharField("决定书", max_length=120)
    same_year = ArrayField(models.BigIntegerField(), verbose_name="冲减当年支出(分)")
    earlier_fen = models.BigIntegerField("以前年度(分)")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "一次性待遇抵扣"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="benefits_sharesetoff_fen"),
        )


class AccountSetOff(models.Model):
    """So much of the debtor's own account is kept (个人账户抵扣), by a case. Append-only."""

    id = models.BigAutoField(primary_key=True)
    recovery = models.ForeignKey(Recovery, models.PROTECT, verbose_name="追回")
    month = models.DateField("账户支出月份")
    fen = models.BigIntegerField("金额(分)")
    set_off_on = models.DateField("抵扣日期")
    document = models.CharField("决定书", max_length=120)
    same_year = ArrayField(models.BigIntegerField(), verbose_name="冲减当年支出(分)")
    earlier_fen = models.BigIntegerField("以前年度(分)")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "个人账户抵扣"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0), name="benefits_accountsetoff_fen"
            ),
        )
