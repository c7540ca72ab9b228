"""Print the notice that what was applied for is refused (打印不予核定告知书)."""

from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import content
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.people.queries import sights
from insurance.benefits.refusal_grounds import RefusalGround, refusal_ground_of
from insurance.benefits.refusal_notice import RefusalNotice, refusal_notice
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind


class NothingRefused(Refusal):
    """The case refused no benefit that was applied for (本件没有不予核定的待遇申请)."""

    code = "refusal_nothing_refused"


class NobodyToTell(Refusal):
    """None of the heirs who applied is on record (申请的继承人都没有登记)."""

    code = "refusal_nobody_to_tell"


def print_refusal(*, case: Case, by: Staff) -> Out:
    """Print the notice of a case that was refused, with the reason that was signed.

    Raises:
        NothingRefused, NobodyToTell; as ``issue``.
    """
    if case.state != CaseState.REJECTED:
        raise NothingRefused(
            f"业务件 {case.pk} 没有不予批准，不发不予核定告知书。", case_id=case.pk
        )
    on = timezone.localdate(case.decided_at or case.received_at)
    ground = refusal_ground_of(case=case, on=on)
    if ground is None:
        raise NothingRefused("这种业务件没有申请什么，不发不予核定告知书。", case_id=case.pk)
    notice = _notice(case, ground, on)
    order = Order(
        kind=PaperKind.REFUSAL_NOTICE,
        case=case,
        compose=lambda issued: refusal_notice(notice=notice, issued=issued),
        standings=(ground.standing,),
    )
    return issue(order=order, by=by)


def _notice(case: Case, ground: RefusalGround, on: date) -> RefusalNotice:
    heirs = [
        content.number(row, "payee", "继承人") for row in content.rows(case, "heirs", "继承人")
    ]
    seen = sights(party_ids={case.party_id, *heirs}, on=on)
    known = tuple(seen[heir].name for heir in heirs if seen[heir].name)
    if heirs and not known:
        raise NobodyToTell("申请的继承人都没有登记，不予核定告知书没有收件人。", case_id=case.pk)
    person = seen[case.party_id]
    return RefusalNotice(
        person_name=person.name,
        id_number=person.number,
        heirs=known,
        case=case.pk,
        applied=ground.applied,
        applied_on=timezone.localdate(case.received_at),
        reason=case.reason,
        article=ground.article,
        way_back=ground.way_back,
        verdict=ground.verdict,
    )
