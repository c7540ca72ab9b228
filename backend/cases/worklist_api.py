"""Assignment over the API (指派): look whose open rows are, and give them to an owner.

Several look at one worklist: whoever assigns says in If-Match what he saw, and learns it when
somebody else gave the same rows to another owner since.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db import models
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases import worklist
from backend.web.asked import DIGITS_MAX, QueryInvalid
from backend.web.etag import IF_MATCH, require_match, tagged
from backend.web.idempotency import idempotent

ROWS_MAX = 1000
ROWS = OpenApiParameter(
    "rows", OpenApiTypes.STR, required=True, description="行号，用逗号分开，如 12,15"
)


class OwnerRow(serializers.Serializer[Any]):
    """An open row, and whose it is."""

    id = serializers.IntegerField()
    owner = serializers.IntegerField(allow_null=True)


class Owners(serializers.Serializer[Any]):
    """Those of the rows that are open."""

    owners = OwnerRow(many=True)


class AssignFields(serializers.Serializer[Any]):
    """Which rows, to whom."""

    rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=ROWS_MAX
    )
    staff = serializers.PrimaryKeyRelatedField(queryset=Staff.objects.filter(is_active=True))


class Assigned(serializers.Serializer[Any]):
    """How many rows were open and have the owner now."""

    assigned = serializers.IntegerField()


class AssignView(ABC, APIView):
    """Give open rows of one worklist to an owner; nothing is decided by that."""

    rows: ClassVar[type[models.Model]]

    @abstractmethod
    def assign(self, *, ids: list[int], staff_id: int, by: int) -> int:
        """Write the owner down; how many rows."""

    @extend_schema(parameters=[ROWS], responses=Owners)
    def get(self, request: Request) -> Response:
        """Tell whose the rows are, with the tag that an assignment names."""
        return tagged(self._owners(_asked(request)))

    @extend_schema(parameters=[IF_MATCH], request=AssignFields, responses=Assigned)
    @idempotent
    def post(self, request: Request) -> Response:
        """Assign them, unless they are somebody else's since."""
        given = AssignFields(data=request.data)
        given.is_valid(raise_exception=True)
        ids = given.validated_data["rows"]
        of = f"assign/{self.rows._meta.db_table}"
        require_match(request=request, of=of, read=lambda: self._owners(ids))
        worklist.require_open(of=self.rows, ids=ids)
        assigned = self.assign(
            ids=ids,
            staff_id=given.validated_data["staff"].pk,
            by=cast(Staff, request.user).person_id,
        )
        return Response(Assigned({"assigned": assigned}).data)

    def _owners(self, ids: list[int]) -> Mapping[str, Any]:
        held = worklist.owners(of=self.rows, ids=ids)
        return Owners({"owners": [{"id": pk, "owner": owner} for pk, owner in held]}).data


def _asked(request: Request) -> list[int]:
    """The rows that the address names.

    Raises:
        QueryInvalid.
    """
    told = request.query_params.get("rows", "").split(",")
    if len(told) > ROWS_MAX or not all(map(_is_number, told)):
        raise QueryInvalid(f"rows 应为行号，用逗号分开，最多 {ROWS_MAX} 行。", filter="rows")
    return [int(one) for one in told]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
