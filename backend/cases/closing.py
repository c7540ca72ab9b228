"""When a case has ended (办结): with its decision, or once that reached whom it concerns."""

from django.utils import timezone

from backend.cases import kinds
from backend.cases.models import Case, CaseState, Closing

CORRECTS = "corrects"


def needs_delivery(*, case: Case) -> bool:
    """Tell whether a decided case ends only once its paper was delivered."""
    if case.state == CaseState.DECLINED:
        return True
    kind = kinds.kind_of(code=case.kind, on=timezone.localdate(case.decided_at))
    if case.state == CaseState.REJECTED and (not kind.filed or CORRECTS in case.content):
        return False  # nobody applied for it: it changed nothing and has no paper
    return kind.delivered


def is_closed(*, case: Case) -> bool:
    """Tell whether a case has ended."""
    if case.decided_at is None:
        return False
    return not needs_delivery(case=case) or Closing.objects.filter(case=case).exists()
