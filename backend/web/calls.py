"""One call, one id (调用编号): each act and job of a request carries it, and its answer too."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from backend.audit.models import Channel
from backend.audit.record import calling
from backend.web.source import address_of, coming_from

HEADER = "X-Request-ID"


def under_a_call(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what a clerk reads out from a failed request finds its rows and log lines."""

    def answered(request: HttpRequest) -> HttpResponse:
        call = uuid4()
        source = address_of(request)
        with calling(call, channel=Channel.WEB, place=source), coming_from(source):
            response = answer(request)
        response[HEADER] = str(call)
        return response

    return answered
