"""Objections over the API (异议): what is open, until when, whose; given to an owner."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.cases import kinds
from backend.cases.models import Objection
from backend.cases.objections import assign
from backend.cases.worklist_api import AssignView
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import flag

OPEN = OpenApiParameter("open", OpenApiTypes.BOOL, description="true：只列未答复的")


class ObjectionRow(serializers.ModelSerializer[Objection]):
    """An objection with its term, its owner and how it ended, the party masked."""

    party = serializers.IntegerField(source="case.party_id")
    party_name = serializers.SerializerMethodField()
    agency = serializers.IntegerField(source="case.agency_id")
    state = serializers.CharField(source="case.get_state_display")
    decided_kind = serializers.CharField(source="decided.kind")
    decided_label = serializers.SerializerMethodField()
    against = serializers.CharField(source="case.content.against")
    grounds = serializers.CharField(source="case.content.grounds")
    received_at = serializers.DateTimeField(source="case.received_at")
    days_left = serializers.SerializerMethodField()
    outcome_label = serializers.CharField(source="get_outcome_display")
    answer = serializers.CharField(source="case.reason")

    class Meta:
        model = Objection
        fields = (
            *("case", "party", "party_name", "agency", "state", "decided", "decided_kind"),
            *("decided_label", "against", "grounds", "received_at", "answer_by", "days_left"),
            *("owner_staff_id", "outcome", "outcome_label", "correction", "answer", "closed_at"),
        )

    def get_party_name(self, row: Objection) -> str:
        """王*英."""
        sights = self.context["sights"]
        return (
            masked(FieldClass.NAME, sights[row.case.party_id].name)
            if row.case.party_id in sights
            else ""
        )

    def get_decided_label(self, row: Objection) -> str:
        """What a clerk calls the kind of the decision."""
        on = timezone.localdate(row.decided.received_at)
        return kinds.kind_of(code=row.decided.kind, on=on).label

    def get_days_left(self, row: Objection) -> int:
        """Days until it must be answered; below zero: overdue by so many."""
        until = timezone.localdate(row.closed_at) if row.closed_at else timezone.localdate()
        return (row.answer_by - until).days


class ObjectionList(generics.ListAPIView[Objection]):
    """Objections, newest first, ?open=true for the worklist; filters: person, agency, owner."""

    queryset = Objection.objects.select_related("case", "decided")
    serializer_class = ObjectionRow
    filterset_fields = (
        *("case__party", "case__agency", "decided", "owner_staff_id", "outcome"),
        "answer_by",
    )

    def get_queryset(self) -> QuerySet[Objection]:
        """Only open ones when asked."""
        rows = super().get_queryset()
        if flag(self.request, "open"):
            return rows.filter(closed_at__isnull=True)
        return rows

    @extend_schema(parameters=[OPEN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its parties."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {row.case.party_id for row in page}
        sights = queries.sights(party_ids=ids, on=timezone.localdate())
        rows = ObjectionRow(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)


class AssignObjections(AssignView):
    """Give open objections to an owner."""

    rows = Objection

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By the numbers of their cases."""
        return assign(objection_ids=ids, staff_id=staff_id, by=by)
