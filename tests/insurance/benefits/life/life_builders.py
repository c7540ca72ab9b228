"""Events in Wang's life (人身情形样例), received and decided by two people; 演示."""

from collections.abc import Mapping

from backend.cases.decide import decide
from backend.cases.models import Case
from backend.people.models import Person
from insurance.benefits.life import events
from tests import builders
from tests.builders import Member

ACTS = {"PRISON": events.decide_custody, "MISSING": events.decide_missing}
CHECKS = {"PRISON": events.check_custody, "MISSING": events.check_missing}


def received(
    form: str,
    from_date: str,
    *,
    of: Person | None = None,
    by: Member | None = None,
    changed: Mapping[str, object] | None = None,
) -> Case:
    """The case of an event, checked as it is received."""
    content = {
        "form": form,
        "from_date": from_date,
        "document": "（2026）演示刑初1号",
        **(changed or {}),
    }
    kind = "MISSING" if form in ("MISSING", "FOUND") else "PRISON"
    return _received(kind, content, of, by)


def withdrawal(event_id: int, *, kind: str = "PRISON") -> Case:
    """The case that takes an event back."""
    return _received(kind, {"withdraws": event_id, "reason": "文书登错人(演示)"})


def decided(case: Case, *, by: Member | None = None, approve: bool = True) -> Case:
    """Another person decides."""
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="" if approve else "证据不足",
        key=(by or builders.member(role="REVIEWER")).key,
        role="REVIEWER",
        now=builders.NOW,
        acts=ACTS,
    )


def happened(form: str, from_date: str, *, of: Person | None = None) -> Case:
    """An event, known and decided now."""
    return decided(received(form, from_date, of=of))


def _received(
    kind: str, content: Mapping[str, object], of: Person | None = None, by: Member | None = None
) -> Case:
    received_by = by.staff.person_id if by else None
    case = builders.case(kind=kind, content=content, party=of, received_by=received_by)
    CHECKS[kind](case)
    return case
