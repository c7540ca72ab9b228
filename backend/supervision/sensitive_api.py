"""Sensitive changes over the API (敏感变更清单): by period and agency; exported as lists are."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.cases.models import Case
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.supervision.sensitive_changes import Listed, listed, sensitive_cases, within
from backend.web.asked import QueryInvalid

FROM = OpenApiParameter("from_date", OpenApiTypes.DATE, description="办结日期自")
TO = OpenApiParameter("to_date", OpenApiTypes.DATE, description="办结日期至")


class ToldRow(serializers.Serializer[Any]):
    """One way by which the person was told."""

    channel = serializers.CharField()
    former = serializers.BooleanField()
    state = serializers.CharField()


class SensitiveChangeRow(serializers.Serializer[Any]):
    """A decided change, who had a hand in it, whether it cools, who was told; names are masked."""

    case = serializers.IntegerField(source="case.pk")
    kind = serializers.CharField(source="case.kind")
    kind_label = serializers.CharField()
    agency = serializers.CharField(source="case.agency.name")
    party = serializers.IntegerField(source="case.party_id")
    name = serializers.SerializerMethodField()
    state = serializers.CharField(source="case.state")
    state_label = serializers.CharField(source="case.get_state_display")
    received_by = serializers.IntegerField(source="case.received_by", allow_null=True)
    received_at = serializers.DateTimeField(source="case.received_at")
    reviewed_by = serializers.IntegerField(source="case.reviewed_by", allow_null=True)
    decided_by = serializers.IntegerField(source="case.decided_by")
    decided_at = serializers.DateTimeField(source="case.decided_at")
    reason = serializers.CharField(source="case.reason")
    double_changed = serializers.BooleanField()
    cooling = serializers.CharField()
    notices = ToldRow(source="told", many=True)
    told = serializers.SerializerMethodField()
    disputes = serializers.ListField(child=serializers.IntegerField())

    def get_name(self, row: Listed) -> str:
        """王*英."""
        return masked(FieldClass.NAME, row.name)

    def get_told(self, row: Listed) -> str:
        """The notices in a sentence: 短信：已发出；原电话回访：待发."""
        ways = (f"{'原' if one.former else ''}{one.channel}：{one.state}" for one in row.told)
        return "；".join(ways)


class SensitiveChangeList(generics.ListAPIView[Case]):
    """Decided sensitive changes, newest first; filters: agency, kind, state, party, from_date,
    to_date (of the decision)."""

    queryset = Case.objects.all()
    serializer_class = SensitiveChangeRow
    filterset_fields = ("agency", "kind", "state", "party")

    def get_queryset(self) -> QuerySet[Case]:
        """Those decided within the days asked for."""
        first, last = (_day(self.request, name) for name in ("from_date", "to_date"))
        return within(cases=sensitive_cases(today=timezone.localdate()), first=first, last=last)

    @extend_schema(parameters=[FROM, TO])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with all that is known of its cases."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = listed(cases=page, today=timezone.localdate())
        return self.get_paginated_response(SensitiveChangeRow(rows, many=True).data)


def _day(request: Request, name: str) -> date | None:
    given = request.query_params.get(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise QueryInvalid(f"查询条件“{name}”应为日期，例如 2026-11-05。", filter=name) from None
