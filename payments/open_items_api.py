"""The worklist of 未达账项 over the API: look, by age and owner, and assign."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.cases.worklist_api import AssignView
from backend.web.asked import flag
from backend.web.fields import FenField
from payments.open_item_models import OpenItem
from payments.open_items import assign
from payments.open_lines import OLD_DAYS

OPEN = OpenApiParameter("open", bool, description="true：只列未了的")
UNOWNED = OpenApiParameter("unowned", bool, description="true：只列无人认领的")
OLD = OpenApiParameter("old", bool, description="true：只列十二天以上的")


class OpenItemRow(serializers.ModelSerializer[OpenItem]):
    """Money that one side knows; above zero: it came."""

    kind_label = serializers.CharField(read_only=True)
    amount = FenField(source="fen", read_only=True)
    age_days = serializers.SerializerMethodField()

    class Meta:
        model = OpenItem
        fields = (
            *("id", "book", "code", "kind_label", "line", "posting", "day", "age_days"),
            *("amount", "told", "owner_staff_id", "opened_at", "closed_at"),
        )

    def get_age_days(self, row: OpenItem) -> int:
        """Days since it happened, until it was closed."""
        until: date = timezone.localdate(row.closed_at) if row.closed_at else timezone.localdate()
        return max((until - row.day).days, 0)


class OpenItems(generics.ListAPIView[OpenItem]):
    """未达账项 by number; ?open=true for the worklist."""

    queryset = OpenItem.objects.all()
    serializer_class = OpenItemRow
    filterset_fields = ("book", "code", "owner_staff_id")

    def get_queryset(self) -> QuerySet[OpenItem]:
        """Only open ones, those of nobody, or old ones when asked."""
        rows = super().get_queryset()
        if flag(self.request, "open"):
            rows = rows.filter(closed_at__isnull=True)
        if flag(self.request, "unowned"):
            rows = rows.filter(owner_staff_id__isnull=True)
        if flag(self.request, "old"):
            rows = rows.filter(day__lte=timezone.localdate() - timedelta(days=OLD_DAYS))
        return rows

    @extend_schema(parameters=[OPEN, UNOWNED, OLD])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class AssignOpenItems(AssignView):
    """Give open items to an owner."""

    rows = OpenItem

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By their numbers."""
        return assign(item_ids=ids, staff_id=staff_id, by=by)
