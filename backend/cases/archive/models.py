"""Volumes, the ended cases in them, and who borrowed them (业务档案)."""

from django.db import models

from backend.access.models import Agency
from backend.people.models import ClockTimestamp


class Volume(models.Model):
    """A volume of ended cases (案卷) of one agency, year and category. Append-only.

    What the catalogue said of its retention on the day it was opened stays with it.
    """

    id = models.BigAutoField(primary_key=True)
    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="经办机构")
    year = models.SmallIntegerField("年度")
    category = models.CharField("类别", max_length=20)
    ordinal = models.IntegerField("案卷号")  # without gaps: a trigger
    number = models.CharField("档号", max_length=40, unique=True)
    years_kept = models.SmallIntegerField("保管年限", null=True)  # null: for ever (永久)
    said_by = models.CharField("依据", max_length=200)
    standing = models.CharField("依据状态", max_length=12)
    opened_by = models.BigIntegerField("立卷人(自然人)")
    opened_at = models.DateTimeField("立卷时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "案卷"
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "year", "category", "ordinal"], name="cases_volume_ordinal"
            ),
        )


class Archived(models.Model):
    """An ended case in its volume (归档). Append-only: nothing is taken out."""

    case = models.OneToOneField(
        "cases.Case", models.PROTECT, primary_key=True, related_name="archived"
    )
    volume = models.ForeignKey(Volume, models.PROTECT, related_name="archived", verbose_name="案卷")
    place = models.SmallIntegerField("件号")  # without gaps: a trigger
    archived_by = models.BigIntegerField("归档人(自然人)")
    archived_at = models.DateTimeField("归档时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "归档"
        constraints = (
            models.UniqueConstraint(fields=["volume", "place"], name="cases_archived_place"),
        )


class Loan(models.Model):
    """A volume is lent (借阅): to whom, for what, until when, and that it came back."""

    id = models.BigAutoField(primary_key=True)
    volume = models.ForeignKey(Volume, models.PROTECT, related_name="loans", verbose_name="案卷")
    borrower = models.CharField("借阅人", max_length=60)
    purpose = models.CharField("借阅用途", max_length=200)
    lent_on = models.DateField("借出日期")
    due_on = models.DateField("应还日期")
    lent_by = models.BigIntegerField("经手人(自然人)")
    lent_at = models.DateTimeField("借出时间", db_default=ClockTimestamp())
    returned_on = models.DateField("归还日期", null=True)
    returned_by = models.BigIntegerField("收回人(自然人)", null=True)
    returned_at = models.DateTimeField("归还时间", null=True)

    class Meta:
        verbose_name = "借阅"
        constraints = (
            models.UniqueConstraint(
                fields=["volume"],
                name="cases_loan_one_at_a_time",
                condition=models.Q(returned_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=~models.Q(borrower="") & ~models.Q(purpose=""),
                name="cases_loan_says_who_and_why",
            ),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("lent_on")), name="cases_loan_ends"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    returned_on__isnull=True, returned_by__isnull=True, returned_at__isnull=True
                )
                | models.Q(
                    returned_on__gte=models.F("lent_on"),
                    returned_by__isnull=False,
                    returned_at__isnull=False,
                ),
                name="cases_loan_returned_by_somebody",
            ),
        )
