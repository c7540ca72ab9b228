"""An objection at the desk, and those who had no part in the decision (异议样例); 演示."""

from collections.abc import Mapping

from django.utils import timezone

from backend.cases import acts
from backend.cases.acts import CaseAct
from backend.cases.decide import DECIDE, decide, review
from backend.cases.kinds import CASE
from backend.cases.models import Approval, Case
from backend.cases.receive import receive_case
from tests import builders


def received(kind: str, *, of: int, **content: object) -> Case:
    """Somebody comes to the desk."""
    return receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=of,
        content=content,
        received_by=builders.person(name="石玉兰").pk,
        acts=acts.registered(),
    )


def objected(*, to: int, of: int, **content: object) -> Case:
    """Somebody objects to what a case decided."""
    return received(
        "OBJECTION",
        of=of,
        decided_case=to,
        known_on=timezone.localdate().isoformat(),
        against="决定的金额",
        grounds="算错了（演示）",
        **content,
    )


def signed(
    case: Case, *, approve: bool = True, instead: Mapping[str, CaseAct] | None = None
) -> Case:
    """By two who decided nothing before; ``instead``: acts that were done by hand."""
    one, other = (
        builders.member(role=role, of=builders.person(name=name))
        for role, name in (("REVIEWER", "操慧敏"), ("APPROVER", "汪明霞"))
    )
    review(case_id=case.pk, key=one.key, role="REVIEWER", now=timezone.now())
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="演示：已核对",
        key=other.key,
        role="APPROVER",
        now=timezone.now(),
        acts={**acts.registered(), **(instead or {})},
    )


def put_on_record(case: Case) -> Case:
    """A case whose act was done by hand, or is tried elsewhere, is decided."""
    by, now = builders.member(role="APPROVER", of=builders.person(name="方卫东")), timezone.now()
    Approval.objects.create(
        subject_kind=CASE,
        subject_id=case.pk,
        step=DECIDE,
        digest=case.digest,
        staff=by.staff,
        person_id=by.staff.person_id,
        role=by.role,
        key_id=by.key.key_id,
        signed_at=now,
        signature=bytes(64),
    )
    decided = {"state": "APPROVED", "decided_by": by.staff.person_id, "decided_at": now}
    Case.objects.filter(pk=case.pk).update(**decided)
    case.refresh_from_db()
    return case
