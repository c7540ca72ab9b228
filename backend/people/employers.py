"""Which employers a caller may ask about (单位范围): an employer's agent about his own alone.

Organisations are public; what is reckoned of one is not. To an agent another employer is not there.
"""

from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request

from backend.access.models import Staff
from backend.people.models import Organisation
from backend.people.queries import family_of


def own_entries(*, request: Request) -> list[int] | None:
    """The entries of the employer for which the caller reports; None for whoever is no agent."""
    caller = request.user
    employer = caller.employer_on(day=timezone.localdate()) if isinstance(caller, Staff) else None
    return None if employer is None else family_of(party_id=employer)


def require_employer(*, request: Request, pk: int) -> None:
    """Answer 404 unless there is such an employer, and for an agent unless it is his own."""
    own = own_entries(request=request)
    if not Organisation.objects.filter(pk=pk).exists() or (own is not None and pk not in own):
        raise Http404
