"""What is owed, what came in, what it paid (应缴、入库、核销): rows only grow.

What is owed stands in ``bill_models.py``, what one fund pays into another in ``fund_models.py``,
what goes back through the treasury in ``refund_models.py``.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from backend.people.models import ClockTimestamp
from insurance.collection.bill_models import (
    ArrearsBaseline,
    Bill,
    BillChange,
    BillChunk,
    BillLine,
    BillMode,
    BillRun,
    BillRunKind,
    Channel,
    Deferral,
    FixedAmount,
    LinePart,
    NotBilled,
    PayerKind,
    RunState,
    Undeclared,
)
from insurance.collection.fund_models import FundLine, FundList, FundPayment, FundReceipt
from insurance.collection.refund_models import (
    AdvanceUse,
    RefundAdvance,
    RefundAnswer,
    RefundOutcome,
    RefundState,
    RefundTrouble,
    SentRefund,
    TreasuryRefund,
)

__all__ = (
    "AdvanceUse",
    "Allocation",
    "ArrearsBaseline",
    "Bill",
    "BillChange",
    "BillChunk",
    "BillLine",
    "BillMode",
    "BillRun",
    "BillRunKind",
    "Channel",
    "DeclaredLine",
    "Deferral",
    "Finding",
    "FindingKind",
    "FixedAmount",
    "FundLine",
    "FundList",
    "FundPayment",
    "FundReceipt",
    "LinePart",
    "Match",
    "MatchKind",
    "MatchTotal",
    "NotBilled",
    "PayerKind",
    "Receipt",
    "RefundAdvance",
    "RefundAnswer",
    "RefundOutcome",
    "RefundState",
    "RefundTrouble",
    "RunState",
    "SentRefund",
    "SentRun",
    "SentSetOff",
    "Suspense",
    "SuspenseReason",
    "TaxFile",
    "TaxFileKind",
    "TreasuryRefund",
    "Undeclared",
)


class TaxFileKind(models.TextChoices):
    """What a file of the tax bureau or the treasury tells (税务、国库文件)."""

    BILLS = "BILLS", "核定应缴(送税务)"
    DECLARATIONS = "DECLARATIONS", "申报明细"
    RECEIPTS = "RECEIPTS", "入库明细"
    TRANSFERS = "TRANSFERS", "国库划转财政专户"
    REFUNDS = "REFUNDS", "应退库(送国库)"
    REFUNDED = "REFUNDED", "退库回执"


class TaxFile(models.Model):
    """A file from or to the tax bureau (税务文件): taken whole, or refused with line and reason; of
    bills and refunds it is the tax bureau that refuses.

    Append-only. The serial is without gaps by kind: a file whose predecessor is missing waits. A
    refused file is recorded once for each reason.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=12, choices=TaxFileKind.choices)
    period = models.DateField("业务月份", null=True)
    serial = models.IntegerField("序号", null=True)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64)
    accepted = models.BooleanField("已接收")
    row_count = models.IntegerField("行数", null=True)
    fen = models.BigIntegerField("金额(分)", null=True)
    code = models.CharField("拒收代码", max_length=60, blank=True)
    line = models.IntegerField("拒收行", null=True)
    detail = models.CharField("拒收原因", max_length=300, blank=True)
    received_by = models.BigIntegerField("接收人(自然人)", null=True)
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "税务文件"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "sha256"],
                name="collection_file_once",
                condition=models.Q(accepted=True, row_count__gt=0),  # days without rows look alike
            ),
            models.UniqueConstraint(
                fields=["kind", "serial"],
                name="collection_file_serial_once",
                condition=models.Q(accepted=True),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted=True, code="")
                & models.Q(row_count__isnull=False, fen__isnull=False, serial__isnull=False)
                | models.Q(accepted=False) & ~models.Q(code=""),
                name="collection_file_reason",
            ),
        )

    @property
    def owner_role(self) -> str:
        """Who sees to it that our files reach the tax bureau (责任岗位); nobody of other files."""
        ours = self.kind in (TaxFileKind.BILLS, TaxFileKind.REFUNDS)
        return "FINANCE" if ours and not self.accepted else ""


class SentRun(models.Model):
    """Whose bills a file to the tax bureau holds (已送税务的核定批次). Append-only."""

    run = models.OneToOneField(
        BillRun, models.PROTECT, primary_key=True, related_name="sent", verbose_name="核定批次"
    )
    file = models.ForeignKey(TaxFile, models.PROTECT, verbose_name="核定应缴文件")

    class Meta:
        verbose_name = "已送税务的核定批次"


class Receipt(models.Model):
    """Money that came in, as the tax bureau tells it (入库款). Append-only; what it names may be
    nobody's here."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(TaxFile, models.PROTECT, verbose_name="入库明细文件")
    line = models.IntegerField("行")
    tax_no = models.CharField("税票号", max_length=40, unique=True)
    channel = models.CharField("渠道", max_length=6, choices=Channel.choices)
    late_fee = models.BooleanField("滞纳金")
    payer_number = models.CharField("缴款人号码", max_length=60)
    payer_name = models.CharField("缴款人名称", max_length=150)
    payer_id = models.BigIntegerField("缴款人", null=True)  # NULL: the number is nobody's here
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份", null=True)
    person_number = models.CharField("参保人号码", max_length=60, blank=True)
    person_id = models.BigIntegerField("参保人", null=True)
    # Of whom nobody knows here.
    person_name = models.CharField("参保人姓名", max_length=150, blank=True, db_default="")
    part = models.SmallIntegerField("款项", choices=LinePart.choices, null=True)
    fen = models.BigIntegerField("金额(分)")
    arrived = models.DateField("入库日期")

    class Meta:
        verbose_name = "入库款"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_receipt_fen"),
        )


class DeclaredLine(models.Model):
    """A person's line in an employer's declaration at the tax bureau (申报明细). Append-only."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(TaxFile, models.PROTECT, verbose_name="申报明细文件")
    line = models.IntegerField("行")
    payer_number = models.CharField("单位号码", max_length=60)
    payer_id = models.BigIntegerField("单位", null=True)
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    person_number = models.CharField("人员号码", max_length=60)
    person_name = models.CharField("姓名", max_length=150)
    search_name = models.CharField("检索名", max_length=150)
    person_id = models.BigIntegerField("人员", null=True)
    base_fen = models.BigIntegerField("缴费基数(分)")
    fen = models.BigIntegerField("申报金额(分)")

    class Meta:
        verbose_name = "申报明细"
        constraints = (
            models.UniqueConstraint(fields=["file", "line"], name="collection_declared_once"),
        )


class FindingKind(models.TextChoices):
    """What the comparisons of declarations with register and money found (比对结果)."""

    OTHER_AMOUNT = "OTHER_AMOUNT", "金额不符"
    OTHER_PERSON = "OTHER_PERSON", "人员不符"
    PAID_WITHOUT_REGISTER = "PAID_WITHOUT_REGISTER", "已缴费未登记"
    REGISTER_WITHOUT_PAYMENT = "REGISTER_WITHOUT_PAYMENT", "已登记未缴费"
    NOT_DECLARED = "NOT_DECLARED", "整月未申报"
    DUPLICATE = "DUPLICATE", "重复缴费"
    DECLARED_NOT_PAID = "DECLARED_NOT_PAID", "已申报未入库"
    PAID_NOT_DECLARED = "PAID_NOT_DECLARED", "已入库未申报"
    PAID_OTHER_AMOUNT = "PAID_OTHER_AMOUNT", "入库与申报不符"


class Finding(models.Model):
    """Declaration and register, or the money, differ (比对差异): with an owner, until settled.

    ``declared`` is the first of the lines that it is about. What later files or lines put right is
    closed with the decision ``GONE`` and may be found again; what people settled stays settled. Of
    money, ``gone_file`` is the file that put it right.
    """

    GONE = "GONE"

    id = models.BigAutoField(primary_key=True)
    period = models.DateField("业务月份")
    kind = models.CharField("类别", max_length=24, choices=FindingKind.choices)
    payer_id = models.BigIntegerField("单位", null=True)
    payer_number = models.CharField("单位号码", max_length=60, blank=True)
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    person_id = models.BigIntegerField("人员", null=True)
    declared = models.ForeignKey(DeclaredLine, models.PROTECT, null=True, verbose_name="申报明细")
    declared_fen = models.BigIntegerField("申报金额(分)")
    registered_fen = models.BigIntegerField("登记应缴(分)")
    received_fen = models.BigIntegerField("入库金额(分)", db_default=0)
    owner_role = models.CharField("责任岗位", max_length=16)
    owner_staff_id = models.BigIntegerField("责任人", null=True)
    opened_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    decision = models.CharField("处理", max_length=20, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)
    closed_at = models.DateTimeField("处理时间", null=True)
    gone_file = models.ForeignKey(
        TaxFile, models.PROTECT, null=True, db_index=False, verbose_name="使之相符的文件"
    )

    class Meta:
        verbose_name = "比对差异"
        constraints = (
            models.UniqueConstraint(
                fields=[
                    *("period", "scheme", "month", "payer_id", "person_id", "kind", "declared"),
                    *("declared_fen", "registered_fen", "received_fen"),
                ],
                name="collection_finding_once",
                condition=~models.Q(decision="GONE"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(gone_file__isnull=True) | models.Q(decision="GONE"),
                name="collection_finding_gone_by",
            ),
        )


class MatchKind(models.TextChoices):
    """What was matched together (核销种类)."""

    CREDITS = "CREDITS", "抵缴"  # more was matched than is billed now
    RECEIPTS = "RECEIPTS", "入库核销"
    SUSPENSE = "SUSPENSE", "待处理款核销"
    REFUND = "REFUND", "退费"
    UNDONE = "UNDONE", "退库撤回"  # what did not go back after all stays where it was


class Match(models.Model):
    """Allocations made together (核销批次): all receipts of a file, credits, or one decision.

    It is open while its summary is missing, and closed for ever in the transaction that made it.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("种类", max_length=8, choices=MatchKind.choices)
    period = models.DateField("业务月份")
    file = models.ForeignKey(TaxFile, models.PROTECT, null=True, verbose_name="入库明细文件")
    case_id = models.BigIntegerField("业务编号", null=True)
    matched_on = models.DateField("核销日期")
    order_source = models.CharField("核销顺序依据", max_length=200, blank=True)
    summary = models.JSONField("汇总", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "核销批次"
        constraints = (
            models.UniqueConstraint(
                fields=["file"],
                name="collection_match_file_once",
                condition=models.Q(kind="RECEIPTS"),
            ),
            models.UniqueConstraint(
                fields=["case_id"],
                name="collection_match_case_once",
                condition=models.Q(case_id__isnull=False),
            ),
        )

    @property
    def pays_by_receipts(self) -> bool:
        """Its allocations name receipts; those of credits and refunds the key that gives."""
        return self.kind in (MatchKind.RECEIPTS, MatchKind.SUSPENSE)


class SentSetOff(models.Model):
    """By which set-offs a file of bills asks for less (已计入应缴文件的抵缴). Append-only."""

    match = models.OneToOneField(
        Match, models.PROTECT, primary_key=True, related_name="sent", verbose_name="核销批次"
    )
    file = models.ForeignKey(TaxFile, models.PROTECT, verbose_name="核定应缴文件")

    class Meta:
        verbose_name = "已计入应缴文件的抵缴"


class Allocation(models.Model):
    """So much of some funds pays a line key (核销). Append-only.

    ``funds_id`` is a receipt's number; for credits the key that gives. A credit or refund takes
    from a key by an amount below zero. ``account_fen`` is what of it the personal account gains.
    """

    pk = models.CompositePrimaryKey("key_id", "match_id", "funds_id")
    key_id = models.BigIntegerField("款项编号")
    match = models.ForeignKey(  # rows of a match lie together: a block range index finds them
        Match, models.PROTECT, db_constraint=False, db_index=False, verbose_name="核销批次"
    )
    funds_id = models.BigIntegerField("资金编号")
    fen = models.BigIntegerField("金额(分)")
    account_fen = models.BigIntegerField("其中记入个人账户(分)")

    class Meta:
        verbose_name = "核销"
        indexes = (BrinIndex(fields=["match"], name="collection_allocation_match"),)


class MatchTotal(models.Model):
    """What a match paid of a payer's month (核销合计). Append-only.

    It is the sum of its allocations, as a bill is that of its lines.

    ``arrived`` is when the money came in; of credits and refunds the day of the match.
    """

    pk = models.CompositePrimaryKey("payer_id", "scheme", "month", "part", "arrived", "match_id")
    payer_id = models.BigIntegerField("缴款人")
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    part = models.SmallIntegerField("款项", choices=LinePart.choices)
    arrived = models.DateField("入库日期")
    match = models.ForeignKey(Match, models.PROTECT, verbose_name="核销批次")
    fen = models.BigIntegerField("金额(分)")
    account_fen = models.BigIntegerField("其中记入个人账户(分)")

    class Meta:
        verbose_name = "核销合计"


class SuspenseReason(models.TextChoices):
    """Why funds are left (待处理原因); the names of ``match.Rest``."""

    UNKNOWN_PAYER = "UNKNOWN_PAYER", "缴款人不明"
    WRONG_PERSON = "WRONG_PERSON", "缴款人名下没有此人的应缴"
    NOTHING_OWED = "NOTHING_OWED", "没有对应的应缴"
    OVERPAID = "OVERPAID", "多缴"
    CLOSED = "CLOSED", "应缴已过缴费截止日"


class Suspense(models.Model):
    """What of a receipt pays nothing yet (待处理款), with an owner, until two people decide."""

    id = models.BigAutoField(primary_key=True)
    receipt = models.ForeignKey(Receipt, models.PROTECT, verbose_name="入库款")
    match = models.ForeignKey(Match, models.PROTECT, verbose_name="核销批次")
    fen = models.BigIntegerField("金额(分)")
    reason = models.CharField("原因", max_length=16, choices=SuspenseReason.choices)
    owner_role = models.CharField("责任岗位", max_length=16)
    owner_staff_id = models.BigIntegerField("责任人", null=True)
    opened_on = models.DateField("登记日期")  # its age counts from here
    decision = models.CharField("处理", max_length=12, blank=True)  # MATCH or REFUND
    case_id = models.BigIntegerField("业务编号", null=True)
    closed_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = "待处理款"
        constraints = (
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="collection_suspense_fen"),
            models.UniqueConstraint(
                fields=["receipt"],
                name="collection_suspense_one_open",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.UniqueConstraint(fields=["receipt", "match"], name="collection_suspense_once"),
        )
