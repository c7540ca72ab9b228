"""The worklist of discrepancies over the API (对账差异): look, assign, propose a decision."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.worklist_api import AssignView
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from payments.discrepancies import assign, propose
from payments.models import Discrepancy, SealCondition
from payments.open_lines import in_order, reason_label
from payments.owned_list import OwnedList
from payments.reasons import PROPOSAL_LABELS


class DiscrepancyRow(serializers.ModelSerializer[Discrepancy]):
    """A line that needs a person."""

    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    batch_no = serializers.CharField(source="batch.no", read_only=True)
    bank = serializers.CharField(source="batch.bank", read_only=True)
    weight = serializers.IntegerField(read_only=True, help_text="1 急，2 待办，3 其他")
    holder = serializers.SerializerMethodField()
    reason_label = serializers.SerializerMethodField()
    proposal_label = serializers.SerializerMethodField()
    owner = serializers.CharField(read_only=True, allow_null=True)
    instructed_amount = FenField(source="instructed_fen", read_only=True, allow_null=True)
    bank_amount = FenField(source="bank_fen", read_only=True, allow_null=True)
    bank_name = serializers.SerializerMethodField()

    class Meta:
        model = Discrepancy
        fields = (
            "id",
            "batch",
            "batch_no",
            "bank",
            "return_file",
            "weight",
            "kind",
            "kind_label",
            "holder",
            "ref",
            "instructed_amount",
            "bank_amount",
            "bank_name",
            "reason",
            "reason_label",
            "proposal",
            "proposal_label",
            "owner_role",
            "owner_staff_id",
            "owner",
            "opened_at",
            "decision",
            "case_id",
            "closed_at",
        )

    def get_holder(self, row: Discrepancy) -> str:
        """The name as instructed, masked; empty when the line is not ours."""
        name: str | None = getattr(row, "holder_name", None)
        return masked(FieldClass.NAME, name) if name else ""

    def get_reason_label(self, row: Discrepancy) -> str:
        """Why it is here."""
        return reason_label(kind=row.kind, reason=row.reason)

    def get_proposal_label(self, row: Discrepancy) -> str:
        """What is proposed."""
        return PROPOSAL_LABELS[row.proposal]

    def get_bank_name(self, row: Discrepancy) -> str:
        """The name at the bank, masked."""
        return masked(FieldClass.NAME, row.bank_name) if row.bank_name else ""


class DiscrepancyList(OwnedList[Discrepancy]):
    """Open and closed discrepancies by weight and age; ?open=true for the worklist."""

    queryset = in_order(Discrepancy.objects.all())
    serializer_class = DiscrepancyRow
    page_ordering = ("place",)
    filterset_fields = ("batch", "kind", "reason", "batch__bank", "owner_role", "owner_staff_id")

    since = "opened_at__date"


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
