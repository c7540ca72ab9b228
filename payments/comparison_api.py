"""Worklist by groups and one line side by side, over the API (异常归并、对照)."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.web.fields import FenField
from payments.comparison import compare
from payments.models import Discrepancy
from payments.open_lines import counts, in_order
from payments.worklist_api import DiscrepancyRow

OF_BATCH = OpenApiParameter("batch", int, description="只数一个批次的")


class GroupRow(serializers.Serializer[Any]):
    """Open lines of one kind and reason at one bank; ``grouped``: one fault rather than a list."""

    kind = serializers.CharField()
    kind_label = serializers.CharField()
    reason = serializers.CharField()
    reason_label = serializers.CharField()
    bank = serializers.CharField()
    bank_name = serializers.CharField()
    weight = serializers.IntegerField(help_text="1 急，2 待办，3 其他")
    count = serializers.IntegerField()
    amount = FenField(source="fen")
    grouped = serializers.BooleanField()


class CountsFields(serializers.Serializer[Any]):
    """What is open, by group, and what is settled."""

    groups = GroupRow(many=True)
    open = serializers.IntegerField()
    open_amount = FenField(source="open_fen")
    mine = serializers.IntegerField()
    unowned = serializers.IntegerField()
    old = serializers.IntegerField(help_text="十二天以上的")
    closed = serializers.IntegerField()
    closed_today = serializers.IntegerField()


class DiscrepancyCounts(APIView):
    """Count the worklist by kind, reason and bank."""

    @extend_schema(parameters=[OF_BATCH], responses=CountsFields)
    def get(self, request: Request) -> Response:
        """Of what the caller sees."""
        rows = Discrepancy.objects.all()
        batch = request.query_params.get("batch")
        found = counts(
            rows=rows if batch is None else rows.filter(batch=int(batch)),
            staff_id=cast(Staff, request.user).pk,
            today=timezone.localdate(),
        )
        return Response(CountsFields(found).data)


class SideFields(serializers.Serializer[Any]):
    """Amount, name and account on one side, masked."""

    amount = FenField(source="fen", allow_null=True)
    holder = serializers.CharField(allow_null=True)
    account = serializers.CharField(allow_null=True)
    where = serializers.CharField()


class PieceFields(serializers.Serializer[Any]):
    """A field of the bank's line."""

    field = serializers.CharField()
    text = serializers.CharField()


class RawLineFields(serializers.Serializer[Any]):
    """A line of the bank's file as it came, masked."""

    number = serializers.IntegerField()
    separator = serializers.CharField(trim_whitespace=False)
    pieces = PieceFields(many=True)


class WayOutFields(serializers.Serializer[Any]):
    """A decision that can be proposed."""

    decision = serializers.CharField()
    decision_label = serializers.CharField(source="label")


class ProposedFields(serializers.Serializer[Any]):
    """The case that waits for a reviewer."""

    id = serializers.IntegerField()
    digest = serializers.CharField()
    decision = serializers.CharField(source="content.decision")
    evidence = serializers.CharField(source="content.evidence")
    received_at = serializers.DateTimeField()


class ComparisonFields(serializers.Serializer[Any]):
    """A discrepancy side by side."""

    row = DiscrepancyRow()
    business = SideFields()
    instruction = SideFields()
    bank = SideFields()
    raw = RawLineFields(many=True)
    ways = WayOutFields(many=True)
    proposed = ProposedFields(allow_null=True)


class DiscrepancyOne(APIView):
    """A discrepancy with its three sides, the bank's own words, and the ways out."""

    @extend_schema(responses=ComparisonFields)
    def get(self, request: Request, pk: int) -> Response:
        """Compare."""
        rows = in_order(Discrepancy.objects.all()).select_related("return_file__batch")
        row = generics.get_object_or_404(rows, pk=pk)
        return Response(ComparisonFields(compare(row=row)).data)
