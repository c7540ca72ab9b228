"""Terms over the API (办理期限): what must be decided soon or is overdue, by agency and owner."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.cases import kinds, terms
from backend.cases.calendar import calendar
from backend.cases.models import CaseTerm
from backend.cases.worklist_api import AssignView
from backend.kernel.dated import Standing
from backend.kernel.working_days import add_working_days, working_days_left
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked

WITHIN_DEFAULT, WITHIN_MAX = 3, 60
WITHIN = OpenApiParameter(
    "within",
    OpenApiTypes.INT,
    description=f"几个工作日内到期（0至{WITHIN_MAX}），逾期的都列；默认 {WITHIN_DEFAULT}",
)


class TermQuery(serializers.Serializer[Any]):
    """How near the last day is."""

    within = serializers.IntegerField(min_value=0, max_value=WITHIN_MAX, default=WITHIN_DEFAULT)


class TermRow(serializers.ModelSerializer[CaseTerm]):
    """A case with its term and its owner, the party masked."""

    kind = serializers.CharField(source="case.kind")
    kind_label = serializers.SerializerMethodField()
    agency = serializers.IntegerField(source="case.agency_id")
    party = serializers.IntegerField(source="case.party_id")
    party_name = serializers.SerializerMethodField()
    state = serializers.CharField(source="case.state")
    state_label = serializers.CharField(source="case.get_state_display")
    days_left = serializers.SerializerMethodField()
    standing_label = serializers.SerializerMethodField()

    class Meta:
        model = CaseTerm
        fields = (
            *("case", "kind", "kind_label", "agency", "party", "party_name", "state"),
            *("state_label", "starts_on", "days", "due_on", "days_left", "said_by", "standing"),
            *("standing_label", "owner_staff_id"),
        )

    def get_kind_label(self, row: CaseTerm) -> str:
        """What a clerk calls the kind."""
        return kinds.kind_of(code=row.case.kind, on=timezone.localdate(row.case.received_at)).label

    def get_party_name(self, row: CaseTerm) -> str:
        """王*英."""
        return masked(FieldClass.NAME, self.context["sights"][row.case.party_id].name)

    def get_days_left(self, row: CaseTerm) -> int:
        """Working days after today through the last; below zero: overdue by so many."""
        assert row.due_on is not None  # what stands still is not listed
        return working_days_left(today=timezone.localdate(), last=row.due_on, calendar=calendar())

    def get_standing_label(self, row: CaseTerm) -> str:
        """已核对原文, 转引, 未核实."""
        return Standing(row.standing).label


class TermList(generics.ListAPIView[CaseTerm]):
    """Undecided cases whose term ends within some working days or is over, the earliest first;
    filters: agency, owner, kind."""

    queryset = CaseTerm.objects.select_related("case").filter(closed_at__isnull=True)
    serializer_class = TermRow
    filterset_fields = ("case__agency", "case__kind", "owner_staff_id")
    page_ordering = ("due_on",)

    def get_queryset(self) -> QuerySet[CaseTerm]:
        """Only what ends soon enough."""
        asked = TermQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        until = add_working_days(
            start=timezone.localdate(), days=asked.validated_data["within"], calendar=calendar()
        )
        return super().get_queryset().filter(due_on__lte=until)

    @extend_schema(parameters=[WITHIN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its parties."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {row.case.party_id for row in page}
        sights = queries.sights(party_ids=ids, on=timezone.localdate())
        rows = TermRow(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)


class AssignTerms(AssignView):
    """Give cases whose term runs to an owner."""

    rows = CaseTerm

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By the numbers of the cases."""
        return terms.assign(case_ids=ids, staff_id=staff_id, by=by)
