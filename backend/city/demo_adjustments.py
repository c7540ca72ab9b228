"""The yearly adjustment and the residents' raise are decided in July (年度调整办理, 演示)."""

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.month_steps import REGION
from backend.kernel.months import Month

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
        "received_date": period.first_day.replace(day=DAY).isoformat(),
    }
    yearly = Matter(party, {**said, "year": period.year})
    raised = Matter(party, {**said, "from_month": str(Month(period.year, 1))})
    return sum(
        desk.carry_through(kind, [matter]) for kind, matter in ((YEARLY, yearly), (RAISE, raised))
    )
