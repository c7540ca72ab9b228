"""Changes of the amount over the API (失业保险金标准调整): by which figures, and the notices."""

from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request

from backend.access.models import Staff
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.unemployment.models import AmountChange, Claim
from insurance.unemployment.print_amount_notice import print_amount_notice

KEPT = ("amount", "standing", "steps")


class AmountFrom(serializers.Serializer[Any]):
    """The amount of a place from a month on, with its steps."""

    region = serializers.CharField()
    since = serializers.CharField()
    amount = serializers.CharField()
    standing = serializers.CharField()
    steps = StepRow(many=True)


class AmountChangeRow(serializers.ModelSerializer[AmountChange]):
    """Another amount from a month on, of all who draw in a region."""

    since = serializers.DateField(format="%Y-%m")
    amounts = serializers.SerializerMethodField()

    class Meta:
        model = AmountChange
        fields = (
            *("id", "region", "since", "document", "policy_version", "component_count"),
            *("case_id", "recorded_at", "amounts"),
        )

    @extend_schema_field(AmountFrom(many=True))
    def get_amounts(self, row: AmountChange) -> list[dict[str, Any]]:
        """By the place where somebody is insured, the earliest first."""
        return [
            {"region": region, "since": one["from"], **{k: one[k] for k in KEPT}}
            for region, listed in sorted(row.figures.items())
            for one in listed
        ]


class AmountChangeList(generics.ListAPIView[AmountChange]):
    """Changes of the amount, newest first; filters: region, case_id."""

    queryset = AmountChange.objects.all()
    serializer_class = AmountChangeRow
    filterset_fields = ("region", "case_id")


class AmountNotice(generics.GenericAPIView[AmountChange]):
    """Print the notice of what a change did to a claim."""

    queryset = AmountChange.objects.all()

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int, claim_id: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        claim = get_object_or_404(Claim, pk=claim_id)
        by = cast(Staff, request.user)
        return pdf_answer(print_amount_notice(change=self.get_object(), claim=claim, by=by))
