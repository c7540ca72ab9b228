"""Money that one side knows, until the other does too (未达账项): with an owner and an age."""

from django.db import models
from django.db.models.functions import Now

from payments.ledger.models import Book, Posting
from payments.statement_models import StatementLine


class OpenItem(models.Model):
    """A line of a statement that the books do not know, or a posting that no line makes up
    (未达账项). It closes when both say the same; open again, it is another row."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, verbose_name="账套")
    code = models.CharField("科目代码", max_length=12)
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, verbose_name="对账单明细")
    posting = models.ForeignKey(Posting, models.PROTECT, null=True, verbose_name="分录")
    day = models.DateField("发生日")
    fen = models.BigIntegerField("金额(分,收为正)")
    told = models.CharField("内容", max_length=200, blank=True)
    owner_staff_id = models.BigIntegerField("责任人", null=True)
    opened_at = models.DateTimeField("登记时间", db_default=Now())
    closed_at = models.DateTimeField("了结时间", null=True)

    class Meta:
        verbose_name = "未达账项"
        constraints = (
            models.UniqueConstraint(
                fields=["line"],
                name="payments_openitem_line_once",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["posting"],
                name="payments_openitem_posting_once",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(line__isnull=True, posting__isnull=False)
                | models.Q(line__isnull=False, posting__isnull=True),
                name="payments_openitem_of_one_side",
            ),
        )

    @property
    def kind_label(self) -> str:
        """Which of the four kinds it is."""
        if self.line_id is not None:
            return "银行已收、企业未收" if self.fen > 0 else "银行已付、企业未付"
        return "企业已收、银行未收" if self.fen > 0 else "企业已付、银行未付"
