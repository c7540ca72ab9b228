"""What is owed (应缴): runs, lines, bills, and what bears on them; rows only grow."""

from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, ClockTimestamp, Dated, Party


class PayerKind(models.TextChoices):
    """Who pays, and so in which shape it is collected (缴费主体)."""

    EMPLOYED = "EMPLOYED", "用人单位"  # by the month, for its employees
    FLEXIBLE = "FLEXIBLE", "灵活就业人员"  # alone and voluntarily: payer and person are one
    RESIDENT = "RESIDENT", "村(社区)"  # once a year, for its residents


class LinePart(models.IntegerChoices):
    """Which money a line asks for (款项); the numbers of ``lines.Part``."""

    PERSON = 1, "个人缴费"
    EMPLOYER = 2, "单位缴费"
    ROUNDING = 3, "单位缴费尾差"
    ESTIMATE = 4, "未申报暂按上月额确定"
    ON_BEHALF = 5, "困难群体代缴"
    COLLECTIVE = 6, "集体补助"
    SUBSIDY = 7, "政府补贴"
    LATE_FEE = 8, "滞纳金"


class Channel(models.TextChoices):
    """Which way money came (入库渠道)."""

    TAX = "TAX", "税务入国库"
    FISCAL = "FISCAL", "财政拨入财政专户"  # subsidies and payments on behalf


class BillRunKind(models.TextChoices):
    """Why lines were written (核定种类)."""

    EMPLOYERS = "EMPLOYERS", "单位月度核定"
    INDIVIDUALS = "INDIVIDUALS", "灵活就业月度核定"
    RESIDENTS = "RESIDENTS", "居民年度核定"
    TOP_UP = "TOP_UP", "补差"
    YEAR_TOP_UP = "YEAR_TOP_UP", "居民补差"
    LATE_FEE = "LATE_FEE", "滞纳金"
    BACK_PAYMENT = "BACK_PAYMENT", "补缴"
    TAKEN_OVER = "TAKEN_OVER", "接管欠缴"  # what an old system had not received
    AMENDED = "AMENDED", "接管欠缴更正"  # what of it proved wrong
    ONE_OFF = "ONE_OFF", "一次性缴费"  # for months of no calendar, up to the least of a pension


class RunState(models.TextChoices):
    """Where a run stands."""

    OPEN = "OPEN", "计算中"
    DONE = "DONE", "已完成"


class BillRun(models.Model):
    """Lines written together (核定批次): what was known, by which figures."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("种类", max_length=12, choices=BillRunKind.choices)
    period = models.DateField("业务月份")
    ordinal = models.SmallIntegerField("次序", default=1)
    known_at = models.DateTimeField("已知时点")
    known_before = models.DateTimeField("上次已知时点", null=True)
    policy_version = models.CharField("政策版本", max_length=64)
    parameters = models.JSONField("参数")  # terms by month, scheme and kind; chunks
    reason = models.CharField("事由", max_length=200, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)
    state = models.CharField("状态", max_length=4, choices=RunState.choices, default=RunState.OPEN)
    summary = models.JSONField("汇总", null=True)
    opened_at = models.DateTimeField("开始时间", db_default=ClockTimestamp())
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "核定批次"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "period", "ordinal"], name="collection_run_once"
            ),
        )


class ArrearsBaseline(models.Model):
    """What an old system had not received (欠缴接管基线), signed by both sides. Append-only."""

    id = models.AutoField(primary_key=True)
    digest = models.CharField("摘要", max_length=64, unique=True)
    manifest = models.JSONField("清单")
    run = models.OneToOneField(BillRun, models.PROTECT, verbose_name="核定批次")
    taken_at = models.DateTimeField("接管时间", db_default=Now())

    class Meta:
        verbose_name = "欠缴接管基线"


class BillChunk(models.Model):
    """A range of persons or roll entries assessed in one transaction (核定分块). Append-only."""

    pk = models.CompositePrimaryKey("run_id", "chunk")
    run = models.ForeignKey(BillRun, models.PROTECT, db_index=False, verbose_name="核定批次")
    chunk = models.IntegerField("分块")
    line_count = models.BigIntegerField("明细数")
    fen = models.BigIntegerField("金额(分)")

    class Meta:
        verbose_name = "核定分块"


class BillChange(models.Model):
    """Months of a person that a run assesses again (重算清单). Append-only.

    ``person`` is the survivor of merged entries; a year's contribution is looked up in its January.
    """

    pk = models.CompositePrimaryKey("run_id", "person_id", "from_month")
    run = models.ForeignKey(BillRun, models.PROTECT, db_index=False, verbose_name="核定批次")
    person_id = models.BigIntegerField("参保人")
    from_month = models.DateField("自")
    until_month = models.DateField("至(不含)")

    class Meta:
        verbose_name = "重算清单"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until_month__gt=models.F("from_month")),
                name="collection_change_months",
            ),
        )


class NotBilled(models.Model):
    """What a run could not assess (未能核定), and why: the code of a refusal. Append-only."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, models.PROTECT, db_index=False, verbose_name="核定批次")
    payer_id = models.BigIntegerField("缴款人")
    person_id = models.BigIntegerField("参保人", null=True)
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    code = models.CharField("原因代码", max_length=60)

    class Meta:
        verbose_name = "未能核定"
        constraints = (
            models.UniqueConstraint(
                fields=["run", "payer_id", "person_id", "scheme", "month"],
                name="collection_not_billed_once",
                nulls_distinct=False,
            ),
        )


class BillLine(models.Model):
    """An amount owed under a line key (应缴明细). Append-only.

    The key is (payer, person, scheme, month, part). The first line of a key gives it its number,
    ``key_id``; a difference carries the number of its first and is above or below zero. The sum of
    a key's lines is what is owed under it. A flexible worker is payer and person; ``person`` is
    NULL where a line is nobody's. ``month`` of a year's contribution is its January.
    """

    id = models.BigAutoField(primary_key=True)
    key_id = models.BigIntegerField("款项编号")
    run = models.ForeignKey(BillRun, models.PROTECT, db_constraint=False, verbose_name="核定批次")
    payer_id = models.BigIntegerField("缴款人")
    person_id = models.BigIntegerField("参保人", null=True)
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    part = models.SmallIntegerField("款项", choices=LinePart.choices)
    fen = models.BigIntegerField("金额(分)")
    account_fen = models.BigIntegerField("其中记入个人账户(分)", default=0)

    class Meta:
        verbose_name = "应缴明细"
        indexes = (
            models.Index(
                fields=["key_id"],
                name="collection_line_differences",
                condition=~models.Q(key_id=models.F("id")),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["payer_id", "scheme", "month", "person_id", "part"],
                name="collection_line_key_once",
                condition=models.Q(key_id=models.F("id")),
                nulls_distinct=False,
            ),
        )


class BillMode(models.TextChoices):
    """How employers' contributions are collected at a place (征收方式)."""

    ASSESSED = "ASSESSED", "核定征收"  # our bills go to the tax bureau
    DECLARED = "DECLARED", "自行申报"  # the employer declares there; we compare


class Bill(models.Model):
    """What a payer owes in a scheme for a month by one run (应缴单). Append-only."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, models.PROTECT, db_index=False, verbose_name="核定批次")
    kind = models.CharField("缴费主体", max_length=8, choices=PayerKind.choices)
    payer_id = models.BigIntegerField("缴款人")
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    district = models.CharField("参保地", max_length=6)
    mode = models.CharField("征收方式", max_length=8, choices=BillMode.choices)
    line_count = models.BigIntegerField("明细数")
    fen = models.BigIntegerField("金额(分)")
    pay_by = models.DateField("缴费截止日")

    class Meta:
        verbose_name = "应缴单"
        constraints = (
            models.UniqueConstraint(
                fields=["payer_id", "scheme", "month", "run"], name="collection_bill_once"
            ),
        )


class Undeclared(Dated):
    """An employer has not declared its wages (未按规定申报): art. 62, until its roster arrives."""

    payer = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="单位")
    reason = models.CharField("依据", max_length=120)

    class Meta:
        verbose_name = "未按规定申报"
        constraints = (
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "payer",
                RangeStartsWith("valid"),
                name="collection_undeclared_one_at_a_time",
                condition=CURRENT,
            ),
        )


class FixedAmount(Dated):
    """What the agency fixed for an employer without an earlier amount (确定的缴费额): by the month,
    while it does not declare (社会保险费征缴暂行条例第十条)."""

    payer = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="单位")
    scheme = models.CharField("险种", max_length=3)
    fen = models.BigIntegerField("每月金额(分)")
    document = models.CharField("依据", max_length=200)
    case_id = models.BigIntegerField("业务编号")

    class Meta:
        verbose_name = "确定的缴费额"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_fixed_fen"),
            models.UniqueConstraint(
                "payer",
                "scheme",
                RangeStartsWith("valid"),
                name="collection_fixed_one_at_a_time",
                condition=CURRENT,
            ),
        )


class Deferral(Dated):
    """What of a month an employer may pay later, by decision (缓缴); it bears no late fee."""

    payer = models.ForeignKey(Party, models.PROTECT, verbose_name="单位")
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    fen = models.BigIntegerField("金额(分)")
    case_id = models.BigIntegerField("业务编号")

    class Meta:
        verbose_name = "缓缴"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_deferral_fen"),
            models.UniqueConstraint(
                fields=["payer", "scheme", "month", "case_id"],
                name="collection_deferral_once",
                condition=CURRENT,
            ),
        )
