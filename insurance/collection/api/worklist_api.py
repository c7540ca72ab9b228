"""Worklists over the API: open suspense and findings are given to an owner (指派); what could not
be assessed is listed (未能核定)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.cases.worklist_api import AssignView
from backend.web.asked import flag
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.collection.bills.not_billed import reason_of, still_open
from insurance.collection.cases import findings, suspense
from insurance.collection.models import Finding, NotBilled, Suspense

OPEN = OpenApiParameter("open", OpenApiTypes.BOOL, description="true：只列仍未核定的")


class NotBilledRow(WithParties):
    """Who or what could not be assessed by a run, why, and whose it is to clear up."""

    payer_name = serializers.SerializerMethodField()
    person_name = serializers.SerializerMethodField()
    month = serializers.DateField(format="%Y-%m")
    reason = serializers.SerializerMethodField()
    owner_role = serializers.SerializerMethodField()

    class Meta:
        model = NotBilled
        fields = (
            *("id", "run", "payer_id", "payer_name", "person_id", "person_name", "scheme", "month"),
            *("code", "reason", "owner_role"),
        )

    def get_reason(self, row: NotBilled) -> str:
        """In words."""
        return reason_of(code=row.code).label

    def get_owner_role(self, row: NotBilled) -> str:
        """Who does something about it."""
        return reason_of(code=row.code).owner_role.value


class NotBilledList(PartyList):
    """What could not be assessed, newest first, ?open=true for what still waits; filters: run,
    payer_id, person_id, scheme, month, code."""

    queryset = NotBilled.objects.all()
    serializer_class = NotBilledRow
    filterset_fields = ("run", "payer_id", "person_id", "scheme", "month", "code")

    def get_queryset(self) -> QuerySet[NotBilled]:
        """Only what the newest runs left out when asked."""
        if flag(self.request, "open"):
            return still_open()
        return NotBilled.objects.all()

    @extend_schema(parameters=[OPEN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)


class AssignSuspense(AssignView):
    """Give open suspense to an owner."""

    rows = Suspense

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By their numbers."""
        return suspense.assign(suspense_ids=ids, staff_id=staff_id, by=by)


class AssignFindings(AssignView):
    """Give open findings of the comparison to an owner."""

    rows = Finding

    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """By their numbers."""
        return findings.assign(finding_ids=ids, staff_id=staff_id, by=by)
