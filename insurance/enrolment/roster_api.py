"""Whom an employer insures (单位参保名册), over the API: for its agent and for staff, masked."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.kernel.months import Month
from backend.people import queries
from backend.people.employers import require_employer
from backend.people.queries import family_of
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from insurance.enrolment.models import Enrolment, Wage

IN_MONTH = OpenApiParameter(
    "month", OpenApiTypes.STR, description="哪个月的名册，如 2026-11；不写为本月"
)


class RosterRow(serializers.ModelSerializer[Enrolment]):
    """Somebody in a scheme at the employer, on which wage; no more than a roster needs."""

    name = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField()
    scheme_label = serializers.CharField(source="get_scheme_display")
    from_month = serializers.DateField(source="valid.lower", format="%Y-%m")
    until_month = serializers.DateField(source="valid.upper", format="%Y-%m", allow_null=True)
    wage = serializers.SerializerMethodField()

    class Meta:
        model = Enrolment
        fields = (
            *("id", "person", "name", "number", "scheme", "scheme_label", "from_month"),
            *("until_month", "wage"),
        )

    def get_name(self, row: Enrolment) -> str:
        """李*国."""
        return masked(FieldClass.NAME, self.context["sights"][row.person_id].name)

    def get_number(self, row: Enrolment) -> str:
        """340802********3023."""
        return masked(FieldClass.NUMBER, self.context["sights"][row.person_id].number)

    def get_wage(self, row: Enrolment) -> str | None:
        """What is declared of him, in yuan a month; null where nothing is."""
        fen: int | None = self.context["wages"].get(row.person_id)
        return None if fen is None else FenField().to_representation(fen)


class EmployerRoster(generics.ListAPIView[Enrolment]):
    """Whom an employer insures in a month; filters: person, scheme."""

    queryset = Enrolment.objects.filter(superseded_at__isnull=True)
    serializer_class = RosterRow
    filterset_fields = ("person", "scheme")

    def get_queryset(self) -> QuerySet[Enrolment]:
        """Those of the employer, under each of its entries."""
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset().none()
        payers = family_of(party_id=self.kwargs["pk"])
        first = self._month().first_day
        return super().get_queryset().filter(payer__in=payers, valid__contains=first)

    @extend_schema(parameters=[IN_MONTH])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page; a scheme is a row."""
        require_employer(request=request, pk=kwargs["pk"])
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {row.person_id for row in page}
        context = {
            "sights": queries.sights(party_ids=ids, on=timezone.localdate()),
            "wages": self._wages(ids),
        }
        return self.get_paginated_response(RosterRow(page, many=True, context=context).data)

    def _month(self) -> Month:
        asked = self.request.query_params.get("month")
        return Month.parse(asked) if asked else Month.of(timezone.localdate())

    def _wages(self, persons: set[int]) -> dict[int, int]:
        payers = family_of(party_id=self.kwargs["pk"])
        rows = Wage.objects.filter(
            person__in=persons,
            payer__in=payers,
            superseded_at__isnull=True,
            valid__contains=self._month().first_day,
        )
        return dict(rows.values_list("person_id", "monthly_fen"))
