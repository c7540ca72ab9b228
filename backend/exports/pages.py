"""The rows of a list as somebody sees them (清单逐页): by its own view, masked and scoped alike."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.settings import api_settings

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.web import scope
from backend.web.paging import CURSOR, PAGE_MAX, PAGE_SIZE
from backend.web.throttles import CallLimits

HOST = "localhost"


class ListRefused(Refusal):
    """The list itself says no to what is asked of it (清单不能这样查询)."""

    code = "export_list_refused"


class _Inside(HttpRequest):
    """A call that no network brought."""

    def get_host(self) -> str:
        """No link of it leaves this process."""
        return HOST


class _AsStaff(BaseAuthentication):
    """Whoever asked for the export is the caller."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    def authenticate(self, request: Request) -> tuple[Staff, None]:
        """Give who asked; the policy looks at the roles of today."""
        return self._staff, None


def pages(
    *, route: str, filters: Mapping[str, str], staff: Staff
) -> Iterator[list[Mapping[str, Any]]]:
    """Give page after page, as the list's own view answers ``staff`` today.

    Raises:
        ListRefused: with the sentence of the list.
    """
    path = reverse(route)
    match = resolve(path)
    described: Any = match.func
    # Each page is no call of somebody who waits: the export was one.
    usual: Any = api_settings.DEFAULT_PERMISSION_CLASSES
    permissions = [one for one in usual if one is not CallLimits]
    view = described.view_class.as_view(
        **described.view_initkwargs,
        authentication_classes=[lambda: _AsStaff(staff)],
        permission_classes=permissions,
    )
    query: dict[str, str] | None = {**filters, PAGE_SIZE: str(PAGE_MAX)}
    while query is not None:
        with scope.answering():
            answer = view(_request(path, match, query))
        if answer.status_code != 200:
            raise ListRefused(f"清单不能导出：{answer.data['detail']}", refused=answer.data["code"])
        yield answer.data["results"]
        query = _next(query, answer.data["next"])


def _request(path: str, match: Any, query: Mapping[str, str]) -> HttpRequest:
    request = _Inside()
    request.method, request.path, request.path_info = "GET", path, path
    request.resolver_match = match
    asked = QueryDict(mutable=True)
    asked.update(query)
    request.GET = asked  # type: ignore[assignment]
    request.META = {"REQUEST_METHOD": "GET", "QUERY_STRING": asked.urlencode(), "SERVER_PORT": "80"}
    return request


def _next(query: Mapping[str, str], link: str | None) -> dict[str, str] | None:
    if link is None:
        return None
    (cursor,) = parse_qs(urlsplit(link).query)[CURSOR]
    return {**query, CURSOR: cursor}
