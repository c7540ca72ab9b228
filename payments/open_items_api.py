"""The worklist of 未达账项 over the API: look, by age and owner, and assign."""

from datetime import date

from django.utils import timezone
from rest_framework import serializers

from backend.cases.worklist_api import AssignView
from backend.web.fields import FenField
from payments.open_item_models import OpenItem
from payments.open_items import assign
from payments.owned_list import OwnedList


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


class OpenItems(OwnedList[OpenItem]):
    """未达账项 by number; ?open=true for the worklist."""

    queryset = OpenItem.objects.all()
    serializer_class = OpenItemRow
    filterset_fields = ("book", "code", "owner_staff_id")

    since = "day"


class AssignOpenItems(AssignView):
    """Give open items to an owner."""

    rows = OpenItem

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By their numbers."""
        return assign(item_ids=ids, staff_id=staff_id, by=by)
