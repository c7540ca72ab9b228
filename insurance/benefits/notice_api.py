"""Notices that a benefit is held, ended, goes on or is refused, over the API (告知书)."""

from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request

from backend.access.models import Staff
from backend.cases.models import Case
from insurance.benefits.change_notice import print_notice
from insurance.benefits.print_refusal import print_refusal
from insurance.issuing.api import PDF, pdf_answer

ENTITLEMENT = OpenApiParameter(
    "entitlement", OpenApiTypes.INT, description="本件涉及几项待遇时写明哪一项"
)


class NoticeQuery(serializers.Serializer[Any]):
    """Which of several benefits."""

    entitlement = serializers.IntegerField(min_value=1, required=False, default=None)


class CaseNotice(generics.GenericAPIView[Case]):
    """Print the notice of what a case held, ended or let go on."""

    queryset = Case.objects.select_related("agency")

    @extend_schema(parameters=[ENTITLEMENT], responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        asked = NoticeQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        out = print_notice(
            case=self.get_object(),
            entitlement=asked.validated_data["entitlement"],
            by=cast(Staff, request.user),
        )
        return pdf_answer(out)


class CaseRefusal(generics.GenericAPIView[Case]):
    """Print the notice that what a case applied for is refused."""

    queryset = Case.objects.select_related("agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_refusal(case=self.get_object(), by=cast(Staff, request.user)))
