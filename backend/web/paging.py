"""Pages by cursor (分页): stable while rows are added, no counting."""

from typing import Any

from django.core import signing
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.pagination import Cursor as Position
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from backend.kernel.errors import Refusal

SALT = "backend.web.paging"
PAGE, PAGE_MAX = 50, 200
DIGITS_MAX = 4
CURSOR, PAGE_SIZE = "cursor", "page_size"
SIZES = {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE}
# For a view that pages what its schema does not take for a list.
PAGED = [
    OpenApiParameter(CURSOR, OpenApiTypes.STR, description="上一次应答的 next、previous 中的位置"),
    OpenApiParameter(PAGE_SIZE, SIZES, description="每页行数"),
]


class CursorInvalid(Refusal):
    """The cursor is none that we gave out (分页位置无效)."""

    code = "cursor_invalid"
    status = 400


class PageSizeInvalid(Refusal):
    """A page has one row at least, and no more than are let out at once (每页行数不对)."""

    code = "page_size_invalid"
    status = 400


class Cursor(CursorPagination):
    """50 rows a page, at most 200, newest first. Cursors are signed: they reach SQL as they are."""

    cursor_query_param = CURSOR
    page_size = PAGE
    max_page_size = PAGE_MAX
    page_size_query_param = PAGE_SIZE
    ordering: Any = "-pk"

    def get_page_size(self, request: Request) -> int:
        """Give the rows of a page."""
        return page_size_of(request)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe both parameters, with the bounds of a page."""
        told: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        return [{**one, "schema": SIZES} if one["name"] == PAGE_SIZE else one for one in told]

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """Order as the view says in ``page_ordering``: a key of two columns is no position."""
        self.ordering = getattr(view, "page_ordering", self.ordering)
        ordering: tuple[str, ...] = super().get_ordering(request, queryset, view)
        return ordering

    def encode_cursor(self, cursor: Position) -> str:
        """Give the link to a page."""
        signed = signing.dumps([cursor.offset, cursor.reverse, cursor.position], salt=SALT)
        link: str = replace_query_param(self.base_url or "", self.cursor_query_param, signed)
        return link

    def decode_cursor(self, request: Request) -> Position | None:
        """Take back what a link carried."""
        signed = request.query_params.get(self.cursor_query_param)
        if signed is None:
            return None
        try:
            offset, reverse, position = signing.loads(signed, salt=SALT)
        except signing.BadSignature as error:
            raise CursorInvalid("分页位置无效，请从第一页重新查询。") from error
        return Position(offset=offset, reverse=reverse, position=position)


class RowPages(Cursor):
    """Pages of rows that are reckoned, not queried: in their own order, by how many come before."""

    before: int | None
    after: int | None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Give the page that the link names, or the first."""
        rows, size = list(queryset), self.get_page_size(request)
        self.base_url = request.build_absolute_uri()
        named = self.decode_cursor(request)
        first = named.offset if named else 0
        self.before = max(first - size, 0) if first else None
        self.after = first + size if first + size < len(rows) else None
        return rows[first : first + size]

    def get_next_link(self) -> str | None:
        """The page after this one, if there is one."""
        return self._link(self.after)

    def get_previous_link(self) -> str | None:
        """The page before this one, if there is one."""
        return self._link(self.before)

    def _link(self, first: int | None) -> str | None:
        return None if first is None else self.encode_cursor(Position(first, False, None))


def page_size_of(request: Request) -> int:
    """Give how many rows a page shall have.

    Raises:
        PageSizeInvalid: whoever asks for more would take the first of them for all.
    """
    given = request.query_params.get(PAGE_SIZE)
    if given is None:
        return PAGE
    whole = given.isascii() and given.isdigit() and len(given) <= DIGITS_MAX
    if not whole or not 1 <= int(given) <= PAGE_MAX:
        raise PageSizeInvalid(f"每页行数（page_size）应为 1 至 {PAGE_MAX} 的整数。")
    return int(given)
