"""What goes back through the treasury, over the API (应退库款、退库回执): for staff, masked."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.kernel.money import Money
from backend.web.asked import flag
from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.collection.models import (
    RefundAdvance,
    RefundAnswer,
    RefundState,
    TreasuryRefund,
)
from insurance.collection.refund_advances import left_of, open_advances, rest_of

OPEN_REFUNDS = OpenApiParameter(
    "open", OpenApiTypes.BOOL, description="true：只列还没有退库、也没有撤回的"
)
OPEN_ANSWERS = OpenApiParameter(
    "open", OpenApiTypes.BOOL, description="true：只列有问题、还没有处理的"
)
OPEN_ADVANCES = OpenApiParameter(
    "open", OpenApiTypes.BOOL, description="true：只列还没有抵付或退回完的"
)
SETTLED = (RefundState.PAID, RefundState.WITHDRAWN)


class TreasuryRefundRow(WithParties):
    """What is to go back, or went: to whom, of what, where it stands and whose it is."""

    number = serializers.CharField(read_only=True)
    state_label = serializers.CharField(source="get_state_display")
    channel_label = serializers.CharField(source="get_channel_display")
    payer_name = serializers.SerializerMethodField()
    person_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m", allow_null=True)
    amount = FenField(source="fen")
    rest = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    owner_role = serializers.CharField(read_only=True)

    class Meta:
        model = TreasuryRefund
        fields = (
            *("id", "number", "state", "state_label", "channel", "channel_label", "payer_id"),
            *("payer_name", "person_id", "person_name", "scheme", "month", "part", "amount"),
            *(
                "rest",
                "decided_on",
                "case_id",
                "match",
                "suspense",
                "attempt",
                "reason",
                "owner_role",
            ),
        )

    @extend_schema_field(OpenApiTypes.STR)
    def get_rest(self, row: TreasuryRefund) -> str:
        """What has not gone back: nothing once it is paid."""
        paid = row.state == RefundState.PAID
        return str(Money(0 if paid else rest_of(refund=row)))

    def get_reason(self, row: TreasuryRefund) -> str:
        """Why the treasury refused it last."""
        if row.state != RefundState.REFUSED:
            return ""
        refused = row.refundanswer_set.filter(trouble="", outcome="REFUSED")
        return refused.order_by("pk").values_list("reason", flat=True).last() or ""


class TreasuryRefundList(PartyList):
    """Refunds, newest first, ?open=true for what has not gone back; filters: state, payer and
    others."""

    queryset = TreasuryRefund.objects.all()
    serializer_class = TreasuryRefundRow
    filterset_fields = (
        *("state", "channel", "payer_id", "person_id", "scheme", "month", "case_id", "match"),
        "suspense",
    )

    def get_queryset(self) -> QuerySet[TreasuryRefund]:
        """Only what has not gone back when asked."""
        if flag(self.request, "open"):
            return TreasuryRefund.objects.exclude(state__in=SETTLED)
        return TreasuryRefund.objects.all()

    @extend_schema(parameters=[OPEN_REFUNDS])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class RefundAnswerRow(serializers.ModelSerializer[RefundAnswer]):
    """What the treasury answered, and what is the matter with it."""

    outcome_label = serializers.CharField(source="get_outcome_display")
    trouble_label = serializers.CharField(source="get_trouble_display")
    amount = FenField(source="fen")
    owner_role = serializers.CharField(read_only=True)

    class Meta:
        model = RefundAnswer
        fields = (
            *("id", "file", "line", "case_id", "refund", "refund_no", "outcome", "outcome_label"),
            *("document", "day", "amount", "reason", "trouble", "trouble_label", "owner_role"),
            *("closed_case_id", "closed_at", "recorded_at"),
        )


class RefundAnswerList(generics.ListAPIView[RefundAnswer]):
    """Answers of the treasury, newest first, ?open=true for those in trouble that wait; filters:
    refund, file, outcome, trouble, case."""

    queryset = RefundAnswer.objects.all()
    serializer_class = RefundAnswerRow
    filterset_fields = ("refund", "file", "outcome", "trouble", "case_id")

    def get_queryset(self) -> QuerySet[RefundAnswer]:
        """Only what waits when asked."""
        if flag(self.request, "open"):
            return RefundAnswer.objects.filter(~Q(trouble=""), closed_at__isnull=True)
        return RefundAnswer.objects.all()

    @extend_schema(parameters=[OPEN_ANSWERS])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class RefundAdvanceRow(WithParties):
    """What the treasury paid and was not owed so: by which answer, and what of it is left."""

    payer_name = serializers.SerializerMethodField()
    channel_label = serializers.CharField(source="get_channel_display")
    amount = FenField(source="fen")
    left = serializers.SerializerMethodField()
    refund = serializers.IntegerField(source="answer.refund_id", allow_null=True)
    document = serializers.CharField(source="answer.document")
    day = serializers.DateField(source="answer.day")
    owner_role = serializers.SerializerMethodField()

    class Meta:
        model = RefundAdvance
        fields = (
            *("id", "answer", "refund", "document", "day", "scheme", "channel", "channel_label"),
            *("payer_id", "payer_name", "amount", "left", "owner_role", "case_id", "recorded_at"),
        )

    @extend_schema_field(OpenApiTypes.STR)
    def get_left(self, row: RefundAdvance) -> str:
        """What neither counts to a refund nor came back."""
        return str(Money(left_of(advance=row)))

    def get_owner_role(self, row: RefundAdvance) -> str:
        """Who sees to it that it counts or comes back."""
        return "FINANCE" if left_of(advance=row) else ""


class RefundAdvanceList(PartyList):
    """Advances, newest first, ?open=true for those of which something is left; filters: answer,
    payer, scheme, case."""

    queryset = RefundAdvance.objects.select_related("answer")
    serializer_class = RefundAdvanceRow
    filterset_fields = ("answer", "payer_id", "scheme", "channel", "case_id")

    def get_queryset(self) -> QuerySet[RefundAdvance]:
        """Only those with something left when asked."""
        if flag(self.request, "open"):
            return open_advances().select_related("answer")
        return RefundAdvance.objects.select_related("answer")

    @extend_schema(parameters=[OPEN_ADVANCES])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)
