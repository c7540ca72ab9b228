"""Pages by cursor (分页): stable while rows are added, no counting."""

from typing import Any

from django.core import signing
from rest_framework.pagination import Cursor as Position
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from backend.kernel.errors import Refusal

SALT = "backend.web.paging"


class CursorInvalid(Refusal):
    """The cursor is none that we gave out (分页位置无效)."""

    code = "cursor_invalid"
    status = 400


class Cursor(CursorPagination):
    """50 rows a page, at most 200, newest first. Cursors are signed: they reach SQL as they are."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering: Any = "-pk"

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
