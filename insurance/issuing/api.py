"""Issued papers over the API (文书): the register, the answer to an objection, the public check."""

from typing import Any, cast

from django.db.models import Count, Max
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.models import Objection
from insurance.issuing.answers import print_answer
from insurance.issuing.check import check_paper
from insurance.issuing.issue import Out
from insurance.issuing.models import IssuedPaper

PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


def pdf_answer(out: Out) -> HttpResponse:
    """Give a printed paper to the browser, which keeps no copy."""
    return HttpResponse(
        out.pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{out.paper.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )


class IssuedPaperRow(serializers.ModelSerializer[IssuedPaper]):
    """A paper in the register, and how often it was printed."""

    kind_label = serializers.CharField(source="get_kind_display")
    reprints = serializers.SerializerMethodField()
    last_printed_at = serializers.DateTimeField()

    class Meta:
        model = IssuedPaper
        fields = (
            *("id", "number", "agency", "kind", "kind_label", "year", "ordinal", "case", "about"),
            *("issued_on", "digest", "recorded_at", "reprints", "last_printed_at"),
        )

    def get_reprints(self, row: Any) -> int:
        """Printings after the first."""
        return int(row.times) - 1


class IssuedPaperList(generics.ListAPIView[IssuedPaper]):
    """The register, newest first; filters: number, agency, kind, year, case."""

    queryset = IssuedPaper.objects.annotate(
        times=Count("printings"), last_printed_at=Max("printings__printed_at")
    )
    serializer_class = IssuedPaperRow
    filterset_fields = ("number", "agency", "kind", "year", "case")


class ObjectionAnswer(generics.GenericAPIView[Objection]):
    """Print the answer to an objection."""

    queryset = Objection.objects.select_related("case__agency", "decided")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_answer(objection=self.get_object(), by=cast(Staff, request.user)))


class PaperFound(serializers.Serializer[Any]):
    """What anybody may know of a paper."""

    genuine = serializers.BooleanField()
    kind = serializers.CharField()
    agency = serializers.CharField()
    issued_on = serializers.DateField(allow_null=True)
    newest = serializers.BooleanField(allow_null=True)
    demo = serializers.BooleanField()


class PaperCheck(APIView):
    """Strangers ask whether a paper is genuine."""

    @extend_schema(responses=PaperFound)
    def get(self, request: Request, number: str, check: str) -> Response:
        """Yes or no; of a genuine one its kind, its agency, its day."""
        return Response(PaperFound(check_paper(number=number, check=check)).data)
