"""Which employers are late with what they owe the agency, over the API (单位逾期未报名单)."""

from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.people.models import Organisation
from backend.people.queries import canonical_id, sights
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from insurance.issuing.api import PDF, pdf_answer
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept
from insurance.unemployment.overdue_list import late_duties
from insurance.unemployment.print_overdue import print_overdue

PAGE = 200
ASKED = [
    OpenApiParameter("payer", OpenApiTypes.INT, description="单位编号"),
    OpenApiParameter("open", OpenApiTypes.BOOL, description="true：只列仍未报送的"),
    OpenApiParameter("offset", OpenApiTypes.INT, description="从第几条起"),
]


class OverdueQuery(serializers.Serializer[Any]):
    """Of which employer, and whether only what is still owed."""

    payer = serializers.IntegerField(required=False, min_value=1)
    open = serializers.BooleanField(required=False, default=False)
    offset = serializers.IntegerField(required=False, default=0, min_value=0)


class OverdueRow(serializers.Serializer[Any]):
    """A duty of an employer that is late, with the rule that says so."""

    duty = serializers.CharField()
    duty_label = serializers.CharField()
    payer = serializers.IntegerField()
    payer_name = serializers.CharField()
    person = serializers.IntegerField()
    person_name = serializers.CharField()
    happened_by = serializers.DateField(help_text="最晚的终止或录用日期")
    due_on = serializers.DateField()
    done_on = serializers.DateField(allow_null=True, help_text="空：仍未报送")
    days_over = serializers.IntegerField()
    steps = StepRow(many=True)


class OverdueReports(APIView):
    """Lists of who lost work, and registrations of who was hired, that are late: of the last twelve
    months, 200 a page, by employer."""

    @extend_schema(parameters=ASKED, responses=OverdueRow(many=True))
    def get(self, request: Request) -> Response:
        """List them."""
        asked = OverdueQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given, today = asked.validated_data, timezone.localdate()
        rows = late_duties(
            today=today,
            payer_id=canonical_id(party_id=given["payer"]) if "payer" in given else None,
            only_open=given["open"],
            limit=PAGE,
            offset=given["offset"],
        )
        parties = {party for one in rows for party in (one.of.payer_id, one.of.person_id)}
        seen = sights(party_ids=parties, on=today)
        return Response(
            [
                {
                    "duty": one.of.duty.name,
                    "duty_label": one.of.duty.label,
                    "payer": one.of.payer_id,
                    "payer_name": seen[one.of.payer_id].name,
                    "person": one.of.person_id,
                    "person_name": masked(FieldClass.NAME, seen[one.of.person_id].name),
                    "happened_by": one.of.happened_by.isoformat(),
                    "due_on": one.lateness.due_on.isoformat(),
                    "done_on": one.of.done_on.isoformat() if one.of.done_on else None,
                    "days_over": one.lateness.days,
                    "steps": kept(steps=(one.lateness.step,)),
                }
                for one in rows
            ]
        )


class OverdueNoticePdf(generics.GenericAPIView[Organisation]):
    """Ask an employer in writing for the lists that it owes."""

    queryset = Organisation.objects.all()

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        employer = self.get_object()
        return pdf_answer(print_overdue(payer_id=employer.pk, by=cast(Staff, request.user)))
