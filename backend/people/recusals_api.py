"""Recusals over the API (回避申报): one's own declared; confirmed and ended by another."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.access.unlocking import Unlocking, proven, proven_with
from backend.kernel.identity import IdKind
from backend.people import queries, recusals
from backend.people.models import Recusal, Relation
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from backend.web.idempotency import idempotent


class RecusalRow(serializers.ModelSerializer[Recusal]):
    """Who keeps out of whose matters, and since when; the other's name is masked."""

    other_name = serializers.SerializerMethodField()
    relation_label = serializers.CharField(source="get_relation_display")

    class Meta:
        model = Recusal
        fields = (
            *("id", "staff", "other", "other_name", "relation", "relation_label", "note"),
            *("declared_at", "confirmed_by", "confirmed_at", "ended_by", "ended_at", "end_reason"),
        )

    def get_other_name(self, row: Recusal) -> str:
        """王*英."""
        sights = queries.sights(party_ids=[row.other_id], on=timezone.localdate())
        return masked(FieldClass.NAME, sights[row.other_id].name)


class RecusalFields(serializers.Serializer[Any]):
    """Of whose matters one keeps out, and why."""

    id_kind = serializers.ChoiceField(
        choices=[kind.value for kind in IdKind], default=IdKind.CITIZEN.value
    )
    id_number = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=150)
    relation = serializers.ChoiceField(choices=Relation.choices)
    note = serializers.CharField(max_length=recusals.TEXT_MAX)


class EndRecusalFields(Unlocking):
    """Why it ends."""

    reason = serializers.CharField(max_length=recusals.TEXT_MAX)


class RecusalList(generics.ListAPIView[Recusal]):
    """Recusals, newest first: one's own; the security administration and supervision see all.
    Filter: staff."""

    queryset = Recusal.objects.all()
    serializer_class = RecusalRow
    filterset_fields = ("staff",)

    @extend_schema(request=RecusalFields, responses={201: RecusalRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Declare one's own."""
        given = RecusalFields(data=request.data)
        given.is_valid(raise_exception=True)
        made = recusals.declare(staff=cast(Staff, request.user), **given.validated_data)
        return Response(RecusalRow(made).data, status=201)


class ConfirmRecusal(APIView):
    """Confirm what another declared."""

    @extend_schema(request=Unlocking, responses=RecusalRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """With password and code."""
        by = proven(request)
        return Response(RecusalRow(recusals.confirm(recusal_id=pk, by=by, now=timezone.now())).data)


class EndRecusal(APIView):
    """End what is none any more."""

    @extend_schema(request=EndRecusalFields, responses=RecusalRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """With password and code, and a reason."""
        given = EndRecusalFields(data=request.data)
        given.is_valid(raise_exception=True)
        by = proven_with(request, given.validated_data)
        ended = recusals.end(
            recusal_id=pk, reason=given.validated_data["reason"], by=by, now=timezone.now()
        )
        return Response(RecusalRow(ended).data)
