"""One call, one id (调用编号): each act and job of a request carries it, and its answer too.

And one transaction, which sees what its caller may see.
"""

from collections.abc import Callable
from uuid import uuid4

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from backend.audit.models import Channel
from backend.audit.record import calling
from backend.web import scope
from backend.web.problems import database_away
from backend.web.source import address_of, coming_from

HEADER = "X-Request-ID"
CRASHED = 500


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


def in_one_transaction(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what a call did is committed before it is answered, or undone."""

    def answered(request: HttpRequest) -> HttpResponse:
        try:
            with scope.answering():
                response = answer(request)
                if response.status_code >= CRASHED:  # also while what it did was written out
                    scope.undo()
                return response
        except (OperationalError, InterfaceError) as error:  # at the commit
            return database_away(error)

    return answered
