"""Somebody objects to a decision (异议, 演示): two others look at it and answer in writing."""

from dataclasses import dataclass
from typing import Any

from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_papers import Papers

OBJECTION = Desk("OBJECTION")


@dataclass(frozen=True)
class Objected:
    """The decision, and the objection to it, as the API shows both cases."""

    decided: Any
    case: Any


def object_to(*, desk: DemoDesk, one: Papers, kind: str, against: str, grounds: str) -> Objected:
    """Take in what somebody says is wrong in the first decision of a kind."""
    said = {"against": against, "grounds": grounds, "known_on": one.today.isoformat()}
    approved = desk.rows(f"cases/?kind={kind}&party={one.party}&state=APPROVED")
    decided = min(approved, key=lambda case: int(case["id"]))
    return Objected(
        decided, desk.receive(OBJECTION, one.matter(decided_case=decided["id"], **said))
    )


def answer(*, desk: DemoDesk, objected: Objected, corrected: bool, reason: str) -> int:
    """Say that the decision was corrected, or stands; how many answers are new."""
    case, decided = objected.case, objected.decided
    return desk.answer(OBJECTION, case, of=decided, approve=corrected, reason=reason)
