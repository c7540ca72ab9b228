"""Residents who reached the age come to the window (居民到龄办理, 演示): account, award of 170."""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.demo_papers import Papers, new_account, read_papers
from backend.city.demo_retirements import ACCOUNT
from backend.kernel.months import Month

AWARD = Desk("RESIDENT_AWARD")


def let_draw(*, desk: DemoDesk, path: Path, period: Month) -> int:
    """Carry all of a month through to their awards; how many are new."""
    papers = read_papers(desk=desk, path=path, period=period)
    desk.carry_through(ACCOUNT, [new_account(papers=one, period=period) for one in papers])
    return desk.carry_through(AWARD, [_award(one) for one in papers])


def _award(one: Papers) -> Matter:
    return one.matter(
        scheme="170",
        earlier_years=int(one.row["earlier_years"]),
        earlier_until=int(one.row["earlier_until"]),
        earlier_evidence="原系统缴费记录(演示)",
        open_accepted=True,
    )
