"""Entitlements, components, holds, the monthly run and its dues (待遇、应发、暂缓)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, ClockTimestamp, Dated, Party
from insurance.benefits.checks.models import CheckFile as CheckFile
from insurance.benefits.checks.models import CheckFileKind as CheckFileKind
from insurance.benefits.checks.models import CheckStep as CheckStep
from insurance.benefits.checks.models import Proof as Proof
from insurance.benefits.checks.models import ProofMethod as ProofMethod
from insurance.benefits.claims.models import Claim as Claim
from insurance.benefits.claims.models import ClaimDue as ClaimDue
from insurance.benefits.claims.models import ClaimKind as ClaimKind
from insurance.benefits.claims.models import ClaimShare as ClaimShare
from insurance.benefits.claims.models import InheritedDue as InheritedDue
from insurance.benefits.claims.models import InheritedSingle as InheritedSingle
from insurance.benefits.life.models import LifeEvent as LifeEvent
from insurance.benefits.recovery.models import AccountSetOff as AccountSetOff
from insurance.benefits.recovery.models import Recovery as Recovery
from insurance.benefits.recovery.models import RecoveryInstalment as RecoveryInstalment
from insurance.benefits.recovery.models import RecoveryReceipt as RecoveryReceipt
from insurance.benefits.recovery.models import RecoveryStage as RecoveryStage
from insurance.benefits.recovery.models import RecoveryStep as RecoveryStep
from insurance.benefits.recovery.models import RunSetOff as RunSetOff
from insurance.benefits.recovery.models import SetOff as SetOff
from insurance.benefits.recovery.models import SetOffDecision as SetOffDecision
from insurance.benefits.recovery.models import ShareSetOff as ShareSetOff
from payments.ledger.models import Book
from payments.models import Batch


class Baseline(models.Model):
    """What was taken over from the old system (接管基线), signed by both sides."""

    id = models.AutoField(primary_key=True)
    digest = models.CharField("摘要", max_length=64, unique=True)
    manifest = models.JSONField("清单")
    taken_at = models.DateTimeField("接管时间", db_default=Now())

    class Meta:
        verbose_name = "接管基线"


class BaselineRefused(models.Model):
    """A row that a baseline left out (不予接收的行), as its report shows it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    baseline = models.ForeignKey(Baseline, models.PROTECT, verbose_name="接管基线")
    file = models.CharField("文件", max_length=40)
    line = models.IntegerField("行")
    column = models.CharField("列", max_length=40, blank=True)
    shown = models.TextField("值(已遮蔽)", blank=True)
    reason = models.TextField("原因")
    code = models.CharField("代码", max_length=60, blank=True)  # none of what came before

    class Meta:
        verbose_name = "接管未接收的行"


class DeathMatch(models.Model):
    """A month's death match as it was taken in (死亡比对). Append-only; two persons confirm it."""

    id = models.AutoField(primary_key=True)
    period = models.DateField("发放月份")
    as_of = models.DateField("数据截止")
    source = models.CharField("来源", max_length=100)
    rows = models.IntegerField("条数")
    sha256 = models.CharField("文件摘要", max_length=64)
    reported = models.IntegerField("新立案")
    known_dead = models.IntegerField("原已登记")
    listed = models.IntegerField("须人工查看")
    received_by = models.BigIntegerField("报送人(自然人)", null=True)  # null: came by itself
    received_at = models.DateTimeField("导入时间", db_default=Now())

    class Meta:
        verbose_name = "死亡比对"
        constraints = (
            models.UniqueConstraint(fields=["period", "sha256"], name="benefits_deathmatch_once"),
        )


class Entitlement(models.Model):
    """A benefit in payment (待遇): rests on the signed baseline or on a decided case."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="待遇人")
    scheme = models.CharField("险种", max_length=3)
    book = models.ForeignKey(Book, models.PROTECT, db_index=False, verbose_name="账套")
    start_month = models.DateField("起始月")
    paid_through = models.DateField("原系统已发至", null=True)
    paid_months = models.SmallIntegerField("缴费月数(含视同)", null=True)  # null: not known
    # Of 170: by whose standards it is raised; who moves afterwards is still paid there.
    district = models.CharField("领取地行政区划", max_length=6, blank=True, db_default="")
    item_ordinal = models.SmallIntegerField("支出项目", null=True)  # null: that of each component
    # The month from which each component has its own after all; null: none.
    item_until = models.DateField("支出项目截止于", null=True)
    baseline = models.ForeignKey(Baseline, models.PROTECT, null=True, db_index=False)
    case_id = models.BigIntegerField("业务编号", null=True)
    source_no = models.CharField("原编号", max_length=24, blank=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "待遇"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(baseline__isnull=False) | models.Q(case_id__isnull=False),
                name="benefits_entitlement_rests_on_something",
            ),
            models.UniqueConstraint(
                fields=["person", "scheme", "start_month"], name="benefits_entitlement_once"
            ),
            models.CheckConstraint(
                condition=models.Q(paid_months__gte=0), name="benefits_entitlement_paid_months"
            ),
            models.CheckConstraint(
                condition=models.Q(item_ordinal__gte=1, item_ordinal__lte=4),
                name="benefits_entitlement_item_ordinal",
            ),
            models.CheckConstraint(
                condition=models.Q(item_until__isnull=True)
                | models.Q(item_ordinal__isnull=False, item_until__gt=models.F("start_month")),
                name="benefits_entitlement_item_until",
            ),
            models.CheckConstraint(
                condition=~models.Q(scheme="170", district=""),
                name="benefits_entitlement_residents_district",
            ),
        )


class Component(Dated):
    """A monthly amount of an entitlement by component (待遇项目), valid by whole months."""

    entitlement = models.ForeignKey(  # looked up once per statement (migration 0002)
        Entitlement, models.PROTECT, db_constraint=False, verbose_name="待遇"
    )
    component = models.CharField("项目", max_length=16)
    fen = models.BigIntegerField("月金额(分)")
    standing = models.CharField("依据状态", max_length=12)
    case_id = models.BigIntegerField("业务编号", null=True)

    class Meta:
        verbose_name = "待遇项目"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="benefits_component_fen"),
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "entitlement",
                "component",
                RangeStartsWith("valid"),
                name="benefits_component_one_at_a_time",
                condition=CURRENT,
            ),
        )


class AmountCorrection(models.Model):
    """What an amount of the baseline was, and is from a month on (更正明细). Append-only."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    component = models.CharField("项目", max_length=16)
    from_month = models.DateField("起始月")
    before_fen = models.BigIntegerField("更正前月金额(分)")  # in that month
    fen = models.BigIntegerField("更正后月金额(分)")
    document = models.CharField("文书号", max_length=60)
    evidence = models.TextField("所凭材料")
    because = models.TextField("更正依据")
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "基线待遇更正明细"
        constraints = (
            models.UniqueConstraint(
                fields=["case_id", "component"], name="benefits_amountcorrection_once"
            ),
            models.CheckConstraint(
                condition=models.Q(before_fen__gte=0, fen__gte=0)
                & ~models.Q(fen=models.F("before_fen")),
                name="benefits_amountcorrection_fen",
            ),
        )


class Stop(Dated):
    """Months in which an entitlement does not exist (停发), by a decided case."""

    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    reason = models.CharField("原因", max_length=20)
    case_id = models.BigIntegerField("业务编号")

    class Meta:
        verbose_name = "停发"


class HoldReason(models.TextChoices):
    """Why a due is not put into a batch (暂缓原因); the first that applies is named."""

    DIED = "DIED", "死亡待核或待继承"
    IN_PRISON = "IN_PRISON", "服刑或羁押"
    MISSING = "MISSING", "失踪"
    SUSPENDED = "SUSPENDED", "暂停"
    CHECK_MISSED = "CHECK_MISSED", "未通过资格认证"
    UNVERIFIED = "UNVERIFIED", "待遇数据未核实"
    NO_ACCOUNT = "NO_ACCOUNT", "无有效账户"
    SET_OFF = "SET_OFF", "抵扣追回款"


class Hold(Dated):
    """A reason not to pay out for a time (暂缓); the due itself stays owed."""

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, db_index=False, verbose_name="待遇"
    )
    reason = models.CharField("原因", max_length=16, choices=HoldReason.choices)
    note = models.CharField("说明", max_length=200, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)

    class Meta:
        verbose_name = "暂缓"
        indexes = (models.Index(fields=["entitlement"], name="benefits_hold_entitlement"),)


class EffectiveMonth(models.Model):
    """Why what a case decided counts from its month (起始月的依据), by its rule. Append-only."""

    case_id = models.BigIntegerField("业务编号", primary_key=True)
    label = models.CharField("情形", max_length=60)
    event_date = models.DateField("发生日期")
    month = models.DateField("起始月")
    steps = models.JSONField("计算步骤")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "起始月依据"


class RunState(models.TextChoices):
    """Where a monthly run stands."""

    OPEN = "OPEN", "计算中"
    SEALED = "SEALED", "已封存"


class Run(models.Model):
    """The one monthly run of a period (月度发放): what was known, by which figures."""

    id = models.AutoField(primary_key=True)
    period = models.DateField("发放月份", unique=True)
    pay_date = models.DateField("发放日")
    known_at = models.DateTimeField("已知时点")
    known_before = models.DateTimeField("上期已知时点", null=True)
    policy_version = models.CharField("政策版本", max_length=64)
    parameters = models.JSONField("参数")
    state = models.CharField("状态", max_length=8, choices=RunState.choices, default=RunState.OPEN)
    chunk_size = models.IntegerField("分块大小")
    summary = models.JSONField("封存时汇总", null=True)
    sealed_at = models.DateTimeField("封存时间", null=True)

    class Meta:
        verbose_name = "月度发放"


class RunChange(models.Model):
    """An entitlement whose past months this run computes again (重算清单), and from which month."""

    pk = models.CompositePrimaryKey("run_id", "entitlement_id")
    run = models.ForeignKey(Run, models.PROTECT, db_index=False)
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, db_index=False)
    from_month = models.DateField("自")

    class Meta:
        verbose_name = "重算清单"


class RunChunk(models.Model):
    """A range of entitlements computed in one transaction (分块). Append-only."""

    pk = models.CompositePrimaryKey("run_id", "chunk")
    run = models.ForeignKey(Run, models.PROTECT, db_index=False)
    chunk = models.IntegerField("分块")
    first_id = models.BigIntegerField("起")
    last_id = models.BigIntegerField("止")
    due_count = models.BigIntegerField("应发笔数")
    due_fen = models.BigIntegerField("应发金额(分)")
    held_count = models.BigIntegerField("暂缓笔数")
    held_fen = models.BigIntegerField("暂缓金额(分)")

    class Meta:
        verbose_name = "月度发放分块"


class DueKind(models.IntegerChoices):
    """A month's regular amount, what is kept of it, or what was found later to be owed."""

    REGULAR = 1, "当月"
    DIFFERENCE = 2, "补差"
    SET_OFF = 3, "抵扣"  # of a month's regular amount, never paid out: it settles what is owed back


class Due(models.Model):
    """What is owed to a payee for a month (应发). Append-only; ``fen`` > 0 always."""

    due_ref = models.BigIntegerField("应发编号", primary_key=True)
    entitlement = models.ForeignKey(  # looked up once per statement (migration 0002)
        Entitlement, models.PROTECT, db_index=False, db_constraint=False, verbose_name="待遇"
    )
    payee_id = models.BigIntegerField("收款人")
    kind = models.SmallIntegerField("类别", choices=DueKind.choices)
    for_month = models.DateField("所属月份")
    run_period = models.DateField("发放月份")
    fen = models.BigIntegerField("金额(分)")
    parts = ArrayField(models.BigIntegerField(), verbose_name="按支出项目(分)")

    class Meta:
        verbose_name = "应发"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="benefits_due_fen"),
            models.UniqueConstraint(
                fields=["entitlement", "payee_id", "for_month"],
                name="benefits_due_regular_once",
                condition=models.Q(kind=1),
            ),
            models.UniqueConstraint(
                fields=["entitlement", "payee_id", "for_month", "run_period"],
                name="benefits_due_difference_once",
                condition=models.Q(kind=2),
            ),
            models.UniqueConstraint(
                fields=["entitlement", "for_month"],
                name="benefits_due_set_off_once",
                condition=models.Q(kind=3),
            ),
        )


class Held(models.Model):
    """A due that a run did not put into a batch (暂缓发放), with its reason. Append-only."""

    pk = models.CompositePrimaryKey("run_period", "due_id")
    run_period = models.DateField("发放月份")
    due = models.ForeignKey(Due, models.PROTECT, db_column="due_ref", verbose_name="应发")
    reason = models.CharField("原因", max_length=16, choices=HoldReason.choices)

    class Meta:
        verbose_name = "暂缓发放"


class Cancelled(models.Model):
    """A due never paid and found not to be owed (撤销应发), as after a late death. Append-only."""

    due = models.OneToOneField(
        Due, models.PROTECT, db_column="due_ref", primary_key=True, verbose_name="应发"
    )
    run_period = models.DateField("发放月份")

    class Meta:
        verbose_name = "撤销应发"


class Overpaid(models.Model):
    """What was paid for a month and, as now known, was not owed (多发). Append-only; goes to the
    memo register, is never set off without a decision. Below zero: so much was not overpaid after
    all, for the month is owed again or the bank has returned it."""

    id = models.BigAutoField(primary_key=True)
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    payee_id = models.BigIntegerField("收款人")
    for_month = models.DateField("所属月份")
    run_period = models.DateField("发放月份")
    fen = models.BigIntegerField("金额(分)")
    parts = ArrayField(models.BigIntegerField(), verbose_name="按支出项目(分)")

    class Meta:
        verbose_name = "多发"
        constraints = (
            models.CheckConstraint(condition=~models.Q(fen=0), name="benefits_overpaid_fen"),
            models.UniqueConstraint(
                fields=["entitlement", "payee_id", "for_month", "run_period"],
                name="benefits_overpaid_once",
            ),
        )


class AccountPayout(models.Model):
    """A chunk of a closed batch whose account part left the accounts (账户支付分块). Append-only.

    What the accounts did not hold the pool paid.
    """

    pk = models.CompositePrimaryKey("batch_id", "chunk")
    batch = models.ForeignKey(Batch, models.PROTECT, db_index=False, verbose_name="批次")
    chunk = models.IntegerField("分块")
    line_count = models.BigIntegerField("笔数")
    taken_fen = models.BigIntegerField("个人账户支付(分)")
    from_pool_fen = models.BigIntegerField("统筹基金支付(分)")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "账户支付分块"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(taken_fen__gte=0, from_pool_fen__gte=0),
                name="benefits_accountpayout_fen",
            ),
        )
