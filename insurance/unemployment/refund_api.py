"""Yearly refunds to employers over the API (稳岗返还): lists for staff, the notice for anybody."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Agency
from backend.people import queries as people
from backend.web.fields import FenField
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.policy.api import StepRow
from insurance.unemployment.models import RefundEntry, RefundList


class RefundListRow(serializers.ModelSerializer[RefundList]):
    """A yearly list, its notice, and whether it is paid."""

    granted_case = serializers.IntegerField(source="refundgrant.case_id", default=None)
    amount = FenField(source="refundgrant.fen", default=None)

    class Meta:
        model = RefundList
        fields = (
            *("id", "book", "region", "year", "ordinal", "published_on", "notice_until"),
            *("figures", "standing", "policy_version", "case_id", "recorded_at"),
            *("granted_case", "amount"),
        )


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
    steps = StepRow(many=True)
    due_ref = serializers.IntegerField(source="refunddue.due_ref", default=None)

    class Meta:
        model = RefundEntry
        fields = (
            *("id", "list", "payer", "payer_name", "size", "size_label", "paid_last_year"),
            *("paid_months", "laid_off", "staff_months", "amount", "refused", "refused_label"),
            *("note", "steps", "due_ref"),
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
    """The published list."""

    year = serializers.IntegerField()
    agency = serializers.CharField()
    published_on = serializers.DateField()
    notice_until = serializers.DateField()
    employers = NoticeEntry(many=True)


class PublicNotice(APIView):
    """Anybody reads the list of a year while it is published, and afterwards (公示)."""

    @extend_schema(responses=Notice)
    def get(self, request: Request, agency: str, year: int) -> Response:
        """Show who is to get how much."""
        lists = RefundList.objects.filter(book__agency__code=agency, year=year)
        found = lists.order_by("-ordinal").first()
        if found is None or found.published_on > timezone.localdate():
            raise Http404
        return Response(Notice(_notice(found, Agency.objects.get(code=agency))).data)


def _notice(found: RefundList, agency: Agency) -> dict[str, object]:
    rows = list(RefundEntry.objects.filter(list=found, fen__gt=0).order_by("pk"))
    sights = people.sights(party_ids={row.payer_id for row in rows}, on=found.published_on)
    return {
        "year": found.year,
        "agency": agency.name,
        "published_on": found.published_on,
        "notice_until": found.notice_until,
        "employers": [
            {
                "name": sights[row.payer_id].name,
                "credit_code": sights[row.payer_id].number,
                "amount": row.steps[-1]["result"],
            }
            for row in rows
        ],
    }
