"""Who may act for whom, in which matters, until when (代办), and in which cases he did."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from backend.people.models import ClockTimestamp, Party


class Basis(models.TextChoices):
    """What lets somebody act for another (代办依据)."""

    MANDATE = "MANDATE", "委托"
    GUARDIAN = "GUARDIAN", "监护"


class Mandate(models.Model):
    """A person may act for another (代办登记): granted by a decided case, ended by a word of the
    agency that keeps it, or of the principal.

    The row is only ever closed.
    """

    id = models.BigAutoField(primary_key=True)
    principal = models.ForeignKey(
        Party, models.PROTECT, related_name="mandates", verbose_name="被代办人"
    )
    agent = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="代办人")
    basis = models.CharField("代办依据", max_length=8, choices=Basis.choices)
    kinds = ArrayField(models.CharField(max_length=30), verbose_name="代办范围")
    from_date = models.DateField("起始日期")
    until_date = models.DateField("截止日期")
    evidence = models.CharField("依据材料", max_length=200)
    case = models.OneToOneField(
        "cases.Case", models.PROTECT, related_name="mandate", verbose_name="业务件"
    )
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    ended_by = models.BigIntegerField("终止人(自然人)", null=True)
    ended_at = models.DateTimeField("终止时间", null=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "代办登记"
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("agent")), name="cases_mandate_of_another"
            ),
            models.CheckConstraint(
                condition=models.Q(until_date__gte=models.F("from_date"), kinds__len__gt=0),
                name="cases_mandate_scope_and_term",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_by__isnull=True, ended_at__isnull=True, end_reason="")
                | models.Q(ended_by__isnull=False, ended_at__isnull=False)
                & ~models.Q(end_reason=""),
                name="cases_mandate_ended_by_somebody",
            ),
        )


class Acting(models.Model):
    """In this case an agent acts for the party (代办). Append-only."""

    case = models.OneToOneField(
        "cases.Case", models.PROTECT, primary_key=True, related_name="acting"
    )
    mandate = models.ForeignKey(
        Mandate, models.PROTECT, related_name="actings", verbose_name="代办登记"
    )
    agent = models.ForeignKey(
        Party, models.PROTECT, db_index=False, related_name="+", verbose_name="代办人"
    )

    acted_on = models.DateField("代办日期")
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())

    class Meta:
        verbose_name = "代办"
