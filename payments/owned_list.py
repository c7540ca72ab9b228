"""A worklist of rows that have an owner and an age (清单): only those that wait, when asked."""

from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from backend.web.asked import flag
from payments.open_lines import OLD_DAYS

OPEN = OpenApiParameter("open", bool, description="true：只列未处理的")
UNOWNED = OpenApiParameter("unowned", bool, description="true：只列无人认领的")
OLD = OpenApiParameter("old", bool, description="true：只列十二天以上的")
Row = TypeVar("Row", bound=models.Model)


class OwnedList(generics.ListAPIView[Row]):
    """Rows with ``owner_staff_id`` and ``closed_at``."""

    since: ClassVar[str]  # the day from which the age of a row counts

    def get_queryset(self) -> Any:
        """Only open ones, those of nobody, or old ones when asked."""
        rows = super().get_queryset()
        if flag(self.request, "open"):
            rows = rows.filter(closed_at__isnull=True)
        if flag(self.request, "unowned"):
            rows = rows.filter(owner_staff_id__isnull=True)
        if flag(self.request, "old"):
            long_ago = timezone.localdate() - timedelta(days=OLD_DAYS)
            rows = rows.filter(**{f"{self.since}__lte": long_ago})
        return rows

    @extend_schema(parameters=[OPEN, UNOWNED, OLD])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)
