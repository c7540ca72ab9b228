"""Employers that kept their staff get a refund (稳岗返还, 演示): list, notice, decision."""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_papers import EMPLOYERS, Papers, new_account, read_papers
from backend.city.demo_retirements import ACCOUNT
from backend.kernel.months import Month

LIST = Desk("STABILITY_LIST", two_person=False, decides="REVIEWER")
REFUND = Desk("STABILITY_REFUND")
LICENCE = "单位开户许可证(演示)"


def let_refund(*, desk: DemoDesk, path: Path, period: Month) -> dict[str, int]:
    """Publish the list of the year, or decide to pay it; how many of each."""
    papers = read_papers(desk=desk, path=path, period=period, of=EMPLOYERS)
    if not papers:
        return {"refund_lists": 0, "refunds": 0}
    if papers[0].row["act"] == "LIST":
        return {"refund_lists": _publish(desk, papers, period), "refunds": 0}
    return {"refund_lists": 0, "refunds": _decide(desk, papers[0], period)}


def _publish(desk: DemoDesk, papers: list[Papers], period: Month) -> int:
    """The case stands under the first of the employers."""
    accounts = [new_account(papers=one, period=period, evidence=LICENCE) for one in papers]
    desk.carry_through(ACCOUNT, accounts)
    one = papers[0]
    asked = one.matter(
        year=period.year,
        published_on=one.today.isoformat(),
        holidays=[],
        large=[],
        excluded=[],
    )
    return desk.carry_through(LIST, [asked])


def _decide(desk: DemoDesk, one: Papers, period: Month) -> int:
    """Once the notice is over, where anybody gets anything; else the list waits for the people."""
    listed = desk.rows(f"unemployment/refund-lists/?year={period.year}")[0]
    entries = desk.rows(f"unemployment/refund-entries/?list={listed['id']}")
    paid = [entry for entry in entries if entry["amount"] != "0.00"]
    if not paid or one.today.isoformat() <= listed["notice_until"]:
        return 0
    return desk.carry_through(REFUND, [one.matter(list=listed["id"])])
