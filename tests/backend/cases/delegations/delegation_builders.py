"""Somebody acts for another: a leader in charge, the head who is his deputy, large refunds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from backend.access.models import Delegation
from backend.cases import delegations
from backend.cases.decide import decide, review
from backend.cases.delegations import Terms
from backend.cases.models import Case
from backend.kernel.months import DateRange
from tests import builders
from tests.builders import NOW, TODAY, Member

UNTIL = TODAY + timedelta(days=10)
LATER = NOW + timedelta(hours=1)


def terms(**changes: object) -> Terms:
    """Ten days in place of a leader in charge."""
    told = Terms(
        role="APPROVER",
        level="LEADER",
        valid=DateRange(TODAY, UNTIL),
        reason="外出开会",
        document="演示委派书 1号",
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def appointed(deputy: Member, leader: Member, **changes: object) -> Delegation:
    """Proposed by the leader himself, not yet confirmed."""
    return delegations.appoint_deputy(
        deputy=deputy.staff,
        acting_for=leader.staff,
        terms=terms(**changes),
        key=leader.key,
        now=NOW,
    )


def large(*, received_by: int | None = None, **told: object) -> Case:
    """A refund that only a leader in charge approves."""
    content = {"whole": "50000.00", **told}
    return builders.case(kind="COLLECTION_REFUND", content=content, received_by=received_by)


def nothing(_: Case) -> int:
    """What follows from the decision."""
    return 0


def decided(
    case: Case, by: Member, *, now: datetime = NOW, act: Callable[[Case], int] = nothing
) -> Case:
    """Reviewed by somebody, and approved."""
    review(case_id=case.pk, key=builders.member(role="REVIEWER").key, role="REVIEWER", now=now)
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role="APPROVER",
        now=now,
        acts={case.kind: act},
    )
