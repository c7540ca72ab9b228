"""The yearly adjustment and the residents' raise are decided in July (年度调整办理, 演示)."""

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.month_steps import REGION, Jobs
from backend.jobs.models import Job, JobState
from backend.kernel.months import Month
from insurance.pension.adjusting.follow_up import JOBS

YEARLY, RAISE = Desk("PENSION_ADJUSTMENT"), Desk("BASIC_PENSION_RAISE")
MONTH, DAY = 7, 5  # the plan is published in summer and pays back from January on
NOTICE = "演人社〔{year}〕1号(演示)"


def adjust(*, desk: DemoDesk, about: str, period: Month) -> int:
    """Decide both where it is July; how many were decided now.

    ``about`` is the credit code of the organisation that the papers stand under.
    """
    if period.month != MONTH:
        return 0
    party = desk.party_of(number=about, register="organisations")
    said: dict[str, object] = {
        "region": REGION,
        "document": NOTICE.format(year=period.year),
        "not_by_old_system": True,  # the baseline of a demonstration is not adjusted
        "received_date": period.first_day.replace(day=DAY).isoformat(),
    }
    yearly = Matter(party, {**said, "year": period.year})
    raised = Matter(party, {**said, "from_month": str(Month(period.year, 1))})
    decided = 0
    for kind, matter in ((YEARLY, yearly), (RAISE, raised)):
        decided += desk.carry_through(kind, [matter])
        _compute()  # the next one is not decided before
    return decided


def _compute() -> None:
    """Finish the jobs of what was decided, and those that they order."""
    jobs, unfinished = Jobs(), [JobState.QUEUED, JobState.RUNNING]
    ordered = Job.objects.filter(kind__in=JOBS, state__in=unfinished)
    while keys := list(ordered.values_list("key", flat=True)):
        jobs.finish(keys=keys)
