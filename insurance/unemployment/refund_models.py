"""Refunds for keeping staff: the yearly list, its notice, what is paid (稳岗返还)."""

from django.db import models
from django.db.models.functions import Now

from backend.people.models import Party
from insurance.unemployment.refund_decision import Refused
from insurance.unemployment.stability_refund import Size
from payments.ledger.models import Book


class RefundList(models.Model):
    """Who gets a refund in a year, as known when it is drawn up (稳岗返还名单). Append-only.

    Published until ``notice_until``; a list drawn up again takes the place of the one before.
    """

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, db_index=False, verbose_name="账套")
    region = models.CharField("地区", max_length=6)
    year = models.SmallIntegerField("年度")
    ordinal = models.SmallIntegerField("次序")
    published_on = models.DateField("公示起始日期")
    notice_until = models.DateField("公示截止日期")
    figures = models.JSONField("条件和比例")
    policy_version = models.CharField("政策版本", max_length=64)
    standing = models.CharField("依据状态", max_length=12)
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "稳岗返还名单"
        constraints = (
            models.UniqueConstraint(
                fields=["book", "year", "ordinal"], name="unemployment_refund_list_once"
            ),
        )


class RefundEntry(models.Model):
    """What an employer gets, or why it gets nothing (稳岗返还明细). Append-only.

    What ``corrects`` an entry takes its place, by a case of its own.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(RefundList, models.PROTECT, db_index=False, verbose_name="名单")
    payer = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="单位")
    size = models.CharField("划型", max_length=5, choices=[(one.name, one.value) for one in Size])
    paid_fen = models.BigIntegerField("上年实际缴费(分)")
    paid_months = models.SmallIntegerField("上年足额缴费月数")
    laid_off = models.IntegerField("裁员人数")
    staff_months = models.IntegerField("参保人月数")
    fen = models.BigIntegerField("返还金额(分)")
    refused = models.CharField(
        "不予返还", max_length=8, choices=[(one.name, one.value) for one in Refused], blank=True
    )
    note = models.CharField("说明", max_length=200, blank=True)
    steps = models.JSONField("计算步骤")
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="correction", verbose_name="原明细"
    )
    had_fen = models.BigIntegerField("其中更正前已付(分)", default=0)
    ground = models.CharField("更正依据", max_length=500, blank=True)
    case_id = models.BigIntegerField("更正的业务编号", unique=True, null=True)

    class Meta:
        verbose_name = "稳岗返还明细"
        constraints = (
            models.UniqueConstraint(
                fields=["list", "payer"],
                name="unemployment_refund_entry_once",
                condition=models.Q(corrects__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(had_fen__gte=0, fen__gte=models.F("had_fen")),
                name="unemployment_refund_entry_had",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True, case_id__isnull=True, ground="")
                | models.Q(corrects__isnull=False, case_id__isnull=False) & ~models.Q(ground=""),
                name="unemployment_refund_entry_corrected",
            ),
            models.CheckConstraint(
                condition=models.Q(fen__gt=0, refused="") | models.Q(fen=0) & ~models.Q(refused=""),
                name="unemployment_refund_entry_reason",
            ),
        )


class Effect(models.TextChoices):
    """What an objection that was right leads to (异议的处理)."""

    EXCLUDE = "EXCLUDE", "该单位不予返还"
    REDRAW = "REDRAW", "名单重新编制、公示"


class RefundObjection(models.Model):
    """An objection during the notice that was right (公示异议成立). Append-only."""

    id = models.AutoField(primary_key=True)
    list = models.ForeignKey(RefundList, models.PROTECT, verbose_name="名单")
    payer = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="单位")
    effect = models.CharField("处理", max_length=7, choices=Effect.choices)
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "公示异议"


class RefundGrant(models.Model):
    """A list that is paid (稳岗返还决定): one a year. Append-only."""

    list = models.OneToOneField(RefundList, models.PROTECT, primary_key=True, verbose_name="名单")
    book = models.ForeignKey(Book, models.PROTECT, db_index=False, verbose_name="账套")
    year = models.SmallIntegerField("年度")
    entry_count = models.IntegerField("单位数")
    fen = models.BigIntegerField("金额(分)")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "稳岗返还决定"
        constraints = (
            models.UniqueConstraint(
                fields=["book", "year"], name="unemployment_refund_once_a_year"
            ),
        )


class RefundDue(models.Model):
    """The number under which payments pay an employer (稳岗返还应发). Append-only."""

    entry = models.OneToOneField(
        RefundEntry, models.PROTECT, primary_key=True, verbose_name="稳岗返还明细"
    )
    due_ref = models.BigIntegerField("应发编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "稳岗返还应发"
