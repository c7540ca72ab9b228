"""Yearly refunds to employers over the API (稳岗返还): lists for staff, the notice for anybody."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.access.models import Agency
from backend.kernel.dated import Standing
from backend.people import queries as people
from backend.web.fields import FenField
from backend.web.paging import PAGED
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.policy.api import StepRow
from insurance.unemployment.models import RefundEntry, RefundList
from insurance.unemployment.refund_models import Effect, RefundObjection


class RefundListRow(serializers.ModelSerializer[RefundList]):
    """A yearly list, its notice, and whether it is paid."""

    standing_label = serializers.SerializerMethodField(
        help_text="条件、公示期限、返还比例中最弱的依据状态"
    )
    granted_case = serializers.IntegerField(source="refundgrant.case_id", default=None)
    amount = FenField(source="refundgrant.fen", default=None)

    class Meta:
        model = RefundList
        fields = (
            *("id", "book", "region", "year", "ordinal", "published_on", "notice_until"),
            *("figures", "standing", "standing_label", "policy_version", "case_id"),
            *("recorded_at", "granted_case", "amount"),
        )

    def get_standing_label(self, row: RefundList) -> str:
        """未核实, or in a demonstration 演示, where a figure is."""
        return Standing[row.standing].label


class RefundListList(generics.ListAPIView[RefundList]):
    """Lists, newest first; filters: book, year."""

    queryset = RefundList.objects.select_related("refundgrant")
    serializer_class = RefundListRow
    filterset_fields = ("book", "year")


class RefundEntryRow(WithParties):
    """What an employer gets, or why it gets nothing; with its steps."""

    payer_name = serializers.SerializerMethodField()
    size_label = serializers.CharField(source="get_size_display")
    refused_label = serializers.CharField(source="get_refused_display")
    paid_last_year = FenField(source="paid_fen")
    amount = FenField(source="fen")
    had = FenField(source="had_fen")
    steps = StepRow(many=True)
    due_ref = serializers.IntegerField(source="refunddue.due_ref", default=None)

    class Meta:
        model = RefundEntry
        fields = (
            *("id", "list", "payer", "payer_name", "size", "size_label", "paid_last_year"),
            *("paid_months", "laid_off", "staff_months", "amount", "refused", "refused_label"),
            *("note", "steps", "due_ref", "corrects", "had", "ground", "case_id"),
        )


class RefundEntryList(PartyList):
    """Entries, newest first; filters: list, payer, refused."""

    queryset = RefundEntry.objects.select_related("refunddue")
    serializer_class = RefundEntryRow
    filterset_fields = ("list", "payer", "refused")


class NoticeEntry(serializers.Serializer[Any]):
    """What anybody may know of an employer on the list."""

    name = serializers.CharField()
    credit_code = serializers.CharField()
    amount = serializers.CharField()


class Notice(serializers.Serializer[Any]):
    """A page of the published list."""

    year = serializers.IntegerField()
    agency = serializers.CharField()
    published_on = serializers.DateField()
    notice_until = serializers.DateField()
    standing_label = serializers.CharField(
        help_text="依据状态：公示期限等未核对过原文的写明“未核实”"
    )
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    employers = NoticeEntry(many=True)


class PublicNotice(generics.GenericAPIView[RefundEntry]):
    """Anybody reads the list of a year while it is published, and afterwards (公示), page by page.

    An employer that an objection took off is on it no more.
    """

    queryset = RefundEntry.objects.filter(fen__gt=0, corrects__isnull=True)
    serializer_class = Notice
    page_ordering = "pk"

    @extend_schema(parameters=PAGED, responses=Notice)
    def get(self, request: Request, agency: str, year: int) -> Response:
        """Show who is to get how much."""
        lists = RefundList.objects.filter(book__agency__code=agency, year=year)
        found = lists.order_by("-ordinal").first()
        if found is None or found.published_on > timezone.localdate():
            raise Http404
        upheld = RefundObjection.objects.filter(list=found, effect=Effect.EXCLUDE)
        shown = self.get_queryset().filter(list=found).exclude(payer__in=upheld.values("payer"))
        rows = self.paginate_queryset(shown) or []
        pages = self.get_paginated_response([]).data
        notice = {
            "year": found.year,
            "agency": Agency.objects.get(code=agency).name,
            "published_on": found.published_on,
            "notice_until": found.notice_until,
            "standing_label": Standing[found.standing].label,
            "next": pages["next"],
            "previous": pages["previous"],
            "employers": _employers(rows, on=found.published_on),
        }
        return Response(self.get_serializer(notice).data)


def _employers(rows: Sequence[RefundEntry], *, on: date) -> list[dict[str, str]]:
    sights = people.sights(party_ids={row.payer_id for row in rows}, on=on)
    return [
        {
            "name": sights[row.payer_id].name,
            "credit_code": sights[row.payer_id].number,
            "amount": row.steps[-1]["result"],
        }
        for row in rows
    ]
