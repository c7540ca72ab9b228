"""The yearly wage declaration over the API (年度缴费工资申报); its form goes out as an export."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from backend.web.scope import whole_city
from insurance.enrolment.wage_declaration import SUFFIX, take_wages
from insurance.enrolment.worklist_api import FileAnswer, answer_of


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
