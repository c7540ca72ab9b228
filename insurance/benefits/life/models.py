"""Events in a person's life that bear on the pension (人身情形): told by cases, never changed."""

from django.db import models

from backend.people.models import CURRENT, ClockTimestamp, Party
from insurance.benefits.life.timeline import Form, Topic


class LifeEvent(models.Model):
    """From a month on a person is in prison, at large, missing, or free again (人身情形).

    A row is only ever closed by a case that withdraws it.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Party, models.PROTECT, verbose_name="自然人")
    topic = models.CharField("事项", max_length=8, choices=[(t.name, t.value) for t in Topic])
    form = models.CharField("情形", max_length=10, choices=[(f.name, f.label) for f in Form])
    from_date = models.DateField("发生日期")
    from_month = models.DateField("起始月")
    document = models.CharField("文书", max_length=120)
    case_id = models.BigIntegerField("业务编号")
    recorded_at = models.DateTimeField("登记时间", db_default=ClockTimestamp())
    superseded_at = models.DateTimeField("被替代时间", null=True)

    class Meta:
        verbose_name = "人身情形"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "topic", "from_date"],
                name="benefits_lifeevent_one_a_day",
                condition=CURRENT,
            ),
        )
