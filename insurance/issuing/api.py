"""Issued papers over the API (文书): the register, what no other capability prints, the check."""

from typing import Any, cast

from django.db.models import Count, Max
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.models import Objection
from backend.notices.models import Notice
from backend.people.look import purpose_of
from backend.people.models import Person
from insurance.issuing.answers import print_answer
from insurance.issuing.check import check_paper
from insurance.issuing.issue import Out
from insurance.issuing.letters import print_letter
from insurance.issuing.models import IssuedPaper
from insurance.issuing.report import print_report

PURPOSE = OpenApiParameter(
    "purpose", OpenApiTypes.STR, required=True, description="用途,如本人申请查阅"
)
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
            *("id", "number", "agency", "kind", "kind_label", "year", "ordinal", "case", "party"),
            *("about", "issued_on", "digest", "recorded_at", "reprints", "last_printed_at"),
        )

    def get_reprints(self, row: Any) -> int:
        """Printings after the first."""
        return int(row.times) - 1


class IssuedPaperList(generics.ListAPIView[IssuedPaper]):
    """The register, newest first; filters: number, agency, kind, year, case, party."""

    queryset = IssuedPaper.objects.annotate(
        times=Count("printings"), last_printed_at=Max("printings__printed_at")
    )
    serializer_class = IssuedPaperRow
    filterset_fields = ("number", "agency", "kind", "year", "case", "party")


class ObjectionAnswer(generics.GenericAPIView[Objection]):
    """Print the answer to an objection."""

    queryset = Objection.objects.select_related("case__agency", "decided")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_answer(objection=self.get_object(), by=cast(Staff, request.user)))


class NoticeLetter(generics.GenericAPIView[Notice]):
    """Print the letter of a notice."""

    queryset = Notice.objects.select_related("case__agency")

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        return pdf_answer(print_letter(notice=self.get_object(), by=cast(Staff, request.user)))


class PersonReportPaper(generics.GenericAPIView[Person]):
    """Print what is held about a person and who looked, for a purpose that is told."""

    queryset = Person.objects.all()

    @extend_schema(parameters=[PURPOSE], responses=PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Give the PDF; it is in the register then, and the look on record."""
        purpose = purpose_of(request=request)
        person, by = self.get_object(), cast(Staff, request.user)
        return pdf_answer(print_report(person=person, purpose=purpose, by=by))


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
