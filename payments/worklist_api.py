"""The worklist of discrepancies over the API (对账差异): look, assign, propose a decision."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.worklist_api import AssignView
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import flag
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from payments.discrepancies import assign, propose
from payments.models import Discrepancy, SealCondition

OPEN = OpenApiParameter("open", bool, description="true：只列未处理的")


class DiscrepancyRow(serializers.ModelSerializer[Discrepancy]):
    """A line that needs a person."""

    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    instructed_amount = FenField(source="instructed_fen", read_only=True, allow_null=True)
    bank_amount = FenField(source="bank_fen", read_only=True, allow_null=True)
    bank_name = serializers.SerializerMethodField()

    class Meta:
        model = Discrepancy
        fields = (
            "id",
            "batch",
            "return_file",
            "kind",
            "kind_label",
            "ref",
            "instructed_amount",
            "bank_amount",
            "bank_name",
            "reason",
            "proposal",
            "owner_role",
            "owner_staff_id",
            "opened_at",
            "decision",
            "case_id",
            "closed_at",
        )

    def get_bank_name(self, row: Discrepancy) -> str:
        """The name at the bank, masked."""
        return masked(FieldClass.NAME, row.bank_name) if row.bank_name else ""


class DiscrepancyList(generics.ListAPIView[Discrepancy]):
    """Open and closed discrepancies; ?open=true for the worklist."""

    queryset = Discrepancy.objects.all()
    serializer_class = DiscrepancyRow
    filterset_fields = ("batch", "kind", "owner_role", "owner_staff_id")

    def get_queryset(self) -> Any:
        """Only open ones when asked."""
        rows = super().get_queryset()
        if flag(self.request, "open"):
            return rows.filter(closed_at__isnull=True)
        return rows

    @extend_schema(parameters=[OPEN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class AssignDiscrepancies(AssignView):
    """Give open discrepancies to an owner."""

    rows = Discrepancy

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By their numbers."""
        return assign(discrepancy_ids=ids, staff_id=staff_id, by=by)


class DecisionProposal(serializers.Serializer[Any]):
    """What the bank confirmed, and where that is written."""

    decision = serializers.ChoiceField(choices=("PAID", "RETURNED", "CLEARED", "PAID_AFTER_ALL"))
    evidence = serializers.CharField(max_length=200)


class ProposeDecision(APIView):
    """Open the case by which two persons decide a discrepancy."""

    @extend_schema(request=DecisionProposal, responses={201: None})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Receive the case; a reviewer decides it under /cases/."""
        given = DecisionProposal(data=request.data)
        given.is_valid(raise_exception=True)
        staff = cast(Staff, request.user)
        case = propose(
            discrepancy_id=generics.get_object_or_404(Discrepancy, pk=pk).pk,
            decision=given.validated_data["decision"],
            evidence=given.validated_data["evidence"],
            agency=staff.agency,
            received_by=staff.person_id,
        )
        return Response({"case": case.id, "digest": case.digest}, status=201)


class SealConditionRow(serializers.ModelSerializer[SealCondition]):
    """What a month was sealed on: evidence, or a signed override."""

    period = serializers.DateField(format="%Y-%m")

    class Meta:
        model = SealCondition
        fields = (
            "id",
            "period",
            "kind",
            "evidence",
            "evidence_sha256",
            "as_of",
            "override_reason",
            "case_id",
            "recorded_at",
        )


class SealConditionList(generics.ListAPIView[SealCondition]):
    """Seal conditions, newest first; filters: period (its first day), kind."""

    queryset = SealCondition.objects.all()
    serializer_class = SealConditionRow
    filterset_fields = ("period", "kind")
