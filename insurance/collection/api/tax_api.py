"""Tax files and what their comparison found over the API (税务文件、比对差异)."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.models import Staff
from backend.feeds.refused import RefusedRow
from backend.people import queries as people
from backend.people.register import CREDIT_CODE
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.asked import flag
from backend.web.fields import FenField
from backend.web.laid_down import laid_down
from backend.web.parsers import Upload
from backend.web.scope import whole_city
from insurance.collection.models import Finding, TaxFile
from insurance.collection.tax.tax_files import take_file

ROWS_SHOWN = 100
OPEN = OpenApiParameter("open", OpenApiTypes.BOOL, description="true：只列未处理的")


class TaxFileRow(serializers.ModelSerializer[TaxFile]):
    """A file from or to the tax bureau, taken or refused with line and reason."""

    kind_label = serializers.CharField(source="get_kind_display")
    period = serializers.DateField(format="%Y-%m", allow_null=True)
    amount = FenField(source="fen", allow_null=True)
    owner_role = serializers.CharField(read_only=True)

    class Meta:
        model = TaxFile
        fields: tuple[str, ...] = (
            *("id", "kind", "kind_label", "period", "serial", "name", "sha256", "accepted"),
            *("row_count", "amount", "code", "line", "detail", "owner_role", "received_by"),
            "received_at",
        )


class BadRow(serializers.Serializer[Any]):
    """A row that can not be taken, its value masked."""

    line = serializers.IntegerField()
    column = serializers.CharField()
    shown = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.CharField()


class TaxFileAnswer(TaxFileRow):
    """What became of an upload, with the first of its bad rows."""

    refused = BadRow(many=True)

    class Meta(TaxFileRow.Meta):
        fields = (*TaxFileRow.Meta.fields, "refused")


class TaxFileUpload(serializers.Serializer[Any]):
    """A CSV and the JSON that describes it."""

    description = serializers.FileField(allow_empty_file=True)
    file = serializers.FileField(allow_empty_file=True)


class TaxFileList(generics.ListAPIView[TaxFile]):
    """Files, newest first. POST takes one in; the same bytes again answer as before."""

    queryset = TaxFile.objects.all()
    serializer_class = TaxFileRow
    parser_classes = (Upload,)
    filterset_fields = ("kind", "accepted", "period", "serial", "sha256")

    @extend_schema(request=TaxFileUpload, responses={201: TaxFileAnswer})
    def post(self, request: Request) -> Response:
        """Take the file in, whole or not at all."""
        given = TaxFileUpload(data=request.data)
        given.is_valid(raise_exception=True)
        description, csv = given.validated_data["description"], given.validated_data["file"]
        refused: list[RefusedRow] = []
        with (
            laid_down(parts={"upload.json": description, "upload.csv": csv}) as folder,
            whole_city(),  # one file for all schemes
        ):
            file = take_file(
                path=folder / "upload.json",
                today=timezone.localdate(),
                name=csv.name or "",
                received_by=cast(Staff, request.user).person_id,
                refused=refused,
            )
        rows = BadRow(refused[:ROWS_SHOWN], many=True).data
        answer = {**TaxFileRow(file).data, "refused": rows}
        return Response(answer, status=201 if file.accepted else 422)


class FindingRow(serializers.ModelSerializer[Finding]):
    """What differs between declaration and register; names are masked."""

    kind_label = serializers.CharField(source="get_kind_display")
    period = serializers.DateField(format="%Y-%m")
    month = serializers.DateField(format="%Y-%m")
    payer_name = serializers.SerializerMethodField()
    payer_number = serializers.SerializerMethodField()
    person_name = serializers.SerializerMethodField()
    declared_name = serializers.SerializerMethodField()
    declared_amount = FenField(source="declared_fen")
    registered_amount = FenField(source="registered_fen")
    received_amount = FenField(source="received_fen")

    class Meta:
        model = Finding
        fields = (
            *("id", "period", "kind", "kind_label", "payer_id", "payer_name", "payer_number"),
            *("scheme", "month", "person_id", "person_name", "declared_name", "declared_amount"),
            *(
                "registered_amount",
                "received_amount",
                "owner_role",
                "owner_staff_id",
                "opened_at",
                "decision",
            ),
            *("case_id", "closed_at", "gone_file"),
        )

    def get_payer_name(self, row: Finding) -> str:
        """Organisations are public, persons are not."""
        sight = self.context["sights"].get(row.payer_id)
        if not sight:
            return ""
        return (
            sight.name if sight.number_kind == CREDIT_CODE else masked(FieldClass.NAME, sight.name)
        )

    def get_payer_number(self, row: Finding) -> str:
        """As declared, of an employer whom nobody knows here; it may be a person's."""
        return masked(FieldClass.NUMBER, row.payer_number)

    def get_person_name(self, row: Finding) -> str:
        """王*英, as registered."""
        sight = self.context["sights"].get(row.person_id)
        return masked(FieldClass.NAME, sight.name) if sight else ""

    def get_declared_name(self, row: Finding) -> str:
        """王*英, as declared."""
        return masked(FieldClass.NAME, row.declared.person_name) if row.declared else ""


class FindingList(generics.ListAPIView[Finding]):
    """Findings of the comparison, newest first; ?open=true for the worklist."""

    queryset = Finding.objects.select_related("declared")
    serializer_class = FindingRow
    filterset_fields = (
        *("period", "kind", "payer_id", "person_id", "scheme", "owner_role", "owner_staff_id"),
    )

    def get_queryset(self) -> Any:
        """Only open ones when asked."""
        rows = super().get_queryset()
        if flag(self.request, "open"):
            return rows.filter(closed_at__isnull=True)
        return rows

    @extend_schema(parameters=[OPEN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the names of its parties."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {party for row in page for party in (row.payer_id, row.person_id) if party}
        sights = people.sights(party_ids=ids, on=timezone.localdate())
        rows = FindingRow(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)
