"""Give open suspense and findings to an owner over the API (待处理款、比对差异指派)."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.web.idempotency import idempotent
from insurance.collection import findings, suspense


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
