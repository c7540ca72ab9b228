"""What a pension rests on, over the API (认定、审批、核定); persons are masked."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.kernel.identity import mask_name
from backend.people import queries as people
from insurance.pension.models import ArchiveFacts, ArchivePeriod, RetirementApproval
from insurance.policy.api import StepRow

HISTORY = OpenApiParameter("history", OpenApiTypes.BOOL, description="1：连同已被替代的")


class OfPerson(serializers.ModelSerializer[Any]):
    """A row that names a person, masked."""

    person_name = serializers.SerializerMethodField()

    def get_person_name(self, row: Any) -> str:
        """王*英."""
        sights: Mapping[int, people.Sight] = self.context.get("sights", {})
        return mask_name(sights[row.person_id].name) if row.person_id in sights else ""


class OfPersons(generics.ListAPIView[Any]):
    """Current rows, newest first; ``history`` shows what was superseded too."""

    def get_queryset(self) -> QuerySet[Any]:
        """As the query asks."""
        rows = super().get_queryset()
        if self.request.query_params.get("history") == "1":
            return rows
        return rows.filter(superseded_at__isnull=True)

    @extend_schema(parameters=[HISTORY])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its persons."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {row.person_id for row in page}
        sights = people.sights(party_ids=ids, on=timezone.localdate())
        rows = self.get_serializer(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)


class BirthRecordRow(serializers.Serializer[Any]):
    """What a paper says of the birth month."""

    paper = serializers.CharField()
    recorded_on = serializers.DateField()
    birth_month = serializers.CharField()


class ArchivePeriodRow(serializers.ModelSerializer[ArchivePeriod]):
    """Months that count, with their evidence."""

    kind_label = serializers.CharField(source="get_kind_display")
    work_label = serializers.CharField(source="get_work_display")
    from_month = serializers.DateField(source="months.lower", format="%Y-%m")
    until_month = serializers.DateField(source="months.upper", format="%Y-%m")

    class Meta:
        model = ArchivePeriod
        fields = (
            *("kind", "kind_label", "work", "work_label", "from_month", "until_month"),
            "evidence",
        )


class ArchiveFactsRow(OfPerson):
    """What was recognised from an archive."""

    birth_month = serializers.DateField(format="%Y-%m")
    id_birth_month = serializers.DateField(format="%Y-%m")
    first_work_month = serializers.DateField(format="%Y-%m")
    category_label = serializers.CharField(source="get_category_display")
    records = BirthRecordRow(many=True)
    periods = ArchivePeriodRow(source="archiveperiod_set", many=True)

    class Meta:
        model = ArchiveFacts
        fields = (
            *("id", "person", "person_name", "birth_month", "id_birth_month", "records"),
            *("category", "category_label", "category_evidence", "first_work_month"),
            *("first_work_evidence", "deemed_months", "periods", "case_id", "recorded_at"),
            "superseded_at",
        )


class ArchiveFactsList(OfPersons):
    """What was recognised; filters: person, category, case_id."""

    queryset = ArchiveFacts.objects.prefetch_related("archiveperiod_set")
    serializer_class = ArchiveFactsRow
    filterset_fields = ("person", "category", "case_id")


class RetirementApprovalRow(OfPerson):
    """A paper by which the department lets somebody retire."""

    route_label = serializers.CharField(source="get_route_display")
    retirement_month = serializers.DateField(format="%Y-%m")
    statutory_month = serializers.DateField(format="%Y-%m")
    steps = StepRow(many=True)

    class Meta:
        model = RetirementApproval
        fields = (
            *("id", "person", "person_name", "facts", "route", "route_label", "retirement_month"),
            *("statutory_month", "contribution_months", "document_no", "notice_on"),
            *("public_from", "public_until", "finding", "steps", "case_id", "recorded_at"),
            "superseded_at",
        )


class RetirementApprovalList(OfPersons):
    """Papers of the department; filters: person, route, retirement_month, case_id."""

    queryset = RetirementApproval.objects.all()
    serializer_class = RetirementApprovalRow
    filterset_fields = ("person", "route", "retirement_month", "case_id")
