"""The yearly wage declaration over the API (年度缴费工资申报): the form out, the form in."""

import io
from typing import Any, cast

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.people.look import disclosed
from backend.people.models import Organisation
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from backend.web.scope import whole_city
from insurance.enrolment.wage_declaration import SUFFIX, take_wages
from insurance.enrolment.wage_form import write_form
from insurance.enrolment.worklist_api import FileAnswer, answer_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YEAR = OpenApiParameter("year", OpenApiTypes.INT, required=True, description="申报年度")
PURPOSE = OpenApiParameter(
    "purpose", OpenApiTypes.STR, required=True, description="用途;表中有完整证件号码,须留痕"
)


class FormQuery(serializers.Serializer[Any]):
    """Which year's form."""

    year = serializers.IntegerField(min_value=2000, max_value=2100)


class WageForm(APIView):
    """The form of an employer with its people filled in."""

    @extend_schema(parameters=[YEAR, PURPOSE], responses={(200, XLSX): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Write the form; the look is written down."""
        asked = FormQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        if not Organisation.objects.filter(pk=pk).exists():
            raise Http404
        disclosed(request=request, party_id=pk)
        year = asked.validated_data["year"]
        content = io.BytesIO()
        with whole_city():  # one declaration for all schemes
            write_form(file=content, payer_id=pk, year=year, on=timezone.localdate())
        return HttpResponse(
            content.getvalue(),
            content_type=XLSX,
            headers={"Content-Disposition": f'attachment; filename="wages-{pk}-{year}{SUFFIX}"'},
        )


class WageUpload(serializers.Serializer[Any]):
    """One employer's declaration of one year, as xlsx."""

    file = serializers.FileField(allow_empty_file=True)


class WageDeclarations(APIView):
    """Declarations come in; what came is listed with ``enrolment-files/?kind=WAGES``."""

    parser_classes = (Upload,)

    @extend_schema(request=WageUpload, responses={201: FileAnswer})
    def post(self, request: Request) -> Response:
        """Take the declaration in, whole or not at all; the same bytes again answer as before."""
        given = WageUpload(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        name = f"upload{SUFFIX}"
        refused: list[Any] = []
        with (
            laid_down(parts={name: upload}) as folder,
            whole_city(),  # one declaration for all schemes
        ):
            file = take_wages(
                path=folder / name,
                today=timezone.localdate(),
                refused=refused,
                name=upload.name or "",
                received_by=cast(Staff, request.user).person_id,
            )
        return answer_of(file, refused)
