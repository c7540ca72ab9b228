"""Put the answer to an objection on paper (出具异议答复书)."""

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import kinds
from backend.cases.models import Objection
from backend.people.queries import sights
from insurance.issuing.issue import Order, Out, issue, review_of
from insurance.issuing.models import PaperKind
from insurance.issuing.objection_answer import Answer, objection_answer


def print_answer(*, objection: Objection, by: Staff) -> Out:
    """Print the answer.

    Raises:
        as ``issue``.
    """
    answer = _answer(objection)
    order = Order(
        kind=PaperKind.OBJECTION_ANSWER,
        case=objection.case,
        compose=lambda issued: objection_answer(answer=answer, issued=issued),
    )
    return issue(order=order, by=by)


def _answer(objection: Objection) -> Answer:
    case, decided = objection.case, objection.decided
    on = timezone.localdate(case.decided_at or case.received_at)
    decided_on = timezone.localdate(decided.decided_at or decided.received_at)
    sight = sights(party_ids={case.party_id}, on=on)[case.party_id]
    review = review_of(case=case)
    return Answer(
        addressee=str(case.content.get("objector") or sight.name),
        person_name=sight.name,
        id_number=sight.number,
        objection=case.pk,
        received_on=timezone.localdate(case.received_at),
        decided=decided.pk,
        decided_label=kinds.kind_of(code=decided.kind, on=decided_on).label,
        decided_on=decided_on,
        against=str(case.content["against"]),
        grounds=str(case.content["grounds"]),
        findings=review.note if review else "",
        answer=case.reason,
        correction=objection.correction_id,
    )
