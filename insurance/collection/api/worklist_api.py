"""Worklists over the API: open suspense and findings are given to an owner (指派); what could not
be assessed is listed (未能核定)."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.web.asked import flag
from backend.web.idempotency import idempotent
from insurance.collection.api.api_rows import PartyList, WithParties
from insurance.collection.bills.not_billed import reason_of, still_open
from insurance.collection.cases import findings, suspense
from insurance.collection.models import NotBilled

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


class CollectionAssignFields(serializers.Serializer[Any]):
    """Which rows, to whom."""

    rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=1000
    )
    staff = serializers.PrimaryKeyRelatedField(queryset=Staff.objects.filter(is_active=True))


class CollectionAssigned(serializers.Serializer[Any]):
    """How many rows were open and have the owner now."""

    assigned = serializers.IntegerField()


class AssignSuspense(APIView):
    """Give open suspense to an owner."""

    @extend_schema(request=CollectionAssignFields, responses=CollectionAssigned)
    @idempotent
    def post(self, request: Request) -> Response:
        """Assign in bulk."""
        ids, staff, by = _given(request)
        assigned = suspense.assign(suspense_ids=ids, staff_id=staff, by=by)
        return Response({"assigned": assigned})


class AssignFindings(APIView):
    """Give open findings of the comparison to an owner."""

    @extend_schema(request=CollectionAssignFields, responses=CollectionAssigned)
    @idempotent
    def post(self, request: Request) -> Response:
        """Assign in bulk."""
        ids, staff, by = _given(request)
        assigned = findings.assign(finding_ids=ids, staff_id=staff, by=by)
        return Response({"assigned": assigned})


def _given(request: Request) -> tuple[list[int], int, int]:
    given = CollectionAssignFields(data=request.data)
    given.is_valid(raise_exception=True)
    data, by = given.validated_data, cast(Staff, request.user)
    return data["rows"], data["staff"].pk, by.person_id
