"""Who lost a job registers and claims; who works again is stopped (失业办理, 演示)."""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.demo_papers import Papers, read_papers
from backend.kernel.months import Month

CLAIM = Desk("UNEMPLOYMENT_CLAIM")
STOP = Desk("UNEMPLOYMENT_STOP", two_person=False, decides="REVIEWER")


def let_register(*, desk: DemoDesk, path: Path, period: Month) -> dict[str, int]:
    """Decide the stops that the last month found, register and award; how many of each."""
    stopped = desk.approve_waiting(STOP)
    papers = read_papers(desk=desk, path=path, period=period)
    for one in papers:
        _register(desk, one)
    claims = [_claim(one) for one in papers if one.row["claims"] == "1"]
    return {
        "unemployed": len(papers),
        "claims": desk.carry_through(CLAIM, claims),
        "benefits_stopped": stopped,
    }


def _register(desk: DemoDesk, one: Papers) -> None:
    """The employer's certificate, and the registration that rests on it."""
    row, today = one.row, one.today.isoformat()
    report = desk.enter(
        path="unemployment/job-ends/",
        body={
            "person": one.party,
            "payer": desk.party_of(number=row["credit_code"], register="organisations"),
            "ended_on": row["ended_on"],
            "reason": row["reason"],
            "document": f"演示证明〔{one.today.year}〕{one.party}号",
            "received_date": today,
        },
    )
    desk.enter(
        path="unemployment/registrations/",
        body={
            "job_end": report["id"],
            "registered_on": today,
            "seeks_work": True,
            "received_date": today,
        },
    )


def _claim(one: Papers) -> Matter:
    return one.matter(
        scheme="210",
        earlier_months=int(one.row["earlier_months"]),
        earlier_unused=0,
        earlier_until=one.row["earlier_until"],
        earlier_evidence="原系统缴费明细(演示)",
        open_accepted=True,
        category=one.row["category"],
        category_evidence="岗位登记表(演示)",
    )
