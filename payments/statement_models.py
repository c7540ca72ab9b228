"""What banks say of our own accounts (对账单、余额调节表): kept as it came, beside the books."""

from django.db import models
from django.db.models.functions import Now

from payments.ledger.models import Book, Posting


class OwnAccount(models.Model):
    """A bank account (本单位银行账户) beside a ledger account of a book. Append-only.

    Several may stand beside one: what its banks say together is held against its balance. It
    rests on the case by which two persons registered it.
    """

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    code = models.CharField("科目代码", max_length=12)
    bank = models.CharField("银行", max_length=8)
    number = models.CharField("账号", max_length=34)
    case_id = models.BigIntegerField("业务件")
    recorded_by = models.BigIntegerField("登记人(自然人)")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "本单位银行账户"
        constraints = (
            models.UniqueConstraint(fields=["bank", "number"], name="payments_ownaccount_once"),
        )


class OwnAccountEnd(models.Model):
    """The end of an account of ours (本单位银行账户终止), said by two persons. Append-only."""

    account = models.OneToOneField(
        OwnAccount, models.PROTECT, primary_key=True, related_name="end", verbose_name="账户"
    )
    last_day = models.DateField("销户日期")
    case_id = models.BigIntegerField("业务件")
    recorded_by = models.BigIntegerField("登记人(自然人)")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "本单位银行账户终止"


class BankStatement(models.Model):
    """A statement as received (银行对账单), taken whole or refused whole. Append-only."""

    id = models.AutoField(primary_key=True)
    bank = models.CharField("银行", max_length=8)
    name = models.CharField("文件名", max_length=120)
    size = models.BigIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    accepted = models.BooleanField("接收")
    account = models.ForeignKey(
        OwnAccount, models.PROTECT, null=True, verbose_name="本单位银行账户"
    )
    number = models.CharField("对账单号", max_length=40, blank=True)
    start_date = models.DateField("起始日", null=True)
    end_date = models.DateField("截止日", null=True)
    opening_fen = models.BigIntegerField("期初余额(分)", null=True)
    closing_fen = models.BigIntegerField("期末余额(分)", null=True)
    line_count = models.IntegerField("笔数", default=0)
    code = models.CharField("拒收代码", max_length=40, blank=True)
    line = models.BigIntegerField("拒收行", null=True)
    detail = models.CharField("拒收原因", max_length=300, blank=True)
    received_by = models.BigIntegerField("接收人(自然人)")
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "银行对账单"
        constraints = (
            models.UniqueConstraint(fields=["bank", "sha256"], name="payments_statement_once"),
            models.UniqueConstraint(
                fields=["account", "start_date"],
                name="payments_statement_day_once",
                condition=models.Q(accepted=True),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted=False, account__isnull=True)
                | models.Q(
                    accepted=True,
                    account__isnull=False,
                    opening_fen__gte=0,
                    closing_fen__gte=0,
                    end_date__gte=models.F("start_date"),
                ),
                name="payments_statement_taken_is_whole",
            ),
        )


class StatementLine(models.Model):
    """One movement on an account, as the bank says it (对账单明细). Append-only; above zero: in."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(BankStatement, models.PROTECT, verbose_name="对账单")
    seq = models.IntegerField("序号")
    day = models.DateField("记账日")
    fen = models.BigIntegerField("发生额(分,收为正)")
    balance_fen = models.BigIntegerField("余额(分)")
    bank_ref = models.CharField("银行流水号", max_length=40, blank=True)
    our_ref = models.CharField("我方编号", max_length=40, blank=True)
    counter_account = models.CharField("对方账号", max_length=40, blank=True)
    counter_name = models.CharField("对方户名", max_length=150, blank=True)
    summary = models.CharField("摘要", max_length=150, blank=True)

    class Meta:
        verbose_name = "对账单明细"
        constraints = (
            models.UniqueConstraint(fields=["statement", "seq"], name="payments_line_once"),
            models.CheckConstraint(condition=~models.Q(fen=0), name="payments_line_moves"),
        )


class MatchKind(models.TextChoices):
    """Why a line of a statement and the books say the same."""

    REFERENCE = "REFERENCE", "编号相符"
    AMOUNT = "AMOUNT", "金额、方向唯一相符"
    REVERSED = "REVERSED", "银行冲正抵销"
    BOOKED = "BOOKED", "按对账单记账"


class LineMatch(models.Model):
    """A line that is settled (已核对的明细): with a posting, or with the line that the bank took
    back. Append-only; the lines of a posting make up its whole amount. It counts while the voucher
    is not reversed: then the line is open again."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(StatementLine, models.PROTECT, verbose_name="对账单明细")
    posting = models.ForeignKey(Posting, models.PROTECT, null=True, verbose_name="分录")
    other = models.ForeignKey(
        StatementLine, models.PROTECT, null=True, related_name="+", verbose_name="冲正的明细"
    )
    kind = models.CharField("方式", max_length=9, choices=MatchKind.choices)
    matched_at = models.DateTimeField("核对时间", db_default=Now())

    class Meta:
        verbose_name = "对账单核对"
        constraints = (
            models.UniqueConstraint(fields=["line", "posting"], name="payments_match_once"),
            models.CheckConstraint(
                condition=models.Q(kind="REVERSED", posting__isnull=True, other__isnull=False)
                | (
                    ~models.Q(kind="REVERSED") & models.Q(posting__isnull=False, other__isnull=True)
                ),
                name="payments_match_with_one",
            ),
        )


class BalanceTable(models.Model):
    """A 银行存款余额调节表 as its maker laid it down (余额调节表). Append-only.

    What it says of the books and of the bank is in its digest, which maker and reviewer sign.
    """

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    code = models.CharField("科目代码", max_length=12)
    month = models.DateField("月份")
    book_fen = models.BigIntegerField("账面余额(分)")
    bank_fen = models.BigIntegerField("对账单余额(分)")
    rest_fen = models.BigIntegerField("未查明差额(分)")
    rest_reason = models.CharField("差额说明", max_length=200, blank=True)
    rest_owner = models.BigIntegerField("差额责任人(自然人)", null=True)
    content = models.TextField("内容")  # canonical JSON, as it is printed
    digest = models.CharField("内容摘要", max_length=64)
    made_by = models.BigIntegerField("编制人(自然人)")
    made_at = models.DateTimeField("编制时间")

    class Meta:
        verbose_name = "银行存款余额调节表"
        constraints = (
            models.UniqueConstraint(
                fields=["book", "code", "month", "digest"], name="payments_balancetable_once"
            ),
            models.CheckConstraint(
                condition=models.Q(rest_fen=0, rest_reason="", rest_owner__isnull=True)
                | (
                    ~models.Q(rest_fen=0)
                    & ~models.Q(rest_reason="")
                    & models.Q(rest_owner__isnull=False)
                ),
                name="payments_balancetable_rest_is_owned",
            ),
        )
