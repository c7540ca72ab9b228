"""Adjustments over the API (养老金调整): runs with their totals, rows, and why; persons masked."""

from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.money import Money
from backend.people import queries as people
from backend.people.models import Person
from backend.people.person_rows import OfPerson
from backend.web.fields import FenField
from insurance.issuing.api import PDF, pdf_answer
from insurance.pension.adjusting.explain import explained
from insurance.pension.adjusting.models import Row, Run
from insurance.pension.adjusting.print_sheet import print_sheet
from insurance.policy.api import StepRow
from insurance.policy.kept_steps import kept

MONEY = ("fixed_fen", "linked_fen", "supplement_fen", "more_fen")


class TotalsRow(serializers.Serializer[Any]):
    """What all runs of an adjustment came to when this one was sealed, by the month."""

    adjusted = serializers.IntegerField()
    fixed = serializers.CharField()
    linked = serializers.CharField()
    supplement = serializers.CharField()
    more = serializers.CharField()
    left_out = serializers.DictField(child=serializers.IntegerField())


class AdjustmentRunRow(serializers.ModelSerializer[Run]):
    """A run of an adjustment."""

    kind_label = serializers.CharField(source="get_kind_display")
    state_label = serializers.CharField(source="get_state_display")
    since = serializers.DateField(format="%Y-%m")
    period = serializers.DateField(format="%Y-%m", allow_null=True)
    standing = serializers.CharField(source="parameters.standing")
    totals = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            *("id", "kind", "kind_label", "region", "since", "ordinal", "period", "case_id"),
            *("known_at", "policy_version", "standing", "state", "state_label", "totals"),
            *("opened_at", "sealed_at"),
        )

    @extend_schema_field(TotalsRow)
    def get_totals(self, run: Run) -> dict[str, Any] | None:
        """None while it is computed."""
        if run.summary is None:
            return None
        money = {name.removesuffix("_fen"): str(Money(run.summary[name])) for name in MONEY}
        return {name: run.summary[name] for name in ("adjusted", "left_out")} | money


class AdjustmentRunList(generics.ListAPIView[Run]):
    """Runs with their totals, newest first; filters: kind, region, since, state, case_id."""

    queryset = Run.objects.all()
    serializer_class = AdjustmentRunRow
    filterset_fields = ("kind", "region", "since", "state", "case_id")


class AdjustmentRow(OfPerson):
    """What a run says of somebody."""

    person = serializers.IntegerField(source="person_id")
    kind = serializers.CharField(source="run.kind")
    since = serializers.DateField(source="run.since", format="%Y-%m")
    left_out_label = serializers.CharField(source="get_left_out_display")
    before = FenField(source="before_fen")
    raised_from = FenField(source="raised_from_fen")
    supplement_from = FenField(source="supplement_from_fen")
    fixed = FenField(source="fixed_fen")
    years = FenField(source="years_fen")
    share = FenField(source="share_fen")
    linked = FenField(source="linked_fen")
    supplement = FenField(source="supplement_fen")

    class Meta:
        model = Row
        fields: tuple[str, ...] = (
            *("run", "kind", "since", "entitlement", "person", "person_name", "left_out"),
            *("left_out_label", "paid_months", "age", "before", "raised_from", "supplement_from"),
            *("fixed", "years", "share", "linked", "supplement"),
        )


class AdjustmentRowList(generics.ListAPIView[Row]):
    """Rows of a run, also of those left out; filters: run, left_out, entitlement."""

    queryset = Row.objects.select_related("run", "entitlement")
    serializer_class = AdjustmentRow
    page_ordering = ("-entitlement_id", "-run_id")
    filterset_fields = ("run", "left_out", "entitlement")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its persons."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = self.get_serializer(page, many=True, context={"sights": _sights(page)})
        return self.get_paginated_response(rows.data)


class ExplainedRow(AdjustmentRow):
    """The last word on an adjustment of somebody, with its steps."""

    steps = StepRow(many=True)

    class Meta(AdjustmentRow.Meta):
        fields = (*AdjustmentRow.Meta.fields, "steps")


class AdjustmentsOfPerson(APIView):
    """Why somebody's pensions were adjusted so in a year, or why not."""

    @extend_schema(responses=ExplainedRow(many=True))
    def get(self, request: Request, person_id: int, year: int) -> Response:
        """Show each adjustment with its steps."""
        generics.get_object_or_404(Person, pk=person_id)
        found = explained(person_id=person_id, year=year)
        sights = _sights([one.row for one in found])
        return Response(
            [
                AdjustmentRow(one.row, context={"sights": sights}).data
                | {"steps": kept(steps=one.steps)}
                for one in found
            ]
        )


class AdjustmentSheetPdf(generics.GenericAPIView[Row]):
    """Print the sheet of what a run says of somebody."""

    queryset = Row.objects.select_related("run", "entitlement")

    @extend_schema(responses=PDF)
    def get(self, request: Request, run_id: int, entitlement_id: int) -> HttpResponse:
        """Give the PDF; it is in the register then."""
        row = get_object_or_404(self.queryset, run_id=run_id, entitlement_id=entitlement_id)
        return pdf_answer(print_sheet(row=row, by=cast(Staff, request.user)))


def _sights(rows: list[Row]) -> dict[int, people.Sight]:
    ids = {row.person_id for row in rows}
    return dict(people.sights(party_ids=ids, on=timezone.localdate()))
