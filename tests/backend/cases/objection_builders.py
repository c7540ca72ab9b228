"""A decision about Wang, and her objection to it (演示)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from backend.cases import objections
from backend.cases.acts import CaseAct
from backend.cases.decide import decide, review
from backend.cases.models import Case
from backend.cases.objections import Limits
from backend.cases.receive import receive_case
from backend.people.models import Person
from tests import builders
from tests.builders import Member

LIMITS = Limits(file_days=60, answer_days=20)


def limits_of(region: str, on: date) -> Limits:
    """The same everywhere."""
    return LIMITS


def nothing(case: Case) -> int:
    """An act that writes nothing."""
    return 0


CORRECTED_OTHERWISE = {
    "DEATH": "DEATH_WITHDRAWAL",
    "HOLD": "HOLD_RELEASE",
    "CHECK_HOLD": "LIFE_PROOF",
}
ACTS: Mapping[str, CaseAct] = {
    "ACCOUNT_CHANGE": nothing,
    **dict.fromkeys((*CORRECTED_OTHERWISE, *CORRECTED_OTHERWISE.values()), nothing),
    "OBJECTION.RECEIVED": lambda case: objections.begin(case, limits_of=limits_of),
    "OBJECTION": objections.grant,
    "OBJECTION.REJECTED": objections.uphold,
}


@dataclass(frozen=True)
class Hands:
    """Who decided, and two who had no part in it."""

    decider: Member
    reviewer: Member
    approver: Member


def hands() -> Hands:
    """Three natural persons."""
    return Hands(
        decider=builders.member(role="REVIEWER", of=builders.chen()),
        reviewer=builders.member(role="REVIEWER", of=builders.zhao()),
        approver=builders.member(role="APPROVER", of=builders.li()),
    )


def decided(
    by: Member, *, party: Person | None = None, kind: str = "ACCOUNT_CHANGE", **content: object
) -> Case:
    """A decided case about Wang."""
    case = builders.case(kind=kind, party=party, content={"note": "演示", **content})
    return _signed(case, by, approve=True)


def refused(by: Member, *, kind: str, **content: object) -> Case:
    """A case about Wang that was refused."""
    case = builders.case(kind=kind, content={"note": "演示", **content})
    return _signed(case, by, approve=False, reason="材料不足")


def decided_at(case: Case, by: Member, at: datetime) -> Case:
    """A case that was decided some time ago."""
    return _signed(case, by, approve=True, now=at)


def objection(to: Case, **changes: object) -> Case:
    """Wang objects at the desk to a decision."""
    return objection_of(builders.wang(), to, **changes)


def objection_of(person: Person, to: Case, **changes: object) -> Case:
    """Somebody objects at the desk to a decision."""
    content = {
        "decided_case": to.pk,
        "known_on": timezone.localdate().isoformat(),
        "against": "收款账户",
        "grounds": "账号少了一位",
        **changes,
    }
    return receive_case(
        kind="OBJECTION",
        agency=builders.agency(),
        party_id=person.pk,
        content=content,
        received_by=builders.person(name="汪志强").pk,
        acts=ACTS,
    )


def reviewed(case: Case, by: Member, note: str = "已调阅原件核对") -> Case:
    """Signed by the first of two."""
    return review(case_id=case.pk, key=by.key, role=by.role, now=timezone.now(), note=note)


def answered(case: Case, by: Member, *, grant: bool, answer: str = "经核实，原决定无误") -> Case:
    """Signed by the second: granted, or the decision upheld."""
    return _signed(case, by, approve=grant, reason=answer)


def _signed(
    case: Case, by: Member, *, approve: bool, reason: str = "", now: datetime | None = None
) -> Case:
    return decide(
        case_id=case.pk,
        approve=approve,
        reason=reason,
        key=by.key,
        role=by.role,
        now=now or timezone.now(),
        acts=ACTS,
    )


def days_ago(days: int) -> str:
    """A day in the past."""
    return (timezone.localdate() - timedelta(days=days)).isoformat()
