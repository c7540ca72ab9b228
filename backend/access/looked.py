"""Who looked at whom is written down (查询留痕): by the views that say it, and by the answers."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from backend.access.models import Staff
from backend.audit.record import record
from backend.web.lookups import named_by, require_purpose, seen, shown_in

LOOKED, PARTY = "people.looked", "people.party"
UNSAID = "未写明用途"


def look(*, staff: Staff, party_id: int, purpose: str, at: str) -> None:
    """Write down who looked at whom, at what and why; the person can be told.

    Raises:
        PurposeInvalid: when the purpose is no purpose.
    """
    record(
        name=LOOKED,
        subject_kind=PARTY,
        subject_id=str(party_id),
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=party_id,
        details={"purpose": require_purpose(purpose), "at": at},
    )


def look_at_all(*, staff: Staff, party_ids: Collection[int], purpose: str, at: str) -> None:
    """Write it down for each of whom something shows at once, as ``look``."""
    for party_id in sorted(party_ids):
        look(staff=staff, party_id=party_id, purpose=purpose, at=at)


def purpose_told(query: Mapping[str, Any]) -> str:
    """The purpose that a call tells, or that it tells none."""
    return str(query.get("purpose") or UNSAID)


def noting(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what an answer shows of one person, masked, is a look at him, and committed with
    the call."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        match = request.resolver_match
        if response.status_code == 200 and request.method != "POST" and match is not None:
            _note(request, response, match.view_name, match.kwargs)
        return response

    return answered


def _note(request: HttpRequest, response: Any, route: str, kwargs: Mapping[str, Any]) -> None:
    if route not in seen():
        return
    caller = response.renderer_context["request"].user
    if not isinstance(caller, Staff):
        return  # a citizen, who sees his own
    named = named_by(route=route, told={**request.GET.dict(), **kwargs})
    shown = named or shown_in(route=route, data=response.data)
    purpose = purpose_told(request.GET)
    look_at_all(staff=caller, party_ids=shown, purpose=purpose, at=request.path)
