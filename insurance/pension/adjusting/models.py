"""Adjustments of pensions in payment (养老金调整): runs, what each says of an entitlement, why."""

from django.db import models
from django.db.models.functions import Now

from backend.people.models import ClockTimestamp
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.assess import LeftOut
from insurance.pension.adjusting.custody import Custody, kept_custody

REASONS = [(reason.name, reason.value) for reason in LeftOut]


class Kind(models.TextChoices):
    """What is raised."""

    YEARLY = "YEARLY", "基本养老金年度调整"  # of 110, on 1 January
    BASIC = "BASIC", "居民基础养老金标准调整"  # of 170, by district

    @property
    def scheme(self) -> str:
        """Whose pensions these are."""
        return "110" if self is Kind.YEARLY else "170"

    @property
    def raised(self) -> str:
        """The component that grows."""
        return "ADJUSTMENT" if self is Kind.YEARLY else "BASIC"

    @property
    def beside(self) -> str:
        """The component that grows beside it, for some."""
        return "AGE_SUPPLEMENT" if self is Kind.YEARLY else "EXTRA_YEARS"


class RunState(models.TextChoices):
    """Where a run stands."""

    OPEN = "OPEN", "计算中"
    SEALED = "SEALED", "已封存"


class Run(models.Model):
    """An adjustment as it was computed at one time (调整批次): by which figures, resting on a case.

    ``ordinal`` 1 is the first of an adjustment. What comes later writes only what is different:
    over everybody when decided again, else over those of whom something else is known since.
    """

    id = models.AutoField(primary_key=True)
    kind = models.CharField("类别", max_length=6, choices=Kind.choices)
    region = models.CharField("地区", max_length=6)
    since = models.DateField("自")  # the first month at the new amount
    ordinal = models.SmallIntegerField("次")
    case_id = models.BigIntegerField("业务编号")
    period = models.DateField("先于发放月份", null=True)  # null: decided, over everybody
    known_at = models.DateTimeField("已知时点")
    policy_version = models.CharField("政策版本", max_length=64)
    parameters = models.JSONField("参数")
    state = models.CharField("状态", max_length=6, choices=RunState.choices, default=RunState.OPEN)
    summary = models.JSONField("封存时汇总", null=True)
    opened_at = models.DateTimeField("开始时间", db_default=Now())
    sealed_at = models.DateTimeField("封存时间", null=True)

    class Meta:
        verbose_name = "养老金调整"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "region", "since", "ordinal"], name="adjusting_run_once"
            ),
            models.UniqueConstraint(
                fields=["case_id"],
                name="adjusting_run_of_case",
                condition=models.Q(period__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["kind", "region", "since", "period"], name="adjusting_run_once_a_month"
            ),
            models.UniqueConstraint(  # one at a time: each counts on what the one before wrote
                fields=["state"], name="adjusting_run_one_open", condition=models.Q(state="OPEN")
            ),
        )

    @property
    def custody(self) -> Custody:
        """The rule for who serves a sentence on its first day."""
        return kept_custody(parameters=self.parameters, yearly=self.kind == Kind.YEARLY)

    @property
    def decided(self) -> bool:
        """Whether a case opened it, over everybody."""
        return self.period is None


class Change(models.Model):
    """An entitlement of which something else is known since the last run (待重算). Append-only."""

    pk = models.CompositePrimaryKey("run_id", "entitlement_id")
    run = models.ForeignKey(Run, models.PROTECT, db_index=False, verbose_name="养老金调整")
    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, db_index=False, verbose_name="待遇"
    )

    class Meta:
        verbose_name = "待重算的调整"


class Row(models.Model):
    """What a run says of an entitlement (调整明细). Append-only; that of the latest run counts."""

    pk = models.CompositePrimaryKey("run_id", "entitlement_id")
    run = models.ForeignKey(  # looked up once per statement (migration 0002)
        Run, models.PROTECT, db_index=False, db_constraint=False, verbose_name="养老金调整"
    )
    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, db_index=False, db_constraint=False, verbose_name="待遇"
    )
    left_out = models.CharField("不参加原因", max_length=15, choices=REASONS, blank=True)
    district = models.CharField("领取地区划", max_length=6, blank=True, db_default="")  # of 170
    paid_months = models.SmallIntegerField("缴费月数(含视同)", null=True)
    age = models.SmallIntegerField("上年末年龄")
    before_fen = models.BigIntegerField("调整前月养老金(分)")
    raised_from_fen = models.BigIntegerField("调整前该项目(分)")
    supplement_from_fen = models.BigIntegerField("调整前高龄补贴或超年限养老金(分)")
    fixed_fen = models.BigIntegerField("定额增加(分)")
    years_fen = models.BigIntegerField("按缴费年限增加(分)")
    share_fen = models.BigIntegerField("按养老金水平增加(分)")
    linked_fen = models.BigIntegerField("两项合计增加(分)")  # as the plan rounds them together
    supplement_fen = models.BigIntegerField("高龄倾斜或超年限增加(分)")

    class Meta:
        verbose_name = "调整明细"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fixed_fen__gte=0, linked_fen__gte=0, supplement_fen__gte=0),
                name="adjusting_row_never_less",
            ),
            models.CheckConstraint(
                condition=models.Q(left_out="")
                | models.Q(fixed_fen=0, linked_fen=0, supplement_fen=0),
                name="adjusting_row_left_out_gets_nothing",
            ),
        )

    @property
    def person_id(self) -> int:
        """Whose pension it is."""
        return self.entitlement.person_id


class Chunk(models.Model):
    """A range of entitlements computed in one transaction (调整分块). Append-only."""

    pk = models.CompositePrimaryKey("run_id", "chunk")
    run = models.ForeignKey(Run, models.PROTECT, db_index=False, verbose_name="养老金调整")
    chunk = models.IntegerField("分块")
    first_id = models.BigIntegerField("起")
    last_id = models.BigIntegerField("止")
    row_count = models.BigIntegerField("明细数")
    left_out_count = models.BigIntegerField("其中不参加")
    more_fen = models.BigIntegerField("每月增加(分)")
    component_count = models.BigIntegerField("写入的待遇项目数")

    class Meta:
        verbose_name = "调整分块"


class PaidMonths(models.Model):
    """How many months were paid for after all (缴费月数更正). Append-only; the newest counts."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    paid_months = models.SmallIntegerField("缴费月数(含视同)")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "缴费月数更正"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(paid_months__gte=0), name="adjusting_paid_months"
            ),
        )
