"""Payees' accounts, batches, attempts, outcomes, bank files (收款账户、发放批次、回盘).

What the banks say of proposed accounts, and from when changes count: ``account_models.py``; what
must be known before a seal: ``condition_models.py``; what banks say of our own accounts:
``statement_models.py``; what a fund may spend and asks for: ``funding_models.py``; what one side
alone knows: ``open_item_models.py``; who opened what before signing: ``opened_models.py``.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models.functions import Now

from backend.people.models import CURRENT, ClockTimestamp, Dated, Party
from payments.account_models import (
    AccountAnswer,
    AccountAnswerFile,
    AccountChange,
    AccountCheck,
    AccountCheckFile,
)
from payments.condition_models import SealCondition
from payments.funding_models import FundRequest
from payments.ledger.models import Book
from payments.open_item_models import OpenItem
from payments.opened_models import BatchOpened
from payments.refusal_models import BatchRefusal
from payments.statement_models import (
    BalanceTable,
    BankStatement,
    LineMatch,
    OwnAccount,
    StatementLine,
)

__all__ = (
    "AccountAnswer",
    "AccountAnswerFile",
    "AccountBlock",
    "AccountChange",
    "AccountCheck",
    "AccountCheckFile",
    "Attempt",
    "BalanceTable",
    "BankFile",
    "BankSerial",
    "BankStatement",
    "Batch",
    "BatchKind",
    "BatchOpened",
    "BatchRefusal",
    "BatchState",
    "Chunk",
    "Discrepancy",
    "DiscrepancyKind",
    "FundRequest",
    "LineMatch",
    "OpenItem",
    "Outcome",
    "OutcomeState",
    "OwnAccount",
    "PayeeAccount",
    "ReturnFile",
    "SealCondition",
    "StatementLine",
    "Withdrawn",
)


class PayeeAccount(Dated):
    """A payee's bank account in time (收款账户)."""

    payee = models.ForeignKey(  # looked up once per statement (migration 0002)
        Party, models.PROTECT, db_constraint=False, verbose_name="收款人"
    )
    bank = models.CharField("银行", max_length=8)
    account_no = models.CharField("账号", max_length=32)
    holder_name = models.CharField("户名", max_length=150)
    case_id = models.BigIntegerField("业务编号", null=True)  # null: from the signed baseline

    class Meta:
        verbose_name = "收款账户"
        indexes = (
            models.Index(fields=["account_no"], name="payments_account_no", condition=CURRENT),
        )
        constraints = (
            models.UniqueConstraint(  # overlaps are refused by a trigger: migration 0002
                "payee",
                RangeStartsWith("valid"),
                name="payments_account_one_at_a_time",
                condition=CURRENT,
            ),
        )


class BatchState(models.TextChoices):
    """Where a batch stands (批次状态): each state is reached from the one before, never back."""

    DRAFT = "DRAFT", "生成中"
    EMPTY = "EMPTY", "空批次"  # sealed with nothing in it: goes nowhere
    SEALED = "SEALED", "已封存"
    CHECKED = "CHECKED", "已复核"
    APPROVED = "APPROVED", "已审批"
    SENDING = "SENDING", "报盘中"  # from here the file's bytes are never written again
    SENT = "SENT", "已送银行"
    RETURNED = "RETURNED", "已回盘"
    RECONCILED = "RECONCILED", "已平账"
    CLOSED = "CLOSED", "已归档"


class BatchKind(models.TextChoices):
    """First payment, reissue, what left personal accounts to persons, what is granted once, what
    employers get back, or what had been returned and was found to be paid (never sent)."""

    REGULAR = "REGULAR", "首发"
    REISSUE = "REISSUE", "二次发放"
    ACCOUNT = "ACCOUNT", "账户支付"
    GRANT = "GRANT", "一次性待遇"
    EMPLOYER = "EMPLOYER", "单位返还"
    FOUND = "FOUND", "查明已付"


class Batch(models.Model):
    """A batch (发放批次) of one book and one bank; what is signed is its digest."""

    id = models.AutoField(primary_key=True)
    no = models.CharField("批次号", max_length=40, unique=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    bank = models.CharField("银行", max_length=8)
    kind = models.CharField("类别", max_length=8, choices=BatchKind.choices)
    period = models.DateField("发放月份")
    ordinal = models.SmallIntegerField("序次", default=1)
    pay_date = models.DateField("发放日")
    state = models.CharField(
        "状态", max_length=10, choices=BatchState.choices, default=BatchState.DRAFT
    )
    line_count = models.BigIntegerField("笔数", default=0)
    fen = models.BigIntegerField("金额(分)", default=0)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    made_by = models.BigIntegerField("制单人(自然人)", null=True)  # null: by the monthly run
    checked_by = models.BigIntegerField("复核人(自然人)", null=True)
    approved_by = models.BigIntegerField("审批人(自然人)", null=True)
    sent_by = models.BigIntegerField("放款人(自然人)", null=True)
    sealed_at = models.DateTimeField("封存时间", null=True)
    sent_at = models.DateTimeField("送盘时间", null=True)
    closed_at = models.DateTimeField("归档时间", null=True)

    class Meta:
        verbose_name = "发放批次"
        constraints = (
            models.UniqueConstraint(
                fields=["book", "bank", "period", "kind", "ordinal"], name="payments_batch_once"
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{a}__isnull": True})
                    | models.Q(**{f"{b}__isnull": True})
                    | ~models.Q(**{a: models.F(b)}),
                    name=f"payments_batch_{a[:-3]}_is_not_{b[:-3]}",
                )
                for a, b in (
                    ("made_by", "checked_by"),
                    ("made_by", "approved_by"),
                    ("made_by", "sent_by"),
                    ("checked_by", "approved_by"),
                    ("checked_by", "sent_by"),
                    ("approved_by", "sent_by"),
                )
            ),
        )


class Chunk(models.Model):
    """The lower level of a batch's digest (分块摘要), written at seal. Append-only."""

    pk = models.CompositePrimaryKey("batch_id", "chunk")
    batch = models.ForeignKey(Batch, models.PROTECT, db_index=False)
    chunk = models.IntegerField("分块")
    line_count = models.BigIntegerField("笔数")
    fen = models.BigIntegerField("金额(分)")
    digest = models.BinaryField("摘要")

    class Meta:
        verbose_name = "批次分块"


class Attempt(models.Model):
    """The n-th attempt to pay a due (发放明细). Append-only; n > 1 rests on a returned n − 1.

    ``parts`` are fen by expense item of the fund, in the order of the chart; they sum to ``fen``.
    """

    pk = models.CompositePrimaryKey("due_ref", "n")
    due_ref = models.BigIntegerField("应发编号")
    n = models.SmallIntegerField("次数")
    batch_id = models.IntegerField("批次")
    chunk = models.IntegerField("分块")
    payee_id = models.BigIntegerField("收款人")
    fen = models.BigIntegerField("金额(分)")
    parts = ArrayField(models.BigIntegerField(), verbose_name="按支出项目(分)")
    account_no = models.TextField("账号")
    holder_name = models.TextField("户名")
    returned_n = models.SmallIntegerField("上次", null=True)
    returned_state = models.SmallIntegerField("上次结果", null=True)
    from_liability = models.BooleanField("由暂收款支付", db_default=False)  # see postings.py

    class Meta:
        verbose_name = "发放明细"
        indexes = (models.Index(fields=["batch_id", "chunk"], name="payments_attempt_batch"),)


class OutcomeState(models.IntegerChoices):
    """What the bank said of an attempt. The highest state counts; PAID may only be followed by
    RETURNED (a bank's reversal), RETURNED by nothing."""

    SILENT = 1, "银行未回"
    UNKNOWN = 2, "结果不明"
    DUPLICATE = 3, "重复回盘"
    AMOUNT_DIFFERS = 4, "金额不符"
    NAME_DIFFERS = 5, "户名不符已付"
    PAID = 8, "银行已入账"
    RETURNED = 9, "银行退回"


class Outcome(models.Model):
    """One answer on one attempt (发放结果). Append-only."""

    pk = models.CompositePrimaryKey("due_ref", "n", "state")
    due_ref = models.BigIntegerField("应发编号")
    n = models.SmallIntegerField("次数")
    state = models.SmallIntegerField("结果", choices=OutcomeState.choices)
    fen = models.BigIntegerField("银行金额(分)")
    reason = models.CharField("原因", max_length=20, blank=True)
    return_file_id = models.IntegerField("回盘文件", null=True)
    case_id = models.BigIntegerField("业务编号", null=True)  # a decision of two persons

    class Meta:
        verbose_name = "发放结果"
        # Of the few that move money or need people; the many that are simply paid cost nothing.
        indexes = (
            models.Index(
                fields=["return_file_id"],
                name="payments_outcome_not_paid",
                condition=~models.Q(state=8),
            ),
            models.Index(
                fields=["case_id"],
                name="payments_outcome_decided",
                condition=models.Q(case_id__isnull=False),
            ),
        )


class AccountBlock(models.Model):
    """An account not paid to (停用账户): the bank refused it, until it is corrected; or its payee
    does not know it, until that is decided."""

    account = models.OneToOneField(PayeeAccount, models.PROTECT, primary_key=True)
    reason = models.CharField("原因", max_length=20)
    due_ref = models.BigIntegerField("应发编号", null=True)
    n = models.SmallIntegerField("次数", null=True)
    case_id = models.BigIntegerField("业务编号", null=True)  # by which the payee says so
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "停用账户"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(due_ref__isnull=False, n__isnull=False, case_id__isnull=True)
                | models.Q(due_ref__isnull=True, n__isnull=True, case_id__isnull=False),
                name="payments_block_by_bank_or_payee",
            ),
        )


class Withdrawn(models.Model):
    """A due not to be paid again (撤回): returned, then found not to be owed. Append-only."""

    due_ref = models.BigIntegerField("应发编号", primary_key=True)
    source = models.CharField("来源", max_length=40)

    class Meta:
        verbose_name = "撤回"


class BankSerial(models.Model):
    """The last file serial of a bank (报盘序号): a counter row, so that numbers have no gaps."""

    bank = models.CharField("银行", max_length=8, primary_key=True)
    last = models.IntegerField("最后序号", default=0)

    class Meta:
        verbose_name = "报盘序号"


class BankFile(models.Model):
    """An instruction file (报盘文件). Serial and expected SHA-256 are committed before it goes."""

    id = models.AutoField(primary_key=True)
    batch = models.OneToOneField(Batch, models.PROTECT, verbose_name="批次")
    bank = models.CharField("银行", max_length=8)
    serial = models.IntegerField("序号")
    name = models.CharField("文件名", max_length=80)
    size = models.BigIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    committed_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "报盘文件"
        constraints = (
            models.UniqueConstraint(fields=["bank", "serial"], name="payments_bankfile_serial"),
        )


class ReturnFile(models.Model):
    """A return file as received (回盘文件), taken whole or refused whole. Append-only."""

    id = models.AutoField(primary_key=True)
    bank = models.CharField("银行", max_length=8)
    name = models.CharField("文件名", max_length=120)
    size = models.BigIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    accepted = models.BooleanField("接收")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, verbose_name="批次")
    part = models.SmallIntegerField("回盘次序", null=True)
    line_count = models.BigIntegerField("笔数", default=0)
    code = models.CharField("拒收代码", max_length=40, blank=True)
    line = models.BigIntegerField("拒收行", null=True)
    detail = models.CharField("拒收原因", max_length=300, blank=True)
    received_by = models.BigIntegerField("接收人(自然人)", null=True)
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "回盘文件"
        constraints = (
            models.UniqueConstraint(fields=["bank", "sha256"], name="payments_return_once"),
            models.UniqueConstraint(
                fields=["batch", "part"],
                name="payments_return_part_once",
                condition=models.Q(accepted=True),
            ),
        )


class DiscrepancyKind(models.TextChoices):
    """Why a line needs a person."""

    RETURNED = "RETURNED", "银行退回"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS", "金额不符"
    NAME_DIFFERS = "NAME_DIFFERS", "户名不符已付"
    UNKNOWN = "UNKNOWN", "结果不明"
    DUPLICATE = "DUPLICATE", "重复回盘"
    SILENT = "SILENT", "银行未回"
    LATE_RETURN = "LATE_RETURN", "入账后退回"
    EXTRA = "EXTRA", "非我方明细"
    OTHER_BATCH = "OTHER_BATCH", "他批次明细"


class Discrepancy(models.Model):
    """A line that is not simply paid (对账差异), with owner and proposal, until two people decide
    or a reissue pays it."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="批次")
    return_file = models.ForeignKey(ReturnFile, models.PROTECT, verbose_name="回盘文件")
    kind = models.CharField("类别", max_length=16, choices=DiscrepancyKind.choices)
    ref = models.CharField("明细编号", max_length=40)
    due_ref = models.BigIntegerField("应发编号", null=True)  # null: the line is not ours
    n = models.SmallIntegerField("次数", null=True)
    instructed_fen = models.BigIntegerField("应付(分)", null=True)
    bank_fen = models.BigIntegerField("银行金额(分)", null=True)
    bank_name = models.CharField("银行户名", max_length=150, blank=True)
    reason = models.CharField("原因", max_length=20, blank=True)
    proposal = models.CharField("建议", max_length=20)
    owner_role = models.CharField("责任岗位", max_length=16)
    owner_staff_id = models.BigIntegerField("责任人", null=True)
    opened_at = models.DateTimeField("登记时间", db_default=Now())
    decision = models.CharField("处理", max_length=20, blank=True)
    case_id = models.BigIntegerField("业务编号", null=True)
    closed_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = "对账差异"
        indexes = (
            models.Index(
                fields=["batch", "kind"],
                name="payments_discrepancy_open",
                condition=models.Q(closed_at__isnull=True),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["due_ref", "n", "kind"],
                name="payments_discrepancy_once",
                condition=models.Q(due_ref__isnull=False, closed_at__isnull=True),
            ),
        )
