"""Corrections over the API (补正清单): whose time is over or nearly so, what may be done."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.cases import kinds
from backend.cases.calendar import calendar
from backend.cases.content import day_at
from backend.cases.models import CaseState, Correction
from backend.cases.terms_api import WITHIN, TermQuery
from backend.kernel.working_days import add_working_days, working_days_left
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked

WAITS = "补正期限内，等申请人补正；来补正的照收（corrected）"
EXPIRED = (
    "补正期满没有补正：可以不予受理（decline，由能不予批准的另一人签名），决定书写明理由和救济途径并送达；"
    "决定以前来补正的照收（corrected），继续审查"
)


class WaitingCorrectionRow(serializers.ModelSerializer[Correction]):
    """A case that waits for what was missing, the party masked, and what may be done with it."""

    kind = serializers.CharField(source="case.kind")
    kind_label = serializers.SerializerMethodField()
    agency = serializers.IntegerField(source="case.agency_id")
    party = serializers.IntegerField(source="case.party_id")
    party_name = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField(help_text="需要补正的各项")
    days_left = serializers.SerializerMethodField(help_text="今天以后还有几个工作日；负数是已过的")
    may_decline = serializers.SerializerMethodField(help_text="期满，可以不予受理")
    said = serializers.SerializerMethodField(help_text="可以怎样办，可以念给人听")

    class Meta:
        model = Correction
        fields = (
            *("case", "kind", "kind_label", "agency", "party", "party_name", "missing"),
            *("asked_by", "asked_on", "answer_by", "calendar_known", "days_left", "may_decline"),
            "said",
        )

    def get_kind_label(self, row: Correction) -> str:
        """What a clerk calls the kind."""
        return kinds.kind_of(code=row.case.kind, on=timezone.localdate(row.case.received_at)).label

    def get_party_name(self, row: Correction) -> str:
        """赵*强."""
        return masked(FieldClass.NAME, self.context["sights"][row.case.party_id].name)

    def get_missing(self, row: Correction) -> list[str]:
        """What is to be brought."""
        return [one["what"] for one in row.missing]

    def get_days_left(self, row: Correction) -> int:
        """Working days after today through the last; below zero: over by so many."""
        return working_days_left(
            today=timezone.localdate(), last=row.answer_by, calendar=calendar()
        )

    def get_may_decline(self, row: Correction) -> bool:
        """As the decision not to accept it looks at it."""
        return row.answer_by < day_at(row.case, timezone.now())

    def get_said(self, row: Correction) -> str:
        """A sentence."""
        return EXPIRED if self.get_may_decline(row) else WAITS


class CorrectionList(generics.ListAPIView[Correction]):
    """Cases that wait for what was missing, whose time ends within some working days or is over,
    the earliest first; filters: agency, kind."""

    queryset = Correction.objects.select_related("case").filter(
        answered_at__isnull=True, case__state=CaseState.CORRECTING
    )
    serializer_class = WaitingCorrectionRow
    filterset_fields = ("case__agency", "case__kind")
    page_ordering = ("answer_by",)

    def get_queryset(self) -> QuerySet[Correction]:
        """Only what ends soon enough."""
        asked = TermQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        until = add_working_days(
            start=timezone.localdate(), days=asked.validated_data["within"], calendar=calendar()
        )
        return super().get_queryset().filter(answer_by__lte=until)

    @extend_schema(parameters=[WITHIN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the masked names of its parties."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        ids = {row.case.party_id for row in page}
        sights = queries.sights(party_ids=ids, on=timezone.localdate())
        rows = WaitingCorrectionRow(page, many=True, context={"sights": sights})
        return self.get_paginated_response(rows.data)
