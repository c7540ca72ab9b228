"""Who does not declare, and what was fixed for it, over the API (未按规定申报、确定的缴费额)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.collection.models import FixedAmount, Undeclared
from insurance.enrolment.api import HISTORY, narrowed

IN_MONTH = OpenApiParameter("month", OpenApiTypes.STR, description="只列该月有效的，如 2026-11")


class InTime(WithParties):
    """What both lists show alike: an employer, and from when until when."""

    payer_name = serializers.SerializerMethodField()
    from_month = serializers.DateField(source="valid.lower", format="%Y-%m")
    until_month = serializers.DateField(source="valid.upper", format="%Y-%m", allow_null=True)

    IN_TIME = (
        *("id", "payer_id", "payer_name", "from_month", "until_month"),
        *("recorded_at", "superseded_at"),
    )


class UndeclaredRow(InTime):
    """From when until when an employer does not declare, and why that is known."""

    class Meta:
        model = Undeclared
        fields = (*InTime.IN_TIME, "reason")


class FixedAmountRow(InTime):
    """What an employer without an earlier amount owes by the month, by which case."""

    amount = FenField(source="fen")

    class Meta:
        model = FixedAmount
        fields = (*InTime.IN_TIME, "scheme", "amount", "document", "case_id")


class UndeclaredPartyList(PartyList):
    """Current rows, newest first; ``month`` and ``history`` narrow and widen them."""

    def get_queryset(self) -> QuerySet[Any]:
        """As the query asks."""
        return narrowed(super().get_queryset(), self.request)

    @extend_schema(parameters=[IN_MONTH, HISTORY])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class UndeclaredList(UndeclaredPartyList):
    """Employers that do not declare; filters: payer_id."""

    queryset = Undeclared.objects.all()
    serializer_class = UndeclaredRow
    filterset_fields = ("payer_id",)


class FixedAmountList(UndeclaredPartyList):
    """Amounts fixed for employers that do not declare; filters: payer_id, scheme, case_id."""

    queryset = FixedAmount.objects.all()
    serializer_class = FixedAmountRow
    filterset_fields = ("payer_id", "scheme", "case_id")
