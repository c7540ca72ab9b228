"""Delegations over the API (委派): appoint a deputy or the superior agency, confirm, revoke."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import DEPUTISED, Agency, Delegation, DelegationKind, Level, Staff
from backend.access.unlocking import Unlocking, proven_with, unlocked
from backend.cases import delegations
from backend.kernel.months import DateRange
from backend.web.asked import flag
from backend.web.idempotency import idempotent

CURRENT = OpenApiParameter("current", OpenApiTypes.BOOL, description="true：只列未到期、未撤销的")


class DelegationRow(serializers.ModelSerializer[Delegation]):
    """A delegation: who for whom, which role, from when until when, who signed it."""

    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    agency = serializers.CharField(source="agency.code", read_only=True)
    superior = serializers.CharField(source="superior.code", read_only=True, allow_null=True)
    staff = serializers.CharField(source="staff.username", read_only=True, allow_null=True)
    acting_for = serializers.CharField(
        source="acting_for.username", read_only=True, allow_null=True
    )
    role_label = serializers.CharField(source="get_role_display", read_only=True)
    level_label = serializers.CharField(source="get_level_display", read_only=True)
    from_date = serializers.DateField(source="valid.lower", read_only=True)
    to_date = serializers.DateField(source="valid.upper", read_only=True)
    proposed_by = serializers.CharField(source="proposed_by.username", read_only=True)
    confirmed_by = serializers.CharField(
        source="confirmed_by.username", read_only=True, allow_null=True
    )
    revoked_by = serializers.CharField(
        source="revoked_by.username", read_only=True, allow_null=True
    )

    class Meta:
        model = Delegation
        fields = (
            *("id", "kind", "kind_label", "agency", "superior", "staff", "acting_for"),
            *("role", "role_label", "level", "level_label", "from_date", "to_date"),
            *("reason", "document", "digest", "proposed_by", "proposed_at", "confirmed_by"),
            *("confirmed_at", "revoked_by", "revoked_at", "revoke_reason"),
        )


class NewDelegation(Unlocking):
    """A deputy, by user name, for somebody of the same agency; or the superior of an agency.
    ``to_date`` is the first day without it."""

    kind = serializers.ChoiceField(choices=DelegationKind.choices)
    role = serializers.ChoiceField(choices=[(role.value, role.label) for role in DEPUTISED])
    level = serializers.ChoiceField(choices=Level.choices, allow_blank=True, default="")
    staff = serializers.SlugRelatedField(
        slug_field="username", queryset=Staff.objects.all(), allow_null=True, default=None
    )
    acting_for = serializers.SlugRelatedField(
        slug_field="username", queryset=Staff.objects.all(), allow_null=True, default=None
    )
    agency = serializers.SlugRelatedField(
        slug_field="code", queryset=Agency.objects.all(), allow_null=True, default=None
    )
    from_date = serializers.DateField()
    to_date = serializers.DateField()
    reason = serializers.CharField(max_length=delegations.REASON_MAX)
    document = serializers.CharField(max_length=delegations.DOCUMENT_MAX)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """A deputy has two names, a superior one agency; a time has a day at least."""
        named = {name for name in ("staff", "acting_for", "agency") if given[name] is not None}
        deputy = given["kind"] == DelegationKind.DEPUTY
        if named != ({"staff", "acting_for"} if deputy else {"agency"}):
            raise serializers.ValidationError(
                "代理写明 staff 和 acting_for，上级代办写明 agency，不写其他的。"
            )
        if given["to_date"] <= given["from_date"]:
            raise serializers.ValidationError({"to_date": "终止日应晚于起始日。"})
        return given


class DelegationList(generics.ListAPIView[Delegation]):
    """Delegations, the newest first. POST appoints, with the caller's own key."""

    serializer_class = DelegationRow
    filterset_fields = ("kind", "agency", "role")

    def get_queryset(self) -> QuerySet[Delegation]:
        """With those who are named; of today, when asked."""
        rows = Delegation.objects.select_related(
            *("agency", "superior", "staff", "acting_for", "proposed_by"),
            *("confirmed_by", "revoked_by"),
        ).order_by("-pk")
        if flag(self.request, "current"):
            today = timezone.localdate()
            rows = rows.filter(Q(valid__endswith__gt=today), revoked_at__isnull=True)
        return rows

    @extend_schema(parameters=[CURRENT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=NewDelegation, responses={201: DelegationRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Sign as the first of two."""
        given = NewDelegation(data=request.data)
        given.is_valid(raise_exception=True)
        data, now = given.validated_data, timezone.now()
        terms = delegations.Terms(
            role=data["role"],
            level=data["level"],
            valid=DateRange(data["from_date"], data["to_date"]),
            reason=data["reason"],
            document=data["document"],
        )
        key = unlocked(request, data)
        delegation = (
            delegations.appoint_deputy(
                deputy=data["staff"], acting_for=data["acting_for"], terms=terms, key=key, now=now
            )
            if data["kind"] == DelegationKind.DEPUTY
            else delegations.appoint_superior(agency=data["agency"], terms=terms, key=key, now=now)
        )
        return _shown(delegation, status=201)


class ConfirmDelegation(APIView):
    """Confirm what another proposed."""

    @extend_schema(request=Unlocking, responses=DelegationRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Sign as the second of two."""
        given = Unlocking(data=request.data)
        given.is_valid(raise_exception=True)
        key = unlocked(request, given.validated_data)
        return _shown(delegations.confirm(delegation_id=pk, key=key, now=timezone.now()))


class RevokeFields(Unlocking):
    """Why a delegation ends before its last day."""

    reason = serializers.CharField(max_length=delegations.REASON_MAX)


class RevokeDelegation(APIView):
    """Revoke a delegation."""

    @extend_schema(request=RevokeFields, responses=DelegationRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """From the next call on nobody acts by it."""
        given = RevokeFields(data=request.data)
        given.is_valid(raise_exception=True)
        delegation = delegations.revoke(
            delegation_id=pk,
            by=proven_with(request, given.validated_data),
            reason=given.validated_data["reason"],
            now=timezone.now(),
        )
        return _shown(delegation)


def _shown(delegation: Delegation, *, status: int = 200) -> Response:
    delegation.refresh_from_db()
    return Response(DelegationRow(delegation).data, status=status)
