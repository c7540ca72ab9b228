"""Who was taken for dead comes to the window (“被死亡”更正, 演示): undone within the day.

A village's word was taken for enough by two, and the pension ended; the next run pays it back.
"""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_papers import Papers, read_papers
from backend.kernel.months import Month

REPORT = Desk("DEATH", two_person=False, decides="REVIEWER")
UNDO = Desk("DEATH_WITHDRAWAL", two_person=False, decides="REVIEWER")


def let_return(*, desk: DemoDesk, path: Path, period: Month) -> int:
    """Confirm what a village reports, and undo what was false; how many were undone."""
    undone = 0
    for one in read_papers(desk=desk, path=path, period=period):
        if one.row["act"] == "REPORT":
            _report(desk, one)
        else:
            (told, *_) = desk.rows(f"cases/?kind=DEATH&party={one.party}")
            undone += desk.carry_through(UNDO, [one.matter(death_case_id=told["id"])])
    return undone


def _report(desk: DemoDesk, one: Papers) -> None:
    told = one.matter(
        death_date=one.row["death_date"], source="OFFICE", evidence="村里口头报告，未附证明(演示)"
    )
    desk.carry_through(REPORT, [told])
