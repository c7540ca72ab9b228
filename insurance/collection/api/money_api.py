"""What came in and where it went, over the API (入库款、核销批次、待处理款): for staff, masked."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import flag
from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties, sights_of
from insurance.collection.models import Match, Receipt, Suspense

OPEN = OpenApiParameter("open", OpenApiTypes.BOOL, description="true：只列未处理的")


class ReceiptRow(WithParties):
    """Money that came in, as the tax bureau told it; numbers are masked."""

    channel_label = serializers.CharField(source="get_channel_display")
    payer_number = serializers.SerializerMethodField()
    payer_name = serializers.SerializerMethodField()
    told_payer_name = serializers.SerializerMethodField()
    person_number = serializers.SerializerMethodField()
    person_name = serializers.SerializerMethodField()
    told_person_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m", allow_null=True)
    amount = FenField(source="fen")

    class Meta:
        model = Receipt
        fields = (
            *("id", "file", "line", "tax_no", "channel", "channel_label", "late_fee", "payer_id"),
            *("payer_number", "payer_name", "told_payer_name", "scheme", "month", "person_id"),
            *("person_number", "person_name", "told_person_name", "part", "amount", "arrived"),
        )

    def get_payer_number(self, row: Receipt) -> str:
        """As told; it may be a person's."""
        return masked(FieldClass.NUMBER, row.payer_number)

    def get_told_payer_name(self, row: Receipt) -> str:
        """As told, whoever it may be."""
        return masked(FieldClass.NAME, row.payer_name)

    def get_person_number(self, row: Receipt) -> str:
        """As told."""
        return masked(FieldClass.NUMBER, row.person_number) if row.person_number else ""

    def get_told_person_name(self, row: Receipt) -> str:
        """As told, of whom nobody knows here."""
        return masked(FieldClass.NAME, row.person_name)


class ReceiptList(PartyList):
    """Receipts, newest first; filters: file, payer, person, scheme, month, tax number, day."""

    queryset = Receipt.objects.all()
    serializer_class = ReceiptRow
    filterset_fields = (
        *("file", "payer_id", "person_id", "scheme", "month", "tax_no", "channel", "arrived"),
    )


class MatchRow(serializers.ModelSerializer[Match]):
    """Allocations made together, and what they came to."""

    kind_label = serializers.CharField(source="get_kind_display")
    period = serializers.DateField(format="%Y-%m")
    summary = serializers.JSONField()

    class Meta:
        model = Match
        fields = (
            *("id", "kind", "kind_label", "period", "file", "case_id", "matched_on"),
            *("order_source", "summary", "recorded_at"),
        )


class MatchList(generics.ListAPIView[Match]):
    """Matches, newest first; filters: kind, period, file, case_id."""

    queryset = Match.objects.all()
    serializer_class = MatchRow
    filterset_fields = ("kind", "period", "file", "case_id")


class SuspenseRow(serializers.ModelSerializer[Suspense]):
    """What pays nothing yet, since when, whose it is to clear up."""

    reason_label = serializers.CharField(source="get_reason_display")
    amount = FenField(source="fen")
    age_days = serializers.SerializerMethodField()
    receipt_row = serializers.SerializerMethodField()

    class Meta:
        model = Suspense
        fields = (
            *("id", "match", "amount", "reason", "reason_label", "owner_role", "owner_staff_id"),
            *("opened_on", "age_days", "decision", "case_id", "closed_at", "receipt"),
            "receipt_row",
        )

    def get_age_days(self, row: Suspense) -> int:
        """How long it has waited, or did."""
        until = timezone.localdate(row.closed_at) if row.closed_at else timezone.localdate()
        return (until - row.opened_on).days

    @extend_schema_field(ReceiptRow)
    def get_receipt_row(self, row: Suspense) -> Any:
        """The receipt."""
        return ReceiptRow(row.receipt, context=self.context).data


class SuspenseList(generics.ListAPIView[Suspense]):
    """Suspense, newest first, ?open=true for the worklist; filters: reason, owner and others."""

    queryset = Suspense.objects.select_related("receipt")
    serializer_class = SuspenseRow
    filterset_fields = (
        *("reason", "owner_role", "owner_staff_id", "receipt__payer_id", "receipt__scheme"),
        *("receipt", "match", "decision", "case_id"),
    )

    def get_queryset(self) -> QuerySet[Suspense]:
        """Only open ones when asked."""
        rows = super().get_queryset()
        if flag(self.request, "open"):
            return rows.filter(closed_at__isnull=True)
        return rows

    @extend_schema(parameters=[OPEN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the names of its payers."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = sights_of(row.receipt for row in page)
        return self.get_paginated_response(SuspenseRow(page, many=True, context=context).data)
