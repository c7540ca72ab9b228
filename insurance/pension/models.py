"""What a pension rests on, who let somebody retire, what was awarded (认定、审批、核定)."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models

from backend.people.models import CURRENT, ClockTimestamp, Party
from insurance.benefits.models import Entitlement


class Category(models.TextChoices):
    """Which original retirement age is somebody's (退休类别): recorded, never told by the sex."""

    M60 = "M60", "男职工"
    F55 = "F55", "女职工（原五十五周岁退休）"
    F50 = "F50", "女职工（原五十周岁退休）"


class Decided(models.Model):
    """A fact by a decided case, that holds until another takes its place."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        abstract = True


class ArchiveFacts(Decided):
    """What was recognised from somebody's archive (档案认定), by two persons."""

    birth_month = models.DateField("认定出生年月")
    id_birth_month = models.DateField("证件出生年月")
    records = models.JSONField("档案记载")  # of each paper: paper, recorded_on, birth_month
    category = models.CharField("退休类别", max_length=3, choices=Category.choices)
    category_evidence = models.CharField("类别依据", max_length=200)
    first_work_month = models.DateField("参加工作时间")
    first_work_evidence = models.CharField("参加工作时间依据", max_length=200)
    deemed_months = models.SmallIntegerField("视同缴费月数")

    class Meta:
        verbose_name = "档案认定"
        constraints = (
            models.UniqueConstraint(
                fields=["person"], name="pension_archive_one_current", condition=CURRENT
            ),
            models.CheckConstraint(
                condition=models.Q(deemed_months__gte=0), name="pension_archive_deemed"
            ),
        )


class PeriodKind(models.TextChoices):
    """What a period of the archive counts as."""

    DEEMED = "DEEMED", "视同缴费"
    SPECIAL = "SPECIAL", "特殊工种"


class DeemedGround(models.TextChoices):
    """Why months are deemed though personal accounts had begun (视同缴费的理由)."""

    ARMY = "ARMY", "军龄"
    PUBLIC_BODY = "PUBLIC_BODY", "机关事业单位工作年限"


class SpecialWork(models.TextChoices):
    """Work that lets somebody retire earlier (特殊工种, 国发〔1978〕104号)."""

    UNDERGROUND = "UNDERGROUND", "井下"
    ALTITUDE = "ALTITUDE", "高空"
    HEAT = "HEAT", "高温"
    HEAVY = "HEAVY", "特别繁重体力劳动"
    HARMFUL = "HARMFUL", "其他有害身体健康的工作"


class ArchivePeriod(models.Model):
    """Months recognised from an archive with their evidence (认定期间). Append-only."""

    id = models.BigAutoField(primary_key=True)
    facts = models.ForeignKey(ArchiveFacts, models.PROTECT, verbose_name="档案认定")
    kind = models.CharField("类别", max_length=8, choices=PeriodKind.choices)
    work = models.CharField("工种", max_length=12, choices=SpecialWork.choices, blank=True)
    ground = models.CharField(
        "视同缴费的理由", max_length=12, choices=DeemedGround.choices, blank=True
    )
    months = DateRangeField("起止年月")
    evidence = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = "认定期间"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="DEEMED", work="")
                | models.Q(kind="SPECIAL", ground="") & ~models.Q(work=""),
                name="pension_period_work",
            ),
        )


class Route(models.TextChoices):
    """On what ground somebody retires (退休途径); the names of ``retirement.Route``."""

    STATUTORY = "STATUTORY", "法定退休"
    EARLY = "EARLY", "弹性提前退休"
    LATE = "LATE", "弹性延迟退休"
    SPECIAL = "SPECIAL", "特殊工种退休"
    ILLNESS = "ILLNESS", "因病退休"
    CONTINUED = "CONTINUED", "延长缴费后退休"


class RetirementApproval(Decided):
    """The administrative department let somebody retire in a month (退休审批): its own paper, on
    which the agency's award rests."""

    facts = models.ForeignKey(ArchiveFacts, models.PROTECT, verbose_name="档案认定")
    # Of who draws, or drew, an allowance for illness by another paper, which stays in force too.
    after_allowance = models.BooleanField("领取病残津贴以后退休", db_default=False)
    route = models.CharField("退休途径", max_length=10, choices=Route.choices)
    retirement_month = models.DateField("退休年月")
    statutory_month = models.DateField("法定退休年月")
    contribution_months = models.SmallIntegerField("累计缴费月数")  # as told to the department
    months_at_age = models.SmallIntegerField("到法定退休年月的缴费月数", null=True)  # who paid on
    document_no = models.CharField("审批文号", max_length=60)
    notice_on = models.DateField("书面告知或约定日期", null=True)  # who chose earlier or later
    public_from = models.DateField("公示起", null=True)
    public_until = models.DateField("公示止", null=True)
    finding = models.CharField("劳动能力鉴定结论文号", max_length=60, blank=True)
    steps = models.JSONField("计算步骤")

    class Meta:
        verbose_name = "退休审批"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "after_allowance"],
                name="pension_approval_one_current",
                condition=CURRENT,
            ),
            models.CheckConstraint(
                condition=models.Q(route__in=("EARLY", "LATE"), notice_on__isnull=False)
                | ~models.Q(route__in=("EARLY", "LATE")) & models.Q(notice_on__isnull=True),
                name="pension_approval_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    route__in=("SPECIAL", "ILLNESS"),
                    public_from__isnull=False,
                    public_until__isnull=False,
                    public_until__gte=models.F("public_from"),
                )
                | ~models.Q(route__in=("SPECIAL", "ILLNESS"))
                & models.Q(public_from__isnull=True, public_until__isnull=True),
                name="pension_approval_public",
            ),
            models.CheckConstraint(
                condition=models.Q(route="ILLNESS") & ~models.Q(finding="")
                | ~models.Q(route="ILLNESS") & models.Q(finding=""),
                name="pension_approval_finding",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    route="CONTINUED",
                    months_at_age__isnull=False,
                    months_at_age__lte=models.F("contribution_months"),
                )
                | ~models.Q(route="CONTINUED") & models.Q(months_at_age__isnull=True),
                name="pension_approval_paid_on",
            ),
        )


class RecalculationState(models.TextChoices):
    """Where a recalculation stands."""

    OPEN = "OPEN", "计算中"
    DONE = "DONE", "已完成"


class Recalculation(models.Model):
    """Awards of a year, computed again by what is known since (重算).

    Of 110 the interim ones by the base of that year, of 170 those that are not what the figures of
    their first month give.
    """

    id = models.AutoField(primary_key=True)
    scheme = models.CharField("险种", max_length=3)
    region = models.CharField("行政区划", max_length=6)
    year = models.SmallIntegerField("退休年度")
    ordinal = models.SmallIntegerField("次序")
    base_fen = models.BigIntegerField("计发基数(分)", null=True)  # null: 170 has none
    authority = models.CharField("计发基数依据", max_length=200, blank=True)
    known_on = models.DateField("已知日期")
    policy_version = models.CharField("政策版本", max_length=64)
    parameters = models.JSONField("政策参数")  # for SQL, and the figures themselves
    chunks = models.JSONField("分块")  # ranges of awards
    state = models.CharField(
        "状态", max_length=4, choices=RecalculationState.choices, default=RecalculationState.OPEN
    )
    summary = models.JSONField("汇总", null=True)
    opened_at = models.DateTimeField("开始时间")  # what was awarded by then is in its ranges
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "待遇重算"
        constraints = (
            models.UniqueConstraint(
                fields=["scheme", "region", "year", "ordinal"], name="pension_recalculation_once"
            ),
            models.UniqueConstraint(
                fields=["scheme", "region", "year"],
                name="pension_recalculation_one_open",
                condition=models.Q(state="OPEN"),
            ),
        )


class RecalculationChunk(models.Model):
    """A range of awards computed again in one transaction (重算分块). Append-only."""

    pk = models.CompositePrimaryKey("recalculation_id", "chunk")
    recalculation = models.ForeignKey(
        Recalculation, models.PROTECT, db_index=False, verbose_name="待遇重算"
    )
    chunk = models.IntegerField("分块")
    award_count = models.BigIntegerField("重算人数")
    more_fen = models.BigIntegerField("每月增减(分)")
    component_count = models.BigIntegerField("写入待遇项目数")

    class Meta:
        verbose_name = "重算分块"


class AwardKind(models.TextChoices):
    """How an award came about."""

    AWARD = "AWARD", "核定"
    RECALCULATION = "RECALCULATION", "重算"  # a figure that it rests on became known, or another
    CORRECTION = "CORRECTION", "更正"  # what it rested on was wrong


class Award(models.Model):
    """What somebody is paid by the month, and why (待遇核定). Append-only.

    What takes the place of an award names it as ``previous``; the last of a chain counts. Figures
    that 170 does not know are null. ``average_index`` is in units of its last decimal; where an
    average wage that it rests on is not published yet, ``index_bases`` keeps what was paid for by
    year; where an account rate is not announced, ``account_years`` what bears interest by it. The
    steps of a recalculation are given by ``award_steps``, from what its run keeps.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=14, choices=AwardKind.choices)
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="successor", verbose_name="原核定"
    )
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="待遇人")
    scheme = models.CharField("险种", max_length=3)
    route = models.CharField("退休途径", max_length=10, choices=Route.choices, blank=True)
    region = models.CharField("行政区划", max_length=6)
    birth_month = models.DateField("认定出生年月")
    retirement_month = models.DateField("退休年月")
    total_months = models.SmallIntegerField("累计缴费月数")
    deemed_months = models.SmallIntegerField("其中视同缴费月数")
    average_index = models.IntegerField("平均缴费指数", null=True)
    index_bases = models.JSONField("待重算指数的各年基数(分)", null=True)  # null: it is final
    balance_fen = models.BigIntegerField("个人账户储存额(分)")
    account_years = models.JSONField("待重算储存额的各年收支", null=True)  # null: it is final
    base_fen = models.BigIntegerField("计发基数(分)", null=True)
    base_year = models.SmallIntegerField("计发基数年度", null=True)
    basic_fen = models.BigIntegerField("基础养老金(分)")
    account_fen = models.BigIntegerField("个人账户养老金(分)")
    transitional_fen = models.BigIntegerField("过渡性养老金(分)", default=0)
    extra_fen = models.BigIntegerField("超年限养老金(分)", default=0)
    figures = models.JSONField("其他数据")  # what it rests on beside the columns
    steps = models.JSONField("计算步骤", null=True)  # of a recalculation: made on demand
    policy_version = models.CharField("政策版本", max_length=64)
    standing = models.CharField("依据状态", max_length=12)
    interim = models.BooleanField("预发")
    case_id = models.BigIntegerField("业务编号")
    recalculation = models.ForeignKey(
        Recalculation, models.PROTECT, null=True, db_index=False, verbose_name="待遇重算"
    )
    recorded_at = models.DateTimeField("核定时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "待遇核定"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="AWARD", previous__isnull=True, recalculation__isnull=True)
                | models.Q(
                    kind="RECALCULATION", previous__isnull=False, recalculation__isnull=False
                )
                | models.Q(kind="CORRECTION", previous__isnull=False, recalculation__isnull=True),
                name="pension_award_chain",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="RECALCULATION", steps__isnull=True)
                | ~models.Q(kind="RECALCULATION") & models.Q(steps__isnull=False),
                name="pension_award_steps",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    basic_fen__gte=0,
                    account_fen__gte=0,
                    transitional_fen__gte=0,
                    extra_fen__gte=0,
                    deemed_months__gte=0,
                    total_months__gte=models.F("deemed_months"),
                ),
                name="pension_award_figures",
            ),
            models.UniqueConstraint(
                fields=["case_id"],
                name="pension_award_case_once",
                condition=~models.Q(kind="RECALCULATION"),
            ),
            models.UniqueConstraint(
                fields=["entitlement"],
                name="pension_award_entitlement_once",
                condition=models.Q(kind="AWARD"),
            ),
        )
        indexes = (
            models.Index(
                fields=["retirement_month"],
                name="pension_award_interim",
                condition=models.Q(interim=True) | models.Q(account_years__isnull=False),
            ),
            models.Index(
                fields=["region", "retirement_month"],
                name="pension_award_residents",
                condition=models.Q(scheme="170"),
            ),
        )

    @property
    def parts(self) -> dict[str, int]:
        """Fen by component of the entitlement; nothing for what it does not come to."""
        found = {
            "BASIC": self.basic_fen,
            "ACCOUNT": self.account_fen,
            "TRANSITIONAL": self.transitional_fen,
            "EXTRA_YEARS": self.extra_fen,
        }
        return {component: fen for component, fen in found.items() if fen}

    @property
    def total_fen(self) -> int:
        """What is paid by the month."""
        return sum(self.parts.values())


class AllowanceToPension(Decided):
    """From which month on an allowance for illness is a pension (病残津贴转基本养老金)."""

    entitlement = models.ForeignKey(Entitlement, models.PROTECT, verbose_name="待遇")
    approval = models.ForeignKey(RetirementApproval, models.PROTECT, verbose_name="退休审批")
    first_month = models.DateField("基本养老金起始月")
    steps = models.JSONField("计算步骤")
    ground = models.JSONField("更正依据", null=True)  # null: it corrects nothing
    standing = models.CharField("依据状态", max_length=12)
    policy_version = models.CharField("政策版本", max_length=64)

    class Meta:
        verbose_name = "病残津贴转基本养老金"
        constraints = (
            models.UniqueConstraint(
                fields=["entitlement"], name="pension_topension_one_current", condition=CURRENT
            ),
        )


class OneOffPayment(models.Model):
    """Months that somebody pays for at once, up to the least (一次性缴费至最低年限). Append-only;
    what takes the place of one names it, without months: nothing is to be paid."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    month = models.DateField("应缴所在月份")
    months = models.SmallIntegerField("所缺月数")
    base_fen = models.BigIntegerField("缴费基数(分)")
    fen = models.BigIntegerField("应缴金额(分)")
    account_fen = models.BigIntegerField("其中记入个人账户(分)")
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="correction", verbose_name="原核定"
    )
    ground = models.JSONField("更正依据", null=True)
    evidence = models.TextField("缴费月数的依据", blank=True)
    steps = models.JSONField("计算步骤")
    standing = models.CharField("依据状态", max_length=12)
    policy_version = models.CharField("政策版本", max_length=64)
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "一次性缴费"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(months__gt=0, fen__gt=0, base_fen__gt=0, account_fen__gte=0)
                | models.Q(months=0, fen=0, base_fen=0, account_fen=0, corrects__isnull=False),
                name="pension_oneoff_figures",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True, ground__isnull=True)
                | models.Q(corrects__isnull=False, ground__isnull=False),
                name="pension_oneoff_ground",
            ),
        )
