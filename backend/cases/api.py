"""Cases and approvals over the API (业务件、签名审批): receive, review, decide, verify."""

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.keys import UnlockedKey, unlock
from backend.access.models import Role, Staff
from backend.cases import acts, approvals, kinds
from backend.cases.decide import decide_many, review
from backend.cases.models import Approval, Case
from backend.cases.receive import receive_at_desk
from backend.people import queries
from backend.people.look import disclosed
from backend.people.models import Party
from backend.privacy.classes import FieldClass
from backend.privacy.masks import Disclosure, masked
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city

BULK_MAX = 10_000
PURPOSE = OpenApiParameter("purpose", OpenApiTypes.STR, description="查询用途;不写则脱敏")


class CaseRow(serializers.ModelSerializer[Case]):
    """A case as a list shows it, the party masked."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    agent = serializers.IntegerField(source="agent_id", read_only=True, allow_null=True)
    party_name = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "agency",
            "party",
            "party_name",
            "agent",
            "state",
            "state_label",
            "digest",
            "origin",
            "received_by",
            "received_at",
            "accepted_by",
            "accepted_at",
            "reviewed_by",
            "decided_by",
            "decided_at",
            "reason",
        )

    def get_party_name(self, case: Case) -> str:
        """The name of today, masked."""
        sights: Mapping[int, queries.Sight] = self.context.get("sights", {})
        sight = sights.get(case.party_id)
        return masked(FieldClass.NAME, sight.name) if sight else ""


class CaseDetail(CaseRow):
    """A case with what is asked for; masked unless for a purpose."""

    content = serializers.SerializerMethodField()
    kind_label = serializers.SerializerMethodField()

    class Meta(CaseRow.Meta):
        fields = (*CaseRow.Meta.fields, "kind_label", "content")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_content(self, case: Case) -> dict[str, object]:
        """What is asked for."""
        disclosure: Disclosure = self.context["disclosure"]
        return disclosure.content(case.content)

    def get_kind_label(self, case: Case) -> str:
        """What a clerk calls the kind."""
        return kinds.kind_of(code=case.kind, on=timezone.localdate(case.received_at)).label


class CaseList(generics.ListAPIView[Case]):
    """Cases, newest first; filters: kind, state, agency, party."""

    queryset = Case.objects.select_related("acting")
    serializer_class = CaseRow
    filterset_fields = ("kind", "state", "agency", "party")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page with the names of its parties."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(CaseRow(page, many=True, context=names_of(page)).data)


class CaseOne(generics.GenericAPIView[Case]):
    """One case."""

    queryset = Case.objects.all()
    serializer_class = CaseDetail

    @extend_schema(parameters=[PURPOSE], responses=CaseDetail)
    def get(self, request: Request, pk: int) -> Response:
        """Show the case; with a purpose in full, and the look is written down."""
        case = self.get_object()
        disclosure = disclosed(request=request, party_id=case.party_id)
        context = {**names_of([case]), "disclosure": disclosure}
        return Response(CaseDetail(case, context=context).data)


class ContentField(serializers.DictField):
    """What is asked for: text, whole numbers, yes and no, and lists of tables of them; nothing else
    has one spelling."""

    child = serializers.JSONField()

    def run_validation(self, data: Any = empty) -> Any:
        """Refuse whatever cannot be digested."""
        content = super().run_validation(data)
        if content is not None:
            self._require_plain(content)
        return content

    def _require_plain(self, content: dict[str, Any]) -> None:
        tables = [row for value in content.values() if isinstance(value, list) for row in value]
        if not all(isinstance(row, dict) for row in tables):
            raise serializers.ValidationError("申请内容中的列表应逐项填写各栏。")
        single = {name: value for name, value in content.items() if not isinstance(value, list)}
        items = [item for table in (single, *tables) for item in table.items()]
        if any(not isinstance(value, str | int | bool | None) for _, value in items):
            raise serializers.ValidationError("申请内容只能是文字、整数、是否。")
        if any("\0" in str(text) for item in (*items, *content.items()) for text in item):
            raise serializers.ValidationError("申请内容不能含空字符。")


class ReceiveFields(serializers.Serializer[Any]):
    """What a party asks for at the desk."""

    kind = serializers.CharField(max_length=30)
    party = serializers.PrimaryKeyRelatedField(queryset=Party.objects.all())
    content = ContentField()
    mandate = serializers.IntegerField(min_value=1, required=False, default=None)


class Unlock(serializers.Serializer[Any]):
    """Password and one-time code, which open the caller's key for this request."""

    role = serializers.ChoiceField(choices=Role.choices)
    password = serializers.CharField(write_only=True, trim_whitespace=False, max_length=128)
    code = serializers.RegexField(r"^[0-9]{6}$", write_only=True)


class ReviewFields(Unlock):
    """The first of two signatures."""

    note = serializers.CharField(max_length=approvals.NOTE_MAX, allow_blank=True, default="")


class DecideFields(Unlock):
    """One answer to one or many cases."""

    cases = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=BULK_MAX
    )
    approve = serializers.BooleanField()
    reason = serializers.CharField(max_length=approvals.NOTE_MAX, allow_blank=True, default="")


class ReceiveCase(APIView):
    """Receive a case at the desk."""

    @extend_schema(request=ReceiveFields, responses={201: CaseRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Freeze what is asked for."""
        given = ReceiveFields(data=request.data)
        given.is_valid(raise_exception=True)
        case = receive_at_desk(
            staff=cast(Staff, request.user),
            kind=given.validated_data["kind"],
            party_id=given.validated_data["party"].pk,
            content=given.validated_data["content"],
            today=timezone.localdate(),
            acts=acts.registered(),
            mandate=given.validated_data["mandate"],
        )
        return Response(CaseRow(case, context=names_of([case])).data, status=201)


class ReviewCase(APIView):
    """Sign a case as the first of two persons."""

    @extend_schema(request=ReviewFields, responses=CaseRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Review with the caller's own key."""
        given = ReviewFields(data=request.data)
        given.is_valid(raise_exception=True)
        data, now = given.validated_data, timezone.now()
        key = unlocked(request, data)
        case = review(case_id=pk, key=key, role=data["role"], now=now, note=data["note"])
        return Response(CaseRow(case, context=names_of([case])).data)


class DecideCases(APIView):
    """Approve or reject cases: all of them or none."""

    @extend_schema(request=DecideFields, responses=CaseRow(many=True))
    @idempotent
    def post(self, request: Request) -> Response:
        """Sign the answer with the caller's own key, and do what follows from it."""
        given = DecideFields(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        cases = decide_many(
            case_ids=data["cases"],
            approve=data["approve"],
            reason=data["reason"],
            key=unlocked(request, data),
            role=data["role"],
            now=timezone.now(),
            acts=acts.registered(),
        )
        return Response(CaseRow(cases, many=True, context=names_of(cases)).data)


class KindRow(serializers.Serializer[Any]):
    """A kind of case, and who may do what with it."""

    code = serializers.CharField()
    kind_label = serializers.CharField(source="label")
    two_person = serializers.BooleanField()
    from_feed = serializers.BooleanField()
    feed_two_person = serializers.BooleanField()
    filed = serializers.BooleanField()
    delivered = serializers.BooleanField()
    agency_kind = serializers.CharField()
    roles = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class KindList(APIView):
    """The kinds of cases of today."""

    @extend_schema(responses=KindRow(many=True))
    def get(self, request: Request) -> Response:
        """List them with the roles of each step."""
        today = timezone.localdate()
        rows = [
            {
                "code": kind.code,
                "label": kind.label,
                "two_person": kind.two_person,
                "from_feed": kind.from_feed,
                "feed_two_person": kind.feed_two_person,
                "filed": kind.filed,
                "delivered": kind.delivered,
                "agency_kind": kind.agency_kind,
                "roles": {
                    step: sorted(
                        kinds.roles_for(
                            subject_kind=kinds.CASE, case_kind=kind.code, step=step, on=today
                        )
                    )
                    for step in ("RECEIVE", "REVIEW", "DECIDE", "REJECT")
                },
            }
            for kind in kinds.kinds(on=today)
        ]
        return Response(KindRow(rows, many=True).data)


class ApprovalRow(serializers.ModelSerializer[Approval]):
    """An approval, and whether it verifies."""

    verified = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = (
            "id",
            "subject_kind",
            "subject_id",
            "step",
            "digest",
            "staff",
            "person_id",
            "role",
            "key",
            "signed_at",
            "note",
            "verified",
        )

    def get_verified(self, approval: Approval) -> bool:
        """Whether the signature, the key, the role and the day are right."""
        return bool(self.context["verified"][approval.pk])


class ApprovalList(generics.ListAPIView[Approval]):
    """Approvals, newest first, each verified as it is shown."""

    serializer_class = ApprovalRow
    filterset_fields = ("subject_kind", "subject_id", "step", "person_id")

    def get_queryset(self) -> QuerySet[Approval]:
        """Bring what verification needs."""
        return Approval.objects.select_related("key", "staff")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page, verified with few queries."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        with whole_city():  # who may sign what, the kind of the case says
            right = dict(zip((a.pk for a in page), approvals.verify_all(page), strict=True))
        rows = ApprovalRow(page, many=True, context={"verified": right})
        return self.get_paginated_response(rows.data)


def unlocked(request: Request, data: dict[str, Any]) -> UnlockedKey:
    """Open the caller's key with the password and code of the request."""
    return unlock(
        staff=cast(Staff, request.user),
        password=data["password"],
        code=data["code"],
        now=timezone.now(),
    )


def names_of(cases: list[Case]) -> dict[str, object]:
    """Give what rows of cases need to show their parties."""
    ids = {case.party_id for case in cases}
    return {"sights": queries.sights(party_ids=ids, on=timezone.localdate())}
