"""What an address asks (查询条件): known to its route, once, readable, of the kind that it says.

A filter that is misspelt and passed over would answer with everybody: it is refused instead.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.kernel.errors import Refusal
from backend.web.lookups import require_purpose
from backend.web.parsers import is_storable

if TYPE_CHECKING:  # the views import their permission class by name
    from rest_framework.views import APIView

ID_MAX = 2**63 - 1
DIGITS_MAX = 18
YES, NO = ("true", "1"), ("false", "0")


class QueryUnreadable(Refusal):
    """The query is no UTF-8, or holds what no database keeps (查询条件无法读取)."""

    code = "query_unreadable"
    status = 400


class QueryUnknown(Refusal):
    """The route does not know this filter (没有这个查询条件)."""

    code = "query_unknown"
    status = 400


class QueryDoubled(Refusal):
    """A filter stands once (查询条件重复)."""

    code = "query_doubled"
    status = 400


class QueryInvalid(Refusal):
    """The value is none of the kind that the filter takes (查询条件的值不对)."""

    code = "query_invalid"
    status = 400


class WellAsked(BasePermission):
    """The third permission of every view: what stands in the address can be answered."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Look at the path, then at the query.

        Raises:
            NotFound: for a number or text in the path that no row can have.
            QueryUnreadable, QueryUnknown, QueryDoubled, QueryInvalid, PurposeInvalid.
        """
        if not all(_can_be_there(part) for part in view.kwargs.values()):
            raise NotFound
        asked = request.META.get("QUERY_STRING")
        if asked:
            _require_utf_8(asked)
            require_known(query=request.query_params, view=view, method=request.method or "GET")
            if "purpose" in request.query_params:
                require_purpose(request.query_params["purpose"])
        return True


def flag(request: Request, name: str) -> bool:
    """Whether a yes-or-no filter says yes."""
    return request.query_params.get(name) in YES


def number(request: Request, name: str) -> int | None:
    """The whole number that a filter names; None where it does not stand."""
    given = request.query_params.get(name)
    return None if given is None else int(given)


def known_to(view: "APIView", method: str) -> Mapping[str, object]:
    """The filters that a view takes for a method, as its schema tells them: name → type."""
    kind: Any = type(view)
    return _known(kind, "GET" if method == "HEAD" else method)


def _can_be_there(part: object) -> bool:
    return part <= ID_MAX if isinstance(part, int) else is_storable(str(part))


def require_known(*, query: QueryDict, view: "APIView", method: str) -> None:
    """Refuse what a view does not know, or not so.

    Raises:
        QueryUnreadable, QueryUnknown, QueryDoubled, QueryInvalid.
    """
    known = known_to(view, method)
    for name, values in query.lists():
        if name not in known:
            raise _unknown(name, known)
        if len(values) > 1:
            raise QueryDoubled(f"查询条件“{name}”写了不止一次。", filter=name)
        _require_right(name, values[0], known[name])


def _require_utf_8(asked: str) -> None:
    try:
        unquote_to_bytes(asked.encode("latin-1")).decode()
    except UnicodeError:
        raise QueryUnreadable("查询条件不是有效的 UTF-8。") from None


def _unknown(name: str, known: Mapping[str, object]) -> QueryUnknown:
    listed = "、".join(sorted(known))
    told = f"可用的有：{listed}。" if listed else "此接口没有查询条件。"
    return QueryUnknown(f"没有“{name[:40]}”这个查询条件。{told}", filter=name[:40])


def _require_right(name: str, value: str, kind: object) -> None:
    if not value:
        raise QueryInvalid(f"查询条件“{name}”没有写值。", filter=name)
    if not is_storable(value):
        raise QueryUnreadable(f"查询条件“{name}”含有不能保存的字符。", filter=name)
    if kind in (OpenApiTypes.BOOL, bool) and value not in YES + NO:
        raise QueryInvalid(f"查询条件“{name}”应为 true 或 false。", filter=name)
    whole = value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX
    if kind in (OpenApiTypes.INT, int) and not whole:
        raise QueryInvalid(f"查询条件“{name}”应为不超过 {DIGITS_MAX} 位的整数。", filter=name)


@cache
def _known(view_class: Any, method: str) -> dict[str, object]:
    if view_class.schema is None:
        return {}
    view = view_class()
    view.request, view.kwargs = None, {}
    told = getattr(getattr(view, method.lower(), None), "kwargs", {})
    schema: Any = told.get("schema", type(view_class.schema))()
    known: dict[str, object] = schema.filters_of(view, method)
    return known
