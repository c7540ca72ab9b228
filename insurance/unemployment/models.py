"""Jobs that ended, people out of work, what they were awarded (失业登记、失业保险金核定)."""

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models

from backend.people.models import CURRENT, ClockTimestamp, Dated, Party
from insurance.benefits.models import Entitlement
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.refund_models import (
    Effect,
    RefundDue,
    RefundEntry,
    RefundGrant,
    RefundList,
    RefundObjection,
)

__all__ = (
    "JOB_ENDS",
    "AmountChange",
    "Claim",
    "Effect",
    "EndReason",
    "JobEndReport",
    "RefundDue",
    "RefundEntry",
    "RefundGrant",
    "RefundList",
    "RefundObjection",
    "Registration",
)
JOB_ENDS = [(end.name, end.value) for end in JobEnd]


class JobEndReport(models.Model):
    """An employer's certificate that somebody's job ended, and why (终止或者解除劳动关系证明).

    A report that was wrong is closed by the one that takes its place, until a claim rests on it.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="失业人员")
    payer = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="原单位")
    ended_on = models.DateField("终止日期")
    reason = models.CharField("原因", max_length=24, choices=JOB_ENDS)
    document = models.CharField("证明文号", max_length=120)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        verbose_name = "终止劳动关系证明"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "payer", "ended_on"],
                name="unemployment_jobend_once",
                condition=CURRENT,
            ),
        )


class EndReason(models.TextChoices):
    """Why somebody is no longer registered as out of work (失业登记注销的原因)."""

    REEMPLOYED = "REEMPLOYED", "重新就业"
    ARMY = "ARMY", "应征服兵役"
    EMIGRATED = "EMIGRATED", "移居境外"
    PENSION = "PENSION", "享受基本养老保险待遇"
    IN_PRISON = "IN_PRISON", "被判刑收监执行"
    NOT_SEEKING = "NOT_SEEKING", "不再求职或失去联系"
    DIED = "DIED", "死亡"


class Registration(Dated):
    """Somebody is out of work and looks for it (失业登记), from the day of the registration on.

    When it ends, a row that ends takes the place of the open one: who is registered, is so once.
    """

    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="失业人员")
    job_end = models.ForeignKey(JobEndReport, models.PROTECT, verbose_name="终止劳动关系证明")
    seeks_work = models.BooleanField("有求职要求")
    end_reason = models.CharField("注销原因", max_length=12, choices=EndReason.choices, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)  # that ended it; null: at the desk

    class Meta:
        verbose_name = "失业登记"
        indexes = (
            models.Index(
                fields=["person"],
                name="unemployment_registered",
                condition=CURRENT & models.Q(end_reason=""),
            ),
        )
        constraints = (
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "person",
                RangeStartsWith("valid"),
                name="unemployment_registered_once",
                condition=CURRENT,
            ),
        )


class Claim(models.Model):
    """For which months somebody draws unemployment benefit, and why (失业保险金核定). Append-only.

    ``previous`` is the spell before, whose months left are drawn with these: by one claim only.
    What ``corrects`` a claim takes its place, for the same spell.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="待遇人")
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="correction", verbose_name="原核定"
    )
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="successor", verbose_name="上次核定"
    )
    job_end = models.ForeignKey(JobEndReport, models.PROTECT, verbose_name="终止劳动关系证明")
    registered_on = models.DateField("失业登记日期")
    region = models.CharField("参保地", max_length=6)
    paid_months = models.SmallIntegerField("缴费月数")
    unused_months = models.SmallIntegerField("上次未领的月数")
    regular_months = models.SmallIntegerField("领取月数(未延长)")
    granted_months = models.SmallIntegerField("领取月数")
    pension_months = DateRangeField("代缴养老保险费的月份", null=True)
    birth_month = models.DateField("出生年月")
    category = models.CharField("退休类别", max_length=3, blank=True)
    monthly_fen = models.BigIntegerField("登记当月的月标准(分)")
    figures = models.JSONField("其他数据")  # what it rests on beside the columns
    steps = models.JSONField("计算步骤")
    policy_version = models.CharField("政策版本", max_length=64)
    standing = models.CharField("依据状态", max_length=12)
    conditions_standing = models.CharField("条件和月数的依据状态", max_length=12)
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("核定时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "失业保险金核定"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "registered_on"],
                name="unemployment_claim_once",
                condition=models.Q(corrects__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["entitlement"],
                name="unemployment_claim_entitlement_once",
                condition=models.Q(corrects__isnull=True),
            ),
            models.CheckConstraint(  # of the spell before the first of them speaks
                condition=models.Q(corrects__isnull=True) | models.Q(previous__isnull=True),
                name="unemployment_claim_correction",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    paid_months__gte=0,
                    unused_months__gte=0,
                    regular_months__gt=0,
                    granted_months__gte=models.F("regular_months"),
                    monthly_fen__gt=0,
                ),
                name="unemployment_claim_figures",
            ),
        )


class AmountChange(models.Model):
    """All who draw are paid by the figures in force, from a month on (标准调整). Append-only."""

    id = models.AutoField(primary_key=True)
    region = models.CharField("地区", max_length=6)
    since = models.DateField("自")
    document = models.CharField("公布文件", max_length=200)
    figures = models.JSONField("各参保地的标准")  # by region: from, amount, standing, steps
    policy_version = models.CharField("政策版本", max_length=64)
    component_count = models.IntegerField("写入的待遇项目数")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "失业保险金标准调整"
