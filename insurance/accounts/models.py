"""Entries of personal accounts, their years, and what leaves them (个人账户、计息、转移)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from backend.people.models import Party
from payments.ledger.models import Entry


class Scheme(models.TextChoices):
    """The schemes with personal accounts (险种, AAE140)."""

    EMPLOYEE_PENSION = "110", "企业职工基本养老保险"
    RESIDENT_PENSION = "170", "城乡居民基本养老保险"
    EMPLOYEE_MEDICAL = "310", "职工基本医疗保险"


class EntryKind(models.TextChoices):
    """What an entry does to the account (账户明细类别)."""

    OPENING = "OPENING", "期初"  # taken over from the old system, by year
    CREDIT = "CREDIT", "记账"
    INTEREST = "INTEREST", "计息"
    TRUE_UP = "TRUE_UP", "利息补差"  # the rate was announced later; may be below zero
    MADE_UP = "MADE_UP", "补记利息"  # of closed years, on what came back; may be below zero
    PAYOUT = "PAYOUT", "待遇支付"
    RETURNED = "RETURNED", "退回转回"  # the bank returned what had left, or a death was false
    REFUND = "REFUND", "清退"
    TRANSFER_IN = "TRANSFER_IN", "转入"
    TRANSFER_OUT = "TRANSFER_OUT", "转出"
    INHERITED = "INHERITED", "继承支付"
    TO_POOL = "TO_POOL", "并入统筹"  # not the own part: of who died in prison, of before 1998
    LUMP_SUM = "LUMP_SUM", "一次性支付"
    SET_OFF = "SET_OFF", "抵扣追回款"  # stays in the fund, which it was owed to


class Part(models.TextChoices):
    """Whose money it was (资金来源)."""

    PERSON = "PERSON", "个人缴费"
    EMPLOYER = "EMPLOYER", "单位划入"  # until 2005
    SUBSIDY = "SUBSIDY", "政府补贴"
    COLLECTIVE = "COLLECTIVE", "集体补助"
    WHOLE = "WHOLE", "不分来源"  # interest and what leaves


class EntrySource(models.TextChoices):
    """What an entry rests on; ``source_id`` is its number there (依据)."""

    BASELINE = "BASELINE", "接管基线"
    ALLOCATION = "ALLOCATION", "缴费核销"
    DUE = "DUE", "应发待遇"
    CASE = "CASE", "业务件"
    RUN = "RUN", "年度计息"


class AccountBaseline(models.Model):
    """Accounts taken over from the old system (账户接管基线), signed by both sides. Append-only."""

    id = models.AutoField(primary_key=True)
    digest = models.CharField("摘要", max_length=64, unique=True)
    manifest = models.JSONField("清单")
    taken_at = models.DateTimeField("接管时间", db_default=Now())

    class Meta:
        verbose_name = "账户接管基线"


class AccountEntry(models.Model):
    """What came into a personal account or left it (个人账户明细). Append-only.

    The balance of (person, scheme) is the sum of its entries and never below zero. Interest runs
    from ``arrival_month``; that of a year arrives, and itself bears interest, in January after.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(  # looked up once per statement (migration 0002)
        Party, models.PROTECT, db_index=False, db_constraint=False, verbose_name="参保人"
    )
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    kind = models.CharField("类别", max_length=12, choices=EntryKind.choices)
    part = models.CharField("资金来源", max_length=10, choices=Part.choices)
    for_month = models.DateField("所属月份")
    arrival_month = models.DateField("到账月份")
    fen = models.BigIntegerField("金额(分)")
    source = models.CharField("依据", max_length=10, choices=EntrySource.choices)
    source_id = models.BigIntegerField("依据编号")
    n = models.SmallIntegerField(
        "次数", db_default=0
    )  # of a due: its attempt; of a case: its reading
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "个人账户明细"
        indexes = (
            models.Index(
                fields=["person", "scheme", "arrival_month"],
                name="accounts_entry_account",
                include=["kind", "for_month", "fen"],
            ),
            BrinIndex(  # entries come in the order of time: whether one came before, a look tells
                fields=["arrival_month"], name="accounts_entry_arrival"
            ),
        )
        constraints = (
            models.UniqueConstraint(  # in the order in which sources come: cheap to keep
                fields=[
                    *("source_id", "source", "kind", "part", "for_month", "person", "scheme"),
                    "n",
                ],
                name="accounts_entry_once",
            ),
        )


class InterestRunState(models.TextChoices):
    """Where a yearly run stands."""

    OPEN = "OPEN", "计算中"
    DONE = "DONE", "已完成"


class InterestRun(models.Model):
    """The interest of all accounts of a scheme for a year (年度计息): by which rate."""

    id = models.AutoField(primary_key=True)
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    year = models.SmallIntegerField("年度")
    interim = models.BooleanField("预计")
    ratio = models.DecimalField("记账利率", max_digits=9, decimal_places=6)
    ratio_of_year = models.SmallIntegerField("利率年度")
    parameter = models.CharField("参数", max_length=60)
    document = models.CharField("文件", max_length=120)
    standing = models.CharField("依据状态", max_length=12)
    authority = models.CharField("依据", max_length=240)
    policy_version = models.CharField("政策版本", max_length=64)
    openings = models.ForeignKey("self", models.PROTECT, null=True, verbose_name="上年计息")
    chunks = models.JSONField("分块")
    state = models.CharField(
        "状态", max_length=4, choices=InterestRunState.choices, default=InterestRunState.OPEN
    )
    summary = models.JSONField("汇总", null=True)
    opened_at = models.DateTimeField("开始时间", db_default=Now())
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "年度计息"
        constraints = (
            models.UniqueConstraint(fields=["scheme", "year", "interim"], name="accounts_run_once"),
        )


class InterestChunk(models.Model):
    """A range of persons computed in one transaction (计息分块). Append-only."""

    pk = models.CompositePrimaryKey("run_id", "chunk")
    run = models.ForeignKey(InterestRun, models.PROTECT, db_index=False, verbose_name="年度计息")
    chunk = models.IntegerField("分块")
    account_count = models.BigIntegerField("账户数")
    written_fen = models.BigIntegerField("本次记入(分)")
    closing_fen = models.BigIntegerField("年末余额(分)")

    class Meta:
        verbose_name = "年度计息分块"


class YearClose(models.Model):
    """An account's year as a run closed it (账户年度结账). Append-only."""

    pk = models.CompositePrimaryKey("run_id", "person_id")
    run = models.ForeignKey(  # looked up once per statement (migration 0002)
        InterestRun, models.PROTECT, db_index=False, db_constraint=False, verbose_name="年度计息"
    )
    person_id = models.BigIntegerField("参保人")
    opening_fen = models.BigIntegerField("年初余额(分)")
    moved_fen = models.BigIntegerField("本年收支(分)")
    product_fen = models.BigIntegerField("月积数(分×月)")
    interest_fen = models.BigIntegerField("本年利息(分)")
    closing_fen = models.BigIntegerField("年末余额(分)")
    ratio = models.DecimalField("记账利率", max_digits=9, decimal_places=6)

    class Meta:
        verbose_name = "账户年度结账"


class FixedRate(models.Model):
    """The rate by which an account was paid out within a year (离开时的记账利率). Append-only.

    What left with its owner is not trued up when the year's rate is announced.
    """

    pk = models.CompositePrimaryKey("person_id", "scheme", "year")
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    year = models.SmallIntegerField("年度")
    ratio = models.DecimalField("记账利率", max_digits=9, decimal_places=6)
    ratio_of_year = models.SmallIntegerField("利率年度")
    case_id = models.BigIntegerField("业务编号")

    class Meta:
        verbose_name = "离开时的记账利率"


class CameBack(models.Model):
    """What came back after the year in which it had left was closed (转回), by a decided case.
    Append-only.

    Interest of the closed years is made up on it (``come_back``). ``fen`` is below zero for what
    went again with it.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=Scheme.choices)
    left_month = models.DateField("转出月份")
    back_month = models.DateField("转回月份")
    fen = models.BigIntegerField("金额(分)")
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "账户转回"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(back_month__gt=models.F("left_month")) & ~models.Q(fen=0),
                name="accounts_came_back_later",
            ),
        )
        indexes = (models.Index(fields=["scheme", "person"], name="accounts_came_back_account"),)


# What a relation may be of; unemployment insurance keeps no account.
MOVING = (*Scheme.choices, ("210", "失业保险"))


class Outgoing(models.Model):
    """Who is to be paid what left an account (账户支付去向). Append-only; payments take it on."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=MOVING)
    kind = models.CharField("类别", max_length=12, choices=EntryKind.choices)
    payee = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="+", verbose_name="收款人"
    )
    to_agency = models.CharField("转入地经办机构", max_length=100, blank=True)
    month = models.DateField("支付月份")
    fen = models.BigIntegerField("金额(分)")
    pooled_fen = models.BigIntegerField("另付统筹基金(分)", db_default=0)  # with a transfer out
    had_fen = models.BigIntegerField("其中更正前已付(分)", db_default=0)
    case_id = models.BigIntegerField("业务编号")
    n = models.SmallIntegerField("次数", db_default=0)
    reckoned = models.JSONField("金额怎样得来", default=list)  # of 清退; of others: LeftAccount
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "账户支付去向"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fen__gt=0, pooled_fen=0)
                | models.Q(fen__gte=0, pooled_fen__gt=0, kind="TRANSFER_OUT"),
                name="accounts_outgoing_fen",
            ),
            models.CheckConstraint(
                condition=models.Q(had_fen__gte=0, fen__gte=models.F("had_fen")),
                name="accounts_outgoing_had",
            ),
            models.CheckConstraint(
                condition=models.Q(payee__isnull=False, to_agency="")
                | models.Q(payee__isnull=True) & ~models.Q(to_agency=""),
                name="accounts_outgoing_to_somebody",
            ),
            models.UniqueConstraint(
                fields=["case_id", "person", "scheme", "month", "payee", "n"],
                name="accounts_outgoing_once",
                nulls_distinct=False,
            ),
        )


class LeftAccount(models.Model):
    """How a case computed what left an account (清户核算), in the place of what it ``corrects``."""

    case_id = models.BigIntegerField("业务编号", primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, db_index=False, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=MOVING)
    month = models.DateField("月份")
    steps = models.JSONField("计算步骤")
    standing = models.CharField("依据状态", max_length=12)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="correction", verbose_name="原核算"
    )
    ground = models.CharField("更正依据", max_length=500, blank=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "清户核算"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True, ground="")
                | models.Q(corrects__isnull=False) & ~models.Q(ground=""),
                name="accounts_left_corrected",
            ),
        )


class MadeUpInterest(models.Model):
    """How interest that was made up came about (补记利息怎样得来). Append-only."""

    entry = models.OneToOneField(
        AccountEntry, models.PROTECT, primary_key=True, verbose_name="个人账户明细"
    )
    reckoned = models.JSONField("金额怎样得来")

    class Meta:
        verbose_name = "补记利息核算"


class OutgoingDue(models.Model):
    """The number under which payments pay an amount that left an account (账户支付应发).
    Append-only."""

    outgoing = models.OneToOneField(
        Outgoing, models.PROTECT, primary_key=True, verbose_name="账户支付去向"
    )
    due_ref = models.BigIntegerField("应发编号", unique=True)

    class Meta:
        verbose_name = "账户支付应发"


class Direction(models.TextChoices):
    """Which way a relation moves."""

    OUT = "OUT", "转出"
    IN = "IN", "转入"


class TransferStage(models.IntegerChoices):
    """The four steps of a transfer (转移接续环节), in their order."""

    CERTIFICATE = 1, "参保缴费凭证"
    APPLICATION = 2, "转移申请"
    LETTER = 3, "联系函"
    SETTLED = 4, "信息表与资金"


class Transfer(models.Model):
    """A relation moves to another place (关系转移接续): its money does only across provinces."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    scheme = models.CharField("险种", max_length=3, choices=MOVING)
    direction = models.CharField("方向", max_length=3, choices=Direction.choices)
    other_region = models.CharField("对方行政区划", max_length=6)
    other_agency = models.CharField("对方经办机构", max_length=100)
    with_money = models.BooleanField("转移资金")
    certificate_no = models.CharField("参保缴费凭证号", max_length=40)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "关系转移接续"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "scheme", "direction", "certificate_no"],
                name="accounts_transfer_once",
            ),
        )


class TransferStep(models.Model):
    """A step of a transfer (转移环节), and until when the next one is due. Append-only."""

    pk = models.CompositePrimaryKey("transfer_id", "stage")
    transfer = models.ForeignKey(Transfer, models.PROTECT, db_index=False, verbose_name="转移")
    stage = models.SmallIntegerField("环节", choices=TransferStage.choices)
    done_on = models.DateField("办理日期")
    next_due_on = models.DateField("下一环节期限", null=True)
    document_no = models.CharField("文书号", max_length=40, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)
    fen = models.BigIntegerField("个人账户资金(分)", db_default=0)
    pooled_fen = models.BigIntegerField("统筹基金(分)", db_default=0)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, verbose_name="到账凭证")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "转移环节"


class TransferCorrection(models.Model):
    """What a transfer brought, told anew (关系转入更正): in place of its last step, or of the
    correction before. Append-only."""

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(Transfer, models.PROTECT, verbose_name="转移")
    corrects = models.BigIntegerField("原业务编号", unique=True)
    case_id = models.BigIntegerField("业务编号", unique=True)
    withdrawn = models.BooleanField("不应转入")
    document_no = models.CharField("信息表号", max_length=40, blank=True)
    fen = models.BigIntegerField("个人账户资金(分)")
    pooled_fen = models.BigIntegerField("统筹基金(分)")
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, verbose_name="到账凭证")
    ground = models.TextField("更正依据")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "关系转入更正"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(withdrawn=False, fen__gte=0, pooled_fen__gte=0)
                | models.Q(withdrawn=True, fen=0, pooled_fen=0, entry__isnull=True),
                name="accounts_transfercorrection_withdrawn",
            ),
            models.CheckConstraint(
                condition=~models.Q(ground=""), name="accounts_transfercorrection_ground"
            ),
        )


class SchemeSwitch(models.Model):
    """An account goes over from one pension scheme to the other (制度衔接): all of it, by a decided
    case. Append-only."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    from_scheme = models.CharField("转出险种", max_length=3, choices=Scheme.choices)
    to_scheme = models.CharField("转入险种", max_length=3, choices=Scheme.choices)
    month = models.DateField("月份")
    fen = models.BigIntegerField("个人账户资金(分)")
    counted_months = models.SmallIntegerField("转入险种计算的缴费月数")
    case_id = models.BigIntegerField("业务编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "制度衔接"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(from_scheme="110", to_scheme="170")
                | models.Q(from_scheme="170", to_scheme="110", counted_months=0),
                name="accounts_switch_schemes",
            ),
            models.CheckConstraint(
                condition=models.Q(fen__gte=0, counted_months__gte=0),
                name="accounts_switch_figures",
            ),
        )
