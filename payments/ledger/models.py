"""The fund ledger (基金账): books, chart, months, vouchers, postings, memo register."""

from django.db import models
from django.db.models.functions import Now

from backend.access.models import Agency
from backend.people.models import Party
from payments.ledger.periods import is_year_end


class Book(models.Model):
    """One set of books (账套) = agency × fund; a fund = (scheme, pool region)."""

    id = models.AutoField(primary_key=True)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="经办机构")
    scheme = models.CharField("险种", max_length=3)
    pool_region = models.CharField("统筹区", max_length=6)
    name = models.CharField("名称", max_length=100)

    class Meta:
        verbose_name = "账套"
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "scheme", "pool_region"], name="ledger_book_once"
            ),
        )


class Account(models.Model):
    """An account of a book (会计科目), loaded from the dated chart with its standing."""

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    code = models.CharField("科目代码", max_length=12)
    name = models.CharField("科目名称", max_length=60)
    side = models.CharField("余额方向", max_length=2, choices=(("DR", "借"), ("CR", "贷")))
    standing = models.CharField("依据状态", max_length=12)

    class Meta:
        verbose_name = "会计科目"
        constraints = (
            models.UniqueConstraint(fields=["book", "code"], name="ledger_account_once"),
        )


class LedgerMonth(models.Model):
    """A month of a book (会计月份): its last voucher number, and whether it is closed."""

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    month = models.DateField("月份")
    last_voucher = models.IntegerField("最后凭证号", default=0)
    closed_at = models.DateTimeField("结账时间", null=True)
    closed_by = models.BigIntegerField("结账人(自然人)", null=True)

    class Meta:
        verbose_name = "会计月份"
        constraints = (models.UniqueConstraint(fields=["book", "month"], name="ledger_month_once"),)

    @property
    def year_end(self) -> bool:
        """Whether it is the end of a year (年度结转), written as 31 December."""
        return is_year_end(self.month)


class Entry(models.Model):
    """A voucher (记账凭证), numbered without gaps per book and month. Append-only."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    month = models.DateField("月份")
    voucher_no = models.IntegerField("凭证号")
    rule = models.CharField("记账规则", max_length=40)
    source = models.CharField("来源", max_length=40)
    source_id = models.CharField("来源编号", max_length=80)
    summary = models.CharField("摘要", max_length=120)
    attachments = models.SmallIntegerField("附件张数", default=0)
    red = models.BooleanField("红字", default=False)
    lines = models.SmallIntegerField("分录数")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, verbose_name="冲销凭证")
    business_date = models.DateField("业务日期")
    posted_at = models.DateTimeField("记账时间", db_default=Now())
    posted_by = models.BigIntegerField("制单人(自然人)", null=True)

    class Meta:
        verbose_name = "记账凭证"
        constraints = (
            models.UniqueConstraint(
                fields=["book", "month", "voucher_no"], name="ledger_entry_voucher_once"
            ),
            models.UniqueConstraint(
                fields=["source", "source_id", "rule", "book"], name="ledger_entry_source_once"
            ),
        )

    @property
    def year_end(self) -> bool:
        """Whether it carries a year over."""
        return is_year_end(self.month)


class Posting(models.Model):
    """One line of a voucher (分录). Exactly one side; negative only in red vouchers."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, models.PROTECT, verbose_name="凭证")
    account = models.ForeignKey(Account, models.PROTECT, verbose_name="科目")
    dr_fen = models.BigIntegerField("借方(分)", default=0)
    cr_fen = models.BigIntegerField("贷方(分)", default=0)

    class Meta:
        verbose_name = "分录"
        constraints = (
            models.CheckConstraint(
                condition=(models.Q(dr_fen=0) & ~models.Q(cr_fen=0))
                | (~models.Q(dr_fen=0) & models.Q(cr_fen=0)),
                name="ledger_posting_one_side",
            ),
        )


class MonthBalance(models.Model):
    """An account's balance at a month's close (月末余额): opening + debit − credit. Append-only."""

    id = models.BigAutoField(primary_key=True)
    ledger_month = models.ForeignKey(LedgerMonth, models.PROTECT, verbose_name="会计月份")
    account = models.ForeignKey(Account, models.PROTECT, verbose_name="科目")
    opening_fen = models.BigIntegerField("期初(分,借为正)")
    dr_fen = models.BigIntegerField("本期借方(分)")
    cr_fen = models.BigIntegerField("本期贷方(分)")
    closing_fen = models.BigIntegerField("期末(分,借为正)")

    class Meta:
        verbose_name = "月末余额"
        constraints = (
            models.UniqueConstraint(fields=["ledger_month", "account"], name="ledger_balance_once"),
            models.CheckConstraint(
                condition=models.Q(
                    closing_fen=models.F("opening_fen") + models.F("dr_fen") - models.F("cr_fen")
                ),
                name="ledger_balance_adds_up",
            ),
        )


class MemoKind(models.TextChoices):
    """What the memo register keeps (备查类别)."""

    OVERPAID = "OVERPAID", "多发待追回"
    ARREARS = "ARREARS", "欠费"


class MemoEntry(models.Model):
    """A line of the memo register (备查簿): what is to be recovered or is in arrears. Cash books
    do not know it. Append-only; a settlement is a line with a negative amount.

    Nobody settles more than is owed. But what gave rise to it may turn out not to have been, after
    it was settled: then more came back than was owed, and is paid back.
    """

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    kind = models.CharField("类别", max_length=12, choices=MemoKind.choices)
    party = models.ForeignKey(Party, models.PROTECT, verbose_name="当事人")
    source = models.CharField("来源", max_length=40)
    source_id = models.CharField("来源编号", max_length=80)
    fen = models.BigIntegerField("金额(分)")
    beyond_zero = models.BooleanField("可低于零", db_default=False)  # found to be so, not settled
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "备查簿"
        constraints = (
            models.UniqueConstraint(
                fields=["source", "source_id", "book"], name="ledger_memo_source_once"
            ),
        )
