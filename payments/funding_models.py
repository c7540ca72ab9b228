"""What a fund may spend, asks for and gets in a year (基金预算、用款申请、拨款到账)."""

from django.db import models
from django.db.models.functions import Now

from payments.ledger.models import Book, Entry
from payments.statement_models import StatementLine


class FundBudget(models.Model):
    """The budget of a book's year (基金预算), by expense account. Append-only: the last of a year
    counts."""

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    year = models.SmallIntegerField("年度")
    document = models.CharField("批准文件", max_length=40)
    case_id = models.BigIntegerField("业务件", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "基金预算"


class FundBudgetLine(models.Model):
    """What a budget allows for one expense account (预算项目). Append-only."""

    id = models.AutoField(primary_key=True)
    budget = models.ForeignKey(
        FundBudget, models.PROTECT, related_name="lines", verbose_name="预算"
    )
    code = models.CharField("科目代码", max_length=12)
    fen = models.BigIntegerField("金额(分)")

    class Meta:
        verbose_name = "预算项目"
        constraints = (
            models.UniqueConstraint(fields=["budget", "code"], name="payments_budgetline_once"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="payments_budgetline_above"),
        )


class FundRequest(models.Model):
    """A month's 用款申请, approved: drafted, checked and approved by three. Append-only.

    It is a document, no entry: what arrives upon it is.
    """

    id = models.AutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    month = models.DateField("月份")
    document = models.CharField("申请单号", max_length=40)
    fen = models.BigIntegerField("申请金额(分)")
    case_id = models.BigIntegerField("业务件", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "用款申请"
        constraints = (
            models.UniqueConstraint(fields=["book", "document"], name="payments_fundrequest_once"),
        )


class FundRequestLine(models.Model):
    """What a 用款申请 asks for one expense account (用款项目). Append-only."""

    id = models.AutoField(primary_key=True)
    request = models.ForeignKey(
        FundRequest, models.PROTECT, related_name="lines", verbose_name="用款申请"
    )
    code = models.CharField("科目代码", max_length=12)
    fen = models.BigIntegerField("金额(分)")

    class Meta:
        verbose_name = "用款项目"
        constraints = (
            models.UniqueConstraint(fields=["request", "code"], name="payments_requestline_once"),
            models.CheckConstraint(
                condition=models.Q(fen__gt=0), name="payments_requestline_above"
            ),
        )


class FundRequestBatch(models.Model):
    """A batch that a 用款申请 is for (预计发放批次): it is asked for once. Append-only."""

    batch = models.OneToOneField(
        "payments.Batch", models.PROTECT, primary_key=True, verbose_name="批次"
    )
    request = models.ForeignKey(
        FundRequest, models.PROTECT, related_name="batches", verbose_name="用款申请"
    )

    class Meta:
        verbose_name = "用款批次"


class FundArrival(models.Model):
    """What arrived upon a 用款申请 (拨款到账): its voucher, and the bank's line where it was booked
    from one. Append-only."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, verbose_name="凭证")
    request = models.ForeignKey(
        FundRequest, models.PROTECT, related_name="arrivals", verbose_name="用款申请"
    )
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, verbose_name="对账单明细")
    case_id = models.BigIntegerField("业务件", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "拨款到账"
