"""Lists whose rows are reckoned, not queried (名单), page by page."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from backend.web.paging import RowPages


class ReckonedList(ABC, generics.GenericAPIView[Any]):
    """A list of ``rows`` in their own order."""

    pagination_class = RowPages
    filter_backends = ()

    @abstractmethod
    def rows(self) -> Sequence[Any]:
        """Give all of them."""

    def page(self, request: Request) -> Response:
        """Answer with the page that is asked for."""
        rows = self.paginate_queryset(self.rows()) or []
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)
