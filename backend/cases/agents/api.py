"""Mandates over the API (代办登记): who may act for whom; ended at once."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.cases.agents import mandates
from backend.cases.agents.acting import is_open
from backend.cases.agents.mandates import REASON_MAX
from backend.cases.agents.models import Mandate
from backend.people import queries
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent


class MandateRow(serializers.ModelSerializer[Mandate]):
    """Who may act for whom, names masked."""

    basis_label = serializers.CharField(source="get_basis_display")
    principal_name = serializers.SerializerMethodField()
    agent_name = serializers.SerializerMethodField()
    in_force = serializers.SerializerMethodField()

    class Meta:
        model = Mandate
        fields = (
            *("id", "principal", "principal_name", "agent", "agent_name", "basis", "basis_label"),
            *("kinds", "from_date", "until_date", "in_force", "evidence", "case", "recorded_at"),
            *("ended_by", "ended_at", "end_reason"),
        )

    def get_principal_name(self, row: Mandate) -> str:
        """王*英."""
        return self._name(row.principal_id)

    def get_agent_name(self, row: Mandate) -> str:
        """李*国."""
        return self._name(row.agent_id)

    def get_in_force(self, row: Mandate) -> bool:
        """Whether the agent may act today."""
        return is_open(mandate=row, on=timezone.localdate())

    def _name(self, party_id: int) -> str:
        return masked(FieldClass.NAME, self.context["sights"][party_id].name)


class MandateList(generics.ListAPIView[Mandate]):
    """Mandates, newest first; filters: principal, agent."""

    queryset = Mandate.objects.all()
    serializer_class = MandateRow
    filterset_fields = ("principal", "agent")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with masked names."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(MandateRow(page, many=True, context=_seen(page)).data)


class EndMandateFields(serializers.Serializer[Any]):
    """Why nobody acts for the person any more."""

    reason = serializers.CharField(max_length=REASON_MAX)
    id_number = serializers.CharField(
        max_length=32,
        default="",
        allow_blank=True,
        help_text="被代办人本人到场时出示的证件号码；登记的经办机构终止的不必填写",
    )


class EndMandate(APIView):
    """End a mandate at once."""

    @extend_schema(request=EndMandateFields, responses=MandateRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Write it down."""
        given = EndMandateFields(data=request.data)
        given.is_valid(raise_exception=True)
        mandate = mandates.end(
            mandate_id=pk,
            reason=given.validated_data["reason"],
            shown=given.validated_data["id_number"],
            staff=cast(Staff, request.user),
            now=timezone.now(),
        )
        return Response(MandateRow(mandate, context=_seen([mandate])).data)


def _seen(rows: list[Mandate]) -> dict[str, object]:
    ids = {party for row in rows for party in (row.principal_id, row.agent_id)}
    return {"sights": queries.sights(party_ids=ids, on=timezone.localdate())}
