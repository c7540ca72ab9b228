"""Acts and the standing of their chain over the API (操作记录、封链情况)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.audit.models import Act, RowHistory
from backend.audit.standing import standing
from backend.privacy.masks import LISTED


class ActContent(serializers.JSONField):
    """What was, what is, what was told: each key as its class is shown in lists."""

    def to_representation(self, value: Any) -> Any:
        """Mask it."""
        return LISTED.content(value)


class ActRow(serializers.ModelSerializer[Act]):
    """One act: who, for whom, from where, what was and what is."""

    before = ActContent(allow_null=True)
    after = ActContent(allow_null=True)
    details = ActContent()

    class Meta:
        model = Act
        fields = (
            "id",
            "at",
            "name",
            "staff_id",
            "person_id",
            "party_id",
            "channel",
            "place",
            "subject_kind",
            "subject_id",
            "rows",
            "before",
            "after",
            "details",
            "digest",
            "call",
        )


class ActList(generics.ListAPIView[Act]):
    """Acts, newest first; filters: name, subject_kind, subject_id, staff_id, person_id, party_id,
    channel, call."""

    queryset = Act.objects.all()
    serializer_class = ActRow
    filterset_fields = (
        *("name", "subject_kind", "subject_id", "staff_id", "person_id", "party_id"),
        *("channel", "call"),
    )


class RowHistoryRow(serializers.ModelSerializer[RowHistory]):
    """What stood in a row, which columns a statement changed, whose call and which role it was."""

    before = ActContent()

    class Meta:
        model = RowHistory
        fields = (
            *("id", "at", "table_name", "row_key", "operation", "before", "changed"),
            *("actor", "db_role", "tx"),
        )


class RowHistoryList(generics.ListAPIView[RowHistory]):
    """Earlier values of rows, newest first; filters: table_name, row_key, operation, tx."""

    queryset = RowHistory.objects.order_by("-pk")
    serializer_class = RowHistoryRow
    filterset_fields = ("table_name", "row_key", "operation", "tx")


class SealingFields(serializers.Serializer[Any]):
    """Whether acts come into the chain in time, with a sentence for who looks after it."""

    late = serializers.BooleanField(help_text="告警")
    sentence = serializers.CharField()
    waiting = serializers.IntegerField(help_text="未封链的操作记录")
    seconds = serializers.IntegerField(help_text="已等待秒数(上限)")
    blocks = serializers.IntegerField()
    exported = serializers.IntegerField()
    settled_at = serializers.DateTimeField(allow_null=True)


class SealingOne(APIView):
    """How the sealing stands."""

    @extend_schema(responses=SealingFields)
    def get(self, request: Request) -> Response:
        """Ask the database now."""
        return Response(SealingFields(standing()).data)
