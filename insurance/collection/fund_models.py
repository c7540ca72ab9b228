"""Contributions that one fund pays into another for a person (代缴): lists to arrivals."""

from django.db import models
from django.db.models.functions import Now

from backend.people.models import Party
from payments.ledger.models import Book, Entry


class FundList(models.Model):
    """What a fund pays for others in a period (代缴名册), by which figures. Append-only.

    ``figures`` are the amounts by region, scheme and month, each with its steps.
    """

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, models.PROTECT, db_index=False, verbose_name="付款账套")
    period = models.DateField("业务月份")
    figures = models.JSONField("代缴标准")
    policy_version = models.CharField("政策版本", max_length=64)
    line_count = models.IntegerField("明细数")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "代缴名册"
        constraints = (
            models.UniqueConstraint(fields=["book", "period"], name="collection_fund_list_once"),
        )


class FundLine(models.Model):
    """What a fund pays, or takes back, for a person's month (代缴明细). Append-only.

    The sum over a person, scheme and month is what was paid; a difference may be below zero.
    ``source_id`` is what it rests on in the book that pays: an entitlement.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(FundList, models.PROTECT, db_index=False, verbose_name="代缴名册")
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="参保人")
    source_id = models.BigIntegerField("依据编号")
    region = models.CharField("参保地", max_length=6)
    scheme = models.CharField("险种", max_length=3)
    month = models.DateField("所属月份")
    fen = models.BigIntegerField("金额(分)")
    account_fen = models.BigIntegerField("其中记入个人账户(分)")

    class Meta:
        verbose_name = "代缴明细"
        constraints = (
            models.UniqueConstraint(
                fields=["list", "scheme", "month", "person"], name="collection_fund_line_once"
            ),
        )


class FundPayment(models.Model):
    """The part of a list that is one scheme's was paid (代缴付款), by a case. Append-only.

    A voucher in the book that pays; none where what is paid and what is taken back come to
    nothing. Until it has a receipt in the book ``into`` it is under way (在途).
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(FundList, models.PROTECT, db_index=False, verbose_name="代缴名册")
    scheme = models.CharField("险种", max_length=3)
    fen = models.BigIntegerField("金额(分)")
    into = models.ForeignKey(
        Book, models.PROTECT, db_index=False, related_name="+", verbose_name="收款账套"
    )
    paid = models.OneToOneField(
        Entry, models.PROTECT, null=True, related_name="+", verbose_name="付款凭证"
    )
    paid_on = models.DateField("付款日期")
    document = models.CharField("付款凭据", max_length=40)
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "代缴付款"
        constraints = (
            models.UniqueConstraint(fields=["list", "scheme"], name="collection_fund_paid_once"),
        )


class FundReceipt(models.Model):
    """A payment arrived in the fund it is for (代缴到账), by a case of its agency. Append-only.

    Where one agency keeps both books the case that pays books the arrival too.
    """

    payment = models.OneToOneField(
        FundPayment,
        models.PROTECT,
        primary_key=True,
        related_name="receipt",
        verbose_name="代缴付款",
    )
    received = models.OneToOneField(
        Entry, models.PROTECT, null=True, related_name="+", verbose_name="到账凭证"
    )
    received_on = models.DateField("到账日期")
    document = models.CharField("到账凭据", max_length=40)
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "代缴到账"
