"""What goes back through the treasury (退库): decided, listed, answered."""

from django.db import models
from django.db.models.functions import Now

from insurance.collection.bill_models import Channel, LinePart


class RefundState(models.TextChoices):
    """Where an owed refund stands (退库状态)."""

    DECIDED = "DECIDED", "已决定待送"  # no list to the treasury holds it yet
    LISTED = "LISTED", "已送国库"
    REFUSED = "REFUSED", "国库未退"  # finance decides what follows
    PART = "PART", "国库只退了一部分"  # finance asks for the rest
    PAID = "PAID", "已退库"
    WITHDRAWN = "WITHDRAWN", "已撤回"  # the money stays, as what it was before the decision


class TreasuryRefund(models.Model):
    """Money that a decision lets go back (应退库款), by line: of a payer's month and part, or of
    a suspense. Register and accounts follow the decision, the ledger the treasury's payment.

    ``attempt`` counts how often the treasury is asked.
    """

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField("决定的业务编号")
    match = models.ForeignKey(
        "Match", models.PROTECT, null=True, related_name="refunds", verbose_name="退费核销"
    )
    suspense = models.OneToOneField("Suspense", models.PROTECT, null=True, verbose_name="待处理款")
    channel = models.CharField("渠道", max_length=6, choices=Channel.choices)
    payer_id = models.BigIntegerField("缴款人", null=True)
    person_id = models.BigIntegerField("参保人", null=True)
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份", null=True)
    part = models.SmallIntegerField("款项", choices=LinePart.choices, null=True)
    fen = models.BigIntegerField("金额(分)")
    decided_on = models.DateField("决定日期")
    state = models.CharField(
        "状态", max_length=9, choices=RefundState.choices, default=RefundState.DECIDED
    )
    attempt = models.SmallIntegerField("送出次数", default=1)
    again_case_id = models.BigIntegerField("再送的业务编号", null=True)
    undone = models.ForeignKey(
        "Match", models.PROTECT, null=True, related_name="withdrawn", verbose_name="撤回核销"
    )

    class Meta:
        verbose_name = "应退库款"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_refund_fen"),
            models.CheckConstraint(
                condition=models.Q(match__isnull=True) ^ models.Q(suspense__isnull=True),
                name="collection_refund_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(match__isnull=True)
                | models.Q(payer_id__isnull=False, month__isnull=False, part__isnull=False),
                name="collection_refund_of_what",
            ),
            models.CheckConstraint(
                condition=models.Q(state="WITHDRAWN", undone__isnull=False)
                | ~models.Q(state="WITHDRAWN") & models.Q(undone__isnull=True),
                name="collection_refund_withdrawn",
            ),
            models.UniqueConstraint(
                fields=["match", "payer_id", "month", "part"], name="collection_refund_once"
            ),
        )
        indexes = (
            models.Index(fields=["payer_id"], name="collection_refund_payer"),
            models.Index(
                fields=["state"],
                name="collection_refund_open",
                condition=~models.Q(state__in=("PAID", "WITHDRAWN")),
            ),
        )

    @property
    def number(self) -> str:
        """How the list calls it."""
        return f"{self.pk}-{self.attempt}"

    @property
    def owner_role(self) -> str:
        """Who has to do something about it (责任岗位)."""
        return "FINANCE" if self.state in (RefundState.REFUSED, RefundState.PART) else ""


class SentRefund(models.Model):
    """Which list to the treasury asked for a refund (已送国库的退库). Append-only."""

    pk = models.CompositePrimaryKey("refund_id", "attempt")
    refund = models.ForeignKey(
        TreasuryRefund, models.PROTECT, db_index=False, verbose_name="应退库款"
    )
    attempt = models.SmallIntegerField("第几次")
    file = models.ForeignKey("TaxFile", models.PROTECT, verbose_name="应退库文件")
    fen = models.BigIntegerField("所列金额(分)")  # what had not gone back by then

    class Meta:
        verbose_name = "已送国库的退库"


class RefundOutcome(models.TextChoices):
    """What the treasury says (国库回执)."""

    PAID = "PAID", "已退"
    REFUSED = "REFUSED", "未退"


class RefundTrouble(models.TextChoices):
    """Why an answer could not be taken for what it says (回执问题)."""

    UNKNOWN = "UNKNOWN", "没有这笔退库"
    OTHER_AMOUNT = "OTHER_AMOUNT", "金额与应退的不符"
    EARLY = "EARLY", "日期早于决定退库"
    ANSWERED = "ANSWERED", "这笔退库没有在等回执"


class RefundAnswer(models.Model):
    """What the treasury answered (退库回执): a line of its file, or entered by two people from its
    paper. What is in trouble changes nothing until two people have looked into it."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey("TaxFile", models.PROTECT, null=True, verbose_name="退库回执文件")
    line = models.IntegerField("行", null=True)
    case_id = models.BigIntegerField("录入的业务编号", null=True)
    refund = models.ForeignKey(TreasuryRefund, models.PROTECT, null=True, verbose_name="应退库款")
    refund_no = models.CharField("退库编号", max_length=40)
    outcome = models.CharField("结果", max_length=7, choices=RefundOutcome.choices)
    document = models.CharField("凭证号", max_length=40, blank=True)
    day = models.DateField("日期")
    fen = models.BigIntegerField("金额(分)")
    reason = models.CharField("未退原因", max_length=200, blank=True)
    trouble = models.CharField("问题", max_length=12, choices=RefundTrouble.choices, blank=True)
    closed_case_id = models.BigIntegerField("处理的业务编号", null=True)
    closed_at = models.DateTimeField("处理时间", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "退库回执"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(file__isnull=False, line__isnull=False, case_id__isnull=True)
                | models.Q(file__isnull=True, line__isnull=True, case_id__isnull=False),
                name="collection_answer_source",
            ),
            models.CheckConstraint(
                condition=models.Q(trouble="", refund__isnull=False, closed_at__isnull=True)
                | ~models.Q(trouble=""),
                name="collection_answer_trouble",
            ),
            models.UniqueConstraint(fields=["file", "line"], name="collection_answer_once"),
            models.UniqueConstraint(
                fields=["case_id", "refund"], name="collection_answer_of_case_once"
            ),
        )

    @property
    def owner_role(self) -> str:
        """Who has to look into it (责任岗位)."""
        return "FINANCE" if self.trouble and self.closed_at is None else ""


class RefundAdvance(models.Model):
    """What the treasury paid and was not owed so (国库多付): booked by two people as an advance
    (暂付款). Append-only; what becomes of it are its uses."""

    id = models.BigAutoField(primary_key=True)
    answer = models.OneToOneField(RefundAnswer, models.PROTECT, verbose_name="退库回执")
    scheme = models.CharField("险种", max_length=3)
    channel = models.CharField("渠道", max_length=6, choices=Channel.choices)
    payer_id = models.BigIntegerField("收款人", null=True)
    fen = models.BigIntegerField("金额(分)")
    case_id = models.BigIntegerField("决定的业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "国库多付"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_advance_fen"),
        )


class AdvanceUse(models.Model):
    """What becomes of an advance (国库多付的去向): it counts to a refund, or came back to the
    treasury by a paper. Append-only; all uses of an advance are no more than it."""

    id = models.BigAutoField(primary_key=True)
    advance = models.ForeignKey(
        RefundAdvance, models.PROTECT, related_name="uses", verbose_name="国库多付"
    )
    refund = models.ForeignKey(
        TreasuryRefund, models.PROTECT, null=True, related_name="advances", verbose_name="应退库款"
    )
    fen = models.BigIntegerField("金额(分)")
    day = models.DateField("日期")
    document = models.CharField("退回的凭证号", max_length=40, blank=True)
    case_id = models.BigIntegerField("决定的业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "国库多付的去向"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_use_fen"),
            models.CheckConstraint(
                condition=models.Q(refund__isnull=False, document="")
                | models.Q(refund__isnull=True) & ~models.Q(document=""),
                name="collection_use_of_one",
            ),
            models.UniqueConstraint(
                fields=["case_id", "advance", "refund"],
                name="collection_use_once",
                nulls_distinct=False,
            ),
        )
