"""Heirs come for what a death brings (遗属办理, 演示): after two people confirmed it."""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.demo_papers import Papers, read_papers
from backend.kernel.months import Month

DEATH = Desk("DEATH", reviews="CLERK", decides="REVIEWER")  # nobody at a desk received it
GRANT = Desk("SURVIVOR_GRANT")
OWN = "9600.00"  # counts for who paid less than five years


def let_inherit(*, desk: DemoDesk, path: Path, period: Month) -> dict[str, int]:
    """Confirm what the last match told, and grant; how many of each."""
    confirmed = desk.approve_waiting(DEATH)
    papers = read_papers(desk=desk, path=path, period=period)
    granted = desk.carry_through(GRANT, [_grant(desk, one) for one in papers])
    return {"deaths_confirmed": confirmed, "survivor_grants": granted}


def _grant(desk: DemoDesk, one: Papers) -> Matter:
    row = one.row
    heir = {
        "payee": desk.party_of(number=row["heir"]),
        "weight": 1,
        "relation": row["relation"],
    }
    paid: dict[str, object] = {}
    if row["paid_months"]:
        paid = {
            "paid_months": int(row["paid_months"]),
            "paid_until": row["paid_until"],
            "paid_evidence": "原系统缴费明细(演示)",
        }
    own = {"own_contributions": OWN, "own_evidence": "原系统个人账户明细(演示)"}
    return one.matter(scheme=row["scheme"], heirs=[heir], **paid, **own)
