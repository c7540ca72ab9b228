"""What the fund pays for who draws, over the API (代缴名册、明细、付款): for staff, masked."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.web.asked import flag
from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.collection.models import FundLine, FundList, FundPayment, FundReceipt
from insurance.policy.api import StepRow

UNDER_WAY = OpenApiParameter("under_way", OpenApiTypes.BOOL, description="true：只列尚未到账的")


class FundReceiptRow(serializers.ModelSerializer[FundReceipt]):
    """How a payment arrived in the other fund."""

    class Meta:
        model = FundReceipt
        fields = ("received", "received_on", "document", "case_id")


class FundPaymentRow(serializers.ModelSerializer[FundPayment]):
    """How one scheme's part of a list was paid; without a receipt it is under way."""

    amount = FenField(source="fen")
    receipt = FundReceiptRow(allow_null=True)

    class Meta:
        model = FundPayment
        fields: tuple[str, ...] = (
            *("id", "scheme", "amount", "into", "paid", "paid_on", "document", "case_id"),
            "receipt",
        )


class PaymentOfListRow(FundPaymentRow):
    """A payment with the list that it pays."""

    period = serializers.DateField(source="list.period", format="%Y-%m")

    class Meta(FundPaymentRow.Meta):
        fields = ("list", "period", *FundPaymentRow.Meta.fields)


class FundPaymentList(generics.ListAPIView[FundPayment]):
    """Payments, newest first, ?under_way=true for what has not arrived; filters: into, list,
    scheme."""

    queryset = FundPayment.objects.select_related("list", "receipt")
    serializer_class = PaymentOfListRow
    filterset_fields = ("into", "list", "scheme")

    def get_queryset(self) -> Any:
        """Only those under way when asked."""
        rows = super().get_queryset()
        if flag(self.request, "under_way"):
            return rows.filter(receipt__isnull=True)
        return rows

    @extend_schema(parameters=[UNDER_WAY])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class FundListRow(serializers.ModelSerializer[FundList]):
    """What the fund pays for others in a month."""

    period = serializers.DateField(format="%Y-%m")
    payments = FundPaymentRow(source="fundpayment_set", many=True)

    class Meta:
        model = FundList
        fields = (
            *("id", "book", "period", "line_count", "policy_version", "recorded_at"),
            "payments",
        )


class FundListList(generics.ListAPIView[FundList]):
    """Lists, newest first; filters: book, period."""

    queryset = FundList.objects.prefetch_related("fundpayment_set__receipt")
    serializer_class = FundListRow
    filterset_fields = ("book", "period")


class FundLineRow(WithParties):
    """What is paid, or taken back, for a person's month, and why."""

    person_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m")
    amount = FenField(source="fen")
    to_account = FenField(source="account_fen")
    steps = serializers.SerializerMethodField()

    class Meta:
        model = FundLine
        fields: tuple[str, ...] = (
            *("id", "list", "person", "person_name", "source_id", "region", "scheme", "month"),
            *("amount", "to_account", "steps"),
        )

    def get_steps(self, line: FundLine) -> list[dict[str, Any]]:
        """How a month's amount came about; none where it was taken back for another reason."""
        key = (line.region, line.scheme, f"{line.month:%Y-%m}")
        figure = next(
            (
                one
                for one in line.list.figures
                if (one["region"], one["scheme"], one["month"]) == key
            ),
            None,
        )
        rows = figure["steps"] if figure else []
        return [dict(row) for row in StepRow(rows, many=True).data]


class FundLineList(PartyList):
    """Lines, newest first; filters: person, scheme, month, list."""

    queryset = FundLine.objects.select_related("list")
    serializer_class = FundLineRow
    filterset_fields = ("person", "scheme", "month", "list")
