"""The demo city's desks carry cases through (演示窗口办件): received, reviewed, decided by staff.

Through the same API as people do, each step by whoever holds its role in the agency of the kind. A
case that is there already is gone on with: what was interrupted is repeated without harm.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from backend.access.models import rank
from backend.cases import kinds
from backend.city.demo_staff import PENSION_AGENCY, DemoOffice, Member

DEPARTMENT = "34080003"  # lets people retire
ENDED = ("APPROVED", "REJECTED")
WAITING = ("RECEIVED", "REVIEWED")
ACCOUNT = "ACCOUNT_CHANGE"
RECEIVED = "received_date"


@dataclass(frozen=True)
class Matter:
    """What one party asks for."""

    party: int
    content: Mapping[str, object]


@dataclass(frozen=True)
class Desk:
    """One kind of case at one agency, and how it comes in."""

    kind: str
    two_person: bool = True
    agency: str = PENSION_AGENCY
    receives: str = "CLERK"
    decides: str = "APPROVER"
    reviews: str = "REVIEWER"

    def application(self, matter: "Matter") -> tuple[str, Mapping[str, object], str]:
        """Where it is handed in, in which words, and what is looked at before."""
        if self.kind == ACCOUNT:
            seen = f"/api/v1/accounts/of/{matter.party}/"
            return "accounts/propose", {"payee": matter.party, **matter.content}, seen
        asked = {"kind": self.kind, "party": matter.party, "content": matter.content}
        return "cases/receive", asked, ""


class DemoDesk:
    """The staff at all desks; ``rest`` lets some minutes pass, so that everybody has new codes."""

    def __init__(self, *, office: DemoOffice, rest: Callable[[], None]) -> None:
        self._office = office
        self._rest = rest

    def carry_through(self, desk: Desk, matters: Sequence[Matter]) -> int:
        """Take in what is not there yet and approve all of it; how many were approved now."""
        cases = [self.receive(desk, matter) for matter in matters]
        return self.approve(desk, [case["id"] for case in cases if case["state"] not in ENDED])

    def receive(self, desk: Desk, matter: Matter) -> Any:
        """The case of this kind that the party has of that day, received now if there is none."""
        member = self._member(desk, desk.receives)
        listed = f"/api/v1/cases/?kind={desk.kind}&party={matter.party}"
        for case in member.pages(listed):
            content = member.get(f"/api/v1/cases/{case['id']}/")["content"]
            if content.get(RECEIVED) == matter.content.get(RECEIVED):
                return case
        path, body, seen = desk.application(matter)
        if kinds.kind_of(code=desk.kind, on=timezone.localdate()).proven:
            member.signed_post(f"/api/v1/{path}", body, seen=seen)
        else:
            member.post(f"/api/v1/{path}", body, seen=seen)
        return member.pages(listed)[0]

    def approve_waiting(self, desk: Desk) -> int:
        """Approve all cases of a kind that wait; how many."""
        member = self._member(desk, desk.decides)
        states = ("RECEIVED", "REVIEWED") if desk.two_person else ("RECEIVED",)
        waiting = [
            case["id"]
            for state in states
            for case in member.pages(f"/api/v1/cases/?kind={desk.kind}&state={state}&page_size=200")
        ]
        return self.approve(desk, waiting)

    def approve(self, desk: Desk, ids: Sequence[int]) -> int:
        """Let the first person sign where two are asked for, then the second; how many."""
        if not ids:
            return 0
        if desk.two_person:
            for case_id in ids:
                self._review(desk, case_id)
        decider = self._member(desk, desk.decides, level=self._level_asked_for(desk, ids))
        body = {"cases": list(ids), "approve": True, "reason": "", "role": desk.decides}
        decider.signed_post("/api/v1/cases/decide", body)
        return len(ids)

    def answer(self, desk: Desk, case: Any, *, of: Any, approve: bool, reason: str) -> int:
        """Two persons who had no part in a decision answer the objection to it; how many answers
        are new."""
        if case["state"] in ENDED:
            return 0
        hands = [of["received_by"], of["reviewed_by"], of["decided_by"]]
        besides = [*filter(None, hands), case["received_by"]]
        self._review(desk, case["id"], besides)
        decider = self._member(desk, desk.decides, besides)
        body = {"cases": [case["id"]], "approve": approve, "reason": reason, "role": desk.decides}
        decider.signed_post("/api/v1/cases/decide", body)
        return 1

    def enter(self, *, path: str, body: Mapping[str, object]) -> Any:
        """Let a clerk put down what nobody else decides; what there is now."""
        return self._office.member("CLERK").post(f"/api/v1/{path}", body)

    def rows(self, path: str) -> list[Any]:
        """What a clerk is shown of a list."""
        return self._office.member("CLERK").pages(f"/api/v1/{path}")

    def hand_in(self, path: str, **files: Path) -> Any:
        """Let a clerk hand files in, with password and code; what they did."""
        self._rest()
        return self._office.member("CLERK").signed_upload(f"/api/v1/{path}", **files)

    def entitlement_of(self, *, party: int, scheme: str) -> int:
        """The entitlement that somebody draws of a scheme."""
        return int(self.rows(f"entitlements/?person={party}&scheme={scheme}")[0]["id"])

    def party_of(self, *, number: str, register: str = "persons") -> int:
        """Find somebody by number, as a clerk does."""
        clerk = self._office.member("CLERK")
        (found,) = clerk.get(f"/api/v1/{register}/?number={number}")["results"]
        return int(found["party_id"])

    def _review(self, desk: Desk, case_id: int, besides: Collection[int] = ()) -> None:
        reviewer = self._member(desk, desk.reviews, besides)
        if reviewer.get(f"/api/v1/cases/{case_id}/")["state"] == "RECEIVED":
            reviewer.signed_post(f"/api/v1/cases/{case_id}/review", {"role": desk.reviews})

    def _level_asked_for(self, desk: Desk, ids: Sequence[int]) -> str:
        """The highest that one of the cases asks for."""
        member = self._office.member(desk.decides, agency=desk.agency)
        waiting = [
            case
            for state in WAITING
            for case in member.pages(f"/api/v1/cases/?kind={desk.kind}&state={state}&page_size=200")
        ]
        asked = [one["decided_by_whom"]["level"] for one in waiting if one["id"] in set(ids)]
        return max(asked, key=rank, default="")

    def _member(
        self, desk: Desk, role: str, besides: Collection[int] = (), level: str = ""
    ) -> Member:
        self._rest()
        return self._office.member(role, agency=desk.agency, besides=besides, level=level)
