"""Files, rolls, findings and employers over the API (参保文件、名册、线索、单位)."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people import queries as people
from backend.people.models import Organisation
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.fields import FenField
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from insurance.enrolment import queries
from insurance.enrolment.api import DatedList, DatedRow
from insurance.enrolment.files import take_file
from insurance.enrolment.models import (
    Deregistration,
    Duplicate,
    EnrolmentFile,
    RetiredStatus,
    RollEntry,
    SupportGroup,
)
from insurance.enrolment.pensioners import Pensions
from insurance.enrolment.rests import Blocker

ROWS_SHOWN = 100


class RollRow(DatedRow):
    """A resident's year on the roll."""

    chosen = FenField(source="chosen_fen", allow_null=True)
    collective = FenField(source="collective_fen")

    class Meta:
        model = RollEntry
        fields = (
            *DatedRow.DATED,
            *("scheme", "village", "chosen", "collective", "subsidised"),
        )


class RollList(DatedList):
    """Rolls; filters: person, village, scheme, source_id."""

    queryset = RollEntry.objects.all()
    serializer_class = RollRow
    filterset_fields = ("person", "village", "scheme", "source_id")


class RetiredStatusRow(DatedRow):
    """Somebody is insured as a retired person."""

    class Meta:
        model = RetiredStatus
        fields = (*DatedRow.DATED, "scheme", "known_months")


class RetiredStatusList(DatedList):
    """Retired persons' insurance; filters: person, scheme."""

    queryset = RetiredStatus.objects.all()
    serializer_class = RetiredStatusRow
    filterset_fields = ("person", "scheme")


class SupportGroupRow(DatedRow):
    """Somebody belongs to a group for whom others pay."""

    class Meta:
        model = SupportGroup
        fields = (*DatedRow.DATED, "group")


class SupportGroupList(DatedList):
    """Members of support groups; filters: person, group."""

    queryset = SupportGroup.objects.all()
    serializer_class = SupportGroupRow
    filterset_fields = ("person", "group")


class FileRow(serializers.ModelSerializer[EnrolmentFile]):
    """A file, taken or refused with line and reason."""

    class Meta:
        model = EnrolmentFile
        fields: tuple[str, ...] = (
            *("id", "kind", "name", "sha256", "accepted", "row_count", "code", "line"),
            *("detail", "received_by", "received_at"),
        )


class RefusedRowFields(serializers.Serializer[Any]):
    """A row that can not be taken, its value masked."""

    line = serializers.IntegerField()
    column = serializers.CharField()
    shown = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.CharField()


class FileAnswer(FileRow):
    """What became of an upload, with the first of its bad rows."""

    refused = RefusedRowFields(many=True)

    class Meta(FileRow.Meta):
        fields = (*FileRow.Meta.fields, "refused")


class FileUpload(serializers.Serializer[Any]):
    """A CSV and the JSON that describes it."""

    description = serializers.FileField()
    file = serializers.FileField(allow_empty_file=True)


class FileList(generics.ListAPIView[EnrolmentFile]):
    """Files, newest first. POST takes one in; the same bytes again answer as before."""

    queryset = EnrolmentFile.objects.all()
    serializer_class = FileRow
    parser_classes = (Upload,)
    filterset_fields = ("kind", "accepted", "sha256")
    blockers: ClassVar[Sequence[Blocker] | None] = None
    pensions: ClassVar[Pensions | None] = None

    @extend_schema(request=FileUpload, responses={201: FileAnswer})
    def post(self, request: Request) -> Response:
        """Take the file in, whole or not at all."""
        if self.blockers is None or self.pensions is None:
            raise LookupError("FileList is mounted without what it asks")
        given = FileUpload(data=request.data)
        given.is_valid(raise_exception=True)
        description, csv = given.validated_data["description"], given.validated_data["file"]
        refused: list[Any] = []
        with laid_down(parts={"upload.json": description, "upload.csv": csv}) as folder:
            file = take_file(
                path=folder / "upload.json",
                today=timezone.localdate(),
                refused=refused,
                blockers=self.blockers,
                pensions=self.pensions,
                name=csv.name or "",
                received_by=cast(Staff, request.user).person_id,
            )
        return answer_of(file, refused)


def answer_of(file: EnrolmentFile, refused: list[Any]) -> Response:
    """What became of an upload."""
    rows = RefusedRowFields(refused[:ROWS_SHOWN], many=True).data
    answer = {**FileRow(file).data, "refused": rows}
    return Response(answer, status=201 if file.accepted else 422)


class DuplicateRow(serializers.ModelSerializer[Duplicate]):
    """A finding with its evidence: who, which enrolments, which months."""

    kind_label = serializers.CharField(source="get_kind_display")
    person_name = serializers.SerializerMethodField()
    other_person_name = serializers.SerializerMethodField()
    scheme = serializers.CharField(source="enrolment.scheme", allow_null=True, default=None)
    district = serializers.CharField(source="enrolment.district", allow_null=True, default=None)
    payer = serializers.IntegerField(source="enrolment.payer_id", allow_null=True, default=None)
    other_scheme = serializers.CharField(
        source="other_enrolment.scheme", allow_null=True, default=None
    )
    other_district = serializers.CharField(
        source="other_enrolment.district", allow_null=True, default=None
    )
    other_payer = serializers.IntegerField(
        source="other_enrolment.payer_id", allow_null=True, default=None
    )
    from_month = serializers.DateField(source="months.lower", format="%Y-%m", default=None)
    until_month = serializers.DateField(source="months.upper", format="%Y-%m", default=None)

    class Meta:
        model = Duplicate
        fields = (
            *("id", "kind", "kind_label", "person", "person_name", "other_person"),
            *("other_person_name", "enrolment", "scheme", "district", "payer"),
            *("other_enrolment", "other_scheme", "other_district", "other_payer"),
            *("from_month", "until_month"),
        )

    def get_person_name(self, row: Duplicate) -> str:
        """王*英."""
        return masked(FieldClass.NAME, self.context["sights"][row.person_id].name)

    def get_other_person_name(self, row: Duplicate) -> str:
        """王*英."""
        return masked(FieldClass.NAME, self.context["sights"][row.other_person_id].name)


class DuplicateList(generics.ListAPIView[Duplicate]):
    """Findings of doubled insurance; filters: kind, person."""

    queryset = Duplicate.objects.select_related("enrolment", "other_enrolment")
    serializer_class = DuplicateRow
    filterset_fields = ("kind", "person")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its persons."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {party for row in page for party in (row.person_id, row.other_person_id)}
        sights = people.sights(party_ids=ids, on=timezone.localdate())
        rows = DuplicateRow(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)


class DatedText(serializers.Serializer[Any]):
    """A name or number of an employer in time; both are public."""

    value = serializers.CharField()
    from_date = serializers.DateField(source="row.valid.lower", allow_null=True)
    to_date = serializers.DateField(source="row.valid.upper", allow_null=True)
    recorded_at = serializers.DateTimeField(source="row.recorded_at")
    superseded_at = serializers.DateTimeField(source="row.superseded_at", allow_null=True)


class DeregistrationRow(serializers.ModelSerializer[Deregistration]):
    """From when an employer was deregistered, and why."""

    from_month = serializers.DateField(source="valid.lower", format="%Y-%m")

    class Meta:
        model = Deregistration
        fields = ("from_month", "evidence", "recorded_at", "superseded_at")


class EmployerFields(serializers.Serializer[Any]):
    """An employer in time, and whom it insures this month."""

    party_id = serializers.IntegerField()
    names = DatedText(many=True)
    numbers = DatedText(many=True)
    deregistrations = DeregistrationRow(many=True)
    insured = serializers.DictField(child=serializers.IntegerField())


class EmployerOne(APIView):
    """An employer's history (单位沿革)."""

    @extend_schema(responses=EmployerFields)
    def get(self, request: Request, pk: int) -> Response:
        """Show names, numbers, deregistration, heads by scheme."""
        if not Organisation.objects.filter(pk=pk).exists():
            raise Http404
        month = Month.of(timezone.localdate())
        history = queries.history_of_employer(payer_id=pk, month=month)
        facts = {
            "party_id": history.party_id,
            "names": [{"value": row.name, "row": row} for row in history.names],
            "numbers": [{"value": row.number, "row": row} for row in history.numbers],
            "deregistrations": history.deregistrations,
            "insured": history.insured,
        }
        return Response(EmployerFields(facts).data)
