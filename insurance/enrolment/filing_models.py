"""What an employer's agent hands in (单位申报): it waits until somebody of the bureau takes it."""

from django.db import models

from backend.access.models import Agency
from backend.people.models import ClockTimestamp, Party


class FilingKind(models.TextChoices):
    """What an employer reports."""

    ROSTER = "ROSTER", "增减员"
    WAGES = "WAGES", "年度缴费工资"


class FilingState(models.TextChoices):
    """How far a filing has come; only the first may change, once."""

    HANDED_IN = "HANDED_IN", "待受理"
    TAKEN = "TAKEN", "已办理"  # its rows are enrolments and wages now
    REFUSED = "REFUSED", "不合格退回"  # some rows can not be taken, so none was
    DECLINED = "DECLINED", "不予受理"  # by a clerk, who says why


class EmployerFiling(models.Model):
    """Joiners and leavers, or a year's wages, as an employer's agent handed them in (单位申报).

    Nothing of it counts before a clerk takes it: then ``file`` tells what became of it.
    """

    id = models.BigAutoField(primary_key=True)
    employer = models.ForeignKey(Party, models.PROTECT, verbose_name="单位")
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="受理机构")
    kind = models.CharField("类别", max_length=8, choices=FilingKind.choices)
    content = models.BinaryField("申报内容")  # the CSV of a roster, or the xlsx
    sha256 = models.CharField("摘要", max_length=64)
    row_count = models.IntegerField("行数")
    handed_in_by = models.BigIntegerField("申报人(自然人)")
    handed_in_at = models.DateTimeField("申报时间", db_default=ClockTimestamp())
    state = models.CharField("状态", max_length=9, choices=FilingState.choices, default="HANDED_IN")
    decided_by = models.BigIntegerField("受理人(自然人)", null=True)
    decided_at = models.DateTimeField("办理时间", null=True)
    reason = models.CharField("不予受理的原因", max_length=200, blank=True)
    file = models.ForeignKey(
        "enrolment.EnrolmentFile", models.PROTECT, null=True, verbose_name="参保文件"
    )
    refused = models.JSONField("不合格的行", default=list)  # line, column, shown, reason, code

    class Meta:
        verbose_name = "单位申报"
        constraints = (
            models.UniqueConstraint(
                fields=["employer", "kind", "sha256"],
                name="enrolment_filing_waits_once",
                condition=models.Q(state=FilingState.HANDED_IN),
            ),
            models.CheckConstraint(
                name="enrolment_filing_decided",
                condition=models.Q(
                    state=FilingState.HANDED_IN,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                    file__isnull=True,
                    reason="",
                )
                | models.Q(
                    state__in=(FilingState.TAKEN, FilingState.REFUSED),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    file__isnull=False,
                    reason="",
                )
                | models.Q(
                    state=FilingState.DECLINED,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    file__isnull=True,
                )
                & ~models.Q(reason=""),
            ),
        )
