"""Who is not found is held and, once seen, paid again (资格认证, 演示): data, reminder, visit.

The proof that ends it comes like any other, with what is told of people's lives.
"""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_papers import DAY
from backend.kernel.months import Month

HOLD = Desk("CHECK_HOLD", two_person=False, decides="REVIEWER")
RELEASE = Desk("CHECK_RELEASE", two_person=False, decides="REVIEWER")
MATCH, VISITS = "life-match", "visits"


def let_check(*, desk: DemoDesk, folder: Path, period: Month) -> int:
    """Take the files of a month in, let another vouch for whom they set free, remind whom the data
    did not show, hold whom the village did not meet; how many are held now."""
    for name in (MATCH, VISITS):
        described = folder / f"{name}.json"
        if described.exists():
            file = described.with_suffix(".csv")
            desk.hand_in("check-files/", description=described, file=file)
    desk.approve_waiting(RELEASE)
    if (folder / f"{MATCH}.json").exists():
        done_on = period.first_day.replace(day=DAY).isoformat()
        desk.enter(path="check-contacts", body={"channel": "SMS", "done_on": done_on})
    if (folder / f"{VISITS}.json").exists():
        desk.enter(path="check-holds", body={"proposed_on": period.first_day.isoformat()})
        return desk.approve_waiting(HOLD)
    return 0
