"""Exports over the API (导出): ask, see how far it is, fetch once."""

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, QueryDict
from django.urls import resolve, reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.exports import export
from backend.exports.forms import ExportedForm, exported_forms
from backend.exports.lists import exported_lists
from backend.exports.models import Export
from backend.web.asked import DIGITS_MAX, require_known
from backend.web.idempotency import idempotent
from backend.web.schema import ProblemFields

CSV = "text/csv"
_FORM_KINDS = sorted({form.content_type for form in exported_forms().values()})
GONE = OpenApiResponse(ProblemFields, description="已领取或已过期")


class ExportRow(serializers.ModelSerializer[Export]):
    """An export: what was asked, what became of it."""

    list = serializers.CharField(source="route")
    list_label = serializers.SerializerMethodField()
    rows = serializers.IntegerField(source="outcome.rows", default=None)
    sha256 = serializers.CharField(source="outcome.sha256", default=None)
    refused_code = serializers.CharField(source="outcome.code", default=None)
    refused_detail = serializers.CharField(source="outcome.detail", default=None)
    ready_at = serializers.DateTimeField(source="outcome.at", default=None)
    fetched_at = serializers.DateTimeField(source="handover.at", default=None)

    class Meta:
        model = Export
        fields = (
            *("id", "staff", "list", "list_label", "filters", "purpose", "rows_max", "asked_at"),
            *("until", "rows", "sha256", "refused_code", "refused_detail", "ready_at"),
            "fetched_at",
        )

    def get_list_label(self, row: Export) -> str:
        """What a clerk calls the list."""
        known = exported_forms().get(row.route) or exported_lists().get(row.route)
        return known.label if known else row.route


class ExportFields(serializers.Serializer[Any]):
    """Which list, of which rows, what for."""

    list = serializers.ChoiceField(choices=sorted([*exported_lists(), *exported_forms()]))
    filters = serializers.DictField(child=serializers.CharField(max_length=200), default=dict)
    purpose = serializers.CharField(min_length=export.PURPOSE_MIN, max_length=export.PURPOSE_MAX)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Filters are those of the list; a form needs all of its own."""
        form = exported_forms().get(given["list"])
        if form is not None:
            _require_numbers(form, given["filters"])
            return given
        asked = QueryDict(mutable=True)
        asked.update(given["filters"])
        view: Any = resolve(reverse(given["list"])).func
        require_known(query=asked, view=view.view_class(), method="GET")
        return given


def _require_numbers(form: ExportedForm, filters: Mapping[str, str]) -> None:
    whole = all(map(_is_whole, filters.values()))
    if filters.keys() != form.filters.keys() or not whole:
        told = "、".join(f"{name}（{label}）" for name, label in form.filters.items())
        raise serializers.ValidationError({"filters": f"须写明整数：{told}。"})


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX


class ExportList(generics.ListAPIView[Export]):
    """Exports, newest first: one's own; those who supervise see all. Filters: route, staff."""

    queryset = Export.objects.select_related("outcome", "handover")
    serializer_class = ExportRow
    filterset_fields = ("route", "staff")

    def get_queryset(self) -> QuerySet[Export]:
        """Others' for those alone who supervise."""
        rows = super().get_queryset()
        staff = cast(Staff, self.request.user)
        if getattr(self, "swagger_fake_view", False):
            return rows
        roles = staff.roles_on(day=timezone.localdate())
        return rows if roles & {"SUPERVISOR", "AUDIT_ADMIN"} else rows.filter(staff=staff)

    @extend_schema(request=ExportFields, responses={201: ExportRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for one; a job writes it."""
        given = ExportFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        made = export.ask(
            staff=cast(Staff, request.user),
            route=data["list"],
            filters=data["filters"],
            purpose=data["purpose"],
            now=timezone.now(),
        )
        return Response(ExportRow(made).data, status=201)


class ExportFile(APIView):
    """The file, for whoever asked for it, once."""

    @extend_schema(
        request=None,
        responses={(200, kind): OpenApiTypes.BINARY for kind in (CSV, *_FORM_KINDS)} | {410: GONE},
    )
    def post(self, request: Request, pk: int) -> FileResponse:
        """Hand it over. No key: it is handed over once."""
        staff = cast(Staff, request.user)
        asked = generics.get_object_or_404(
            Export.objects.select_related("staff"), pk=pk, staff=staff
        )
        form = exported_forms().get(asked.route)
        opened = export.hand_over(export=asked, now=timezone.now())
        return FileResponse(
            opened,
            content_type=form.content_type if form else CSV,
            filename=f"export-{export.file_of(asked).name}",
            as_attachment=True,
        )
