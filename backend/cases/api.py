"""Cases and approvals over the API (业务件、签名审批): receive, review, decide, verify."""

from collections.abc import Mapping
from dataclasses import asdict
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

from backend.access.models import Level, Role, Staff
from backend.access.unlocking import Unlocking, proven, unlocked
from backend.cases import acts, approvals, kinds
from backend.cases.authority import LIGHTEST, Authority, authority, limits_of
from backend.cases.decide import DECIDE, decide_many, review
from backend.cases.models import Approval, Case, CaseState
from backend.cases.receive import receive_at_desk
from backend.cases.seen import seen_in
from backend.cases.served import BIGINT_MAX
from backend.cases.twice import one_at_a_time, refuse_double
from backend.cases.weights import authority_over
from backend.deployment import is_demo
from backend.people import queries
from backend.people.look import disclosed
from backend.people.models import Party
from backend.privacy.classes import FieldClass
from backend.privacy.masks import Disclosure, masked
from backend.web.fields import FenField
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city

BULK_MAX = 10_000
ENDED = (CaseState.APPROVED, CaseState.REJECTED, CaseState.DECLINED)
PURPOSE = OpenApiParameter("purpose", OpenApiTypes.STR, description="查询用途;不写则脱敏")


class Deciders(serializers.Serializer[Any]):
    """Who will have to decide a case that waits, by its weight (由谁审批)."""

    roles = serializers.ListField(child=serializers.CharField())
    level = serializers.CharField(help_text="审批岗位至少的级别；不限的为空")
    collective = serializers.BooleanField(help_text="须经集体审议")
    provisional = serializers.BooleanField(help_text="金额界限是演示数或者未核实")
    said = serializers.CharField(help_text="可以念给人听的一句话")


class CaseRow(serializers.ModelSerializer[Case]):
    """A case as a list shows it, the party masked."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    agent = serializers.IntegerField(source="agent_id", read_only=True, allow_null=True)
    party_name = serializers.SerializerMethodField()
    decided_by_whom = serializers.SerializerMethodField(help_text="由谁审批；已办结的为空")

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
            "decided_by_whom",
        )

    @extend_schema_field(Deciders(allow_null=True))
    def get_decided_by_whom(self, case: Case) -> Mapping[str, object] | None:
        """Who is to decide; of what is decided, null."""
        deciders: Mapping[int, Mapping[str, object]] = self.context.get("deciders", {})
        return deciders.get(case.pk)

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
        disclosure = disclosed(request=request, party_ids=seen_in(case))
        context = {**names_of([case]), "disclosure": disclosure}
        return Response(CaseDetail(case, context=context).data)


class ContentField(serializers.DictField):
    """What is asked for: text, whole numbers that the database holds, yes and no, null for what is
    left open, and lists of tables of them; nothing else has one spelling."""

    child = serializers.JSONField(allow_null=True)

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
        if any(isinstance(value, int) and abs(value) > BIGINT_MAX for _, value in items):
            raise serializers.ValidationError("申请内容中的整数过大。")
        if any("\0" in str(text) for item in (*items, *content.items()) for text in item):
            raise serializers.ValidationError("申请内容不能含空字符。")


class ReceiveFields(serializers.Serializer[Any]):
    """What a party asks for at the desk; password and code where ``kinds.toml`` says PROVEN."""

    kind = serializers.CharField(max_length=30)
    party = serializers.PrimaryKeyRelatedField(queryset=Party.objects.all())
    content = ContentField()
    mandate = serializers.IntegerField(min_value=1, required=False, default=None)
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, max_length=128, required=False
    )
    code = serializers.RegexField(r"^[0-9]{6}$", write_only=True, required=False)


class Unlock(Unlocking):
    """The same, and the role in which the caller signs."""

    role = serializers.ChoiceField(choices=Role.choices)


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
        data = given.validated_data
        if kinds.kind_of(code=data["kind"], on=timezone.localdate()).proven:
            proven(request)
        party_id = data["party"].pk
        one_at_a_time(kind=data["kind"], party_id=party_id, content=data["content"])
        case = receive_at_desk(
            staff=cast(Staff, request.user),
            kind=data["kind"],
            party_id=party_id,
            content=data["content"],
            today=timezone.localdate(),
            acts=acts.registered(),
            mandate=data["mandate"],
        )
        refuse_double(case)
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


class LimitRow(serializers.Serializer[Any]):
    """From which amount, how many months, or for what, a case is decided otherwise."""

    from_amount = FenField(source="from_fen", allow_null=True)
    from_months = serializers.IntegerField(allow_null=True)
    about = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    level = serializers.CharField()
    collective = serializers.BooleanField()
    standing = serializers.CharField(source="standing.label", help_text="依据状态")


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
    limits = LimitRow(many=True, help_text="自什么金额、月数起，由谁审批")


class KindList(APIView):
    """The kinds of cases of today."""

    @extend_schema(responses=KindRow(many=True))
    def get(self, request: Request) -> Response:
        """List them with the roles of each step."""
        today, demo = timezone.localdate(), is_demo()
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
                        authority(
                            subject_kind=kinds.CASE,
                            case_kind=kind.code,
                            step=step,
                            on=today,
                            weight=LIGHTEST,
                            demo=demo,
                        ).roles
                    )
                    for step in ("RECEIVE", "REVIEW", "DECIDE", "REJECT")
                },
                "limits": limits_of(case_kind=kind.code, on=today),
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
            "delegation",
            "acting_for",
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
        return Approval.objects.select_related("key", "staff", "delegation")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a page, verified with few queries."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        with whole_city():  # who may sign what, the kind of the case says
            right = dict(zip((a.pk for a in page), approvals.verify_all(page), strict=True))
        rows = ApprovalRow(page, many=True, context={"verified": right})
        return self.get_paginated_response(rows.data)


def names_of(cases: list[Case]) -> dict[str, object]:
    """Give what rows of cases need to show their parties, and who is to decide them."""
    ids, today = {case.party_id for case in cases}, timezone.localdate()
    demo = is_demo()
    return {
        "sights": queries.sights(party_ids=ids, on=today),
        "deciders": {
            case.pk: _deciders(authority_over(case, step=DECIDE, on=today, demo=demo))
            for case in cases
            if case.state not in ENDED
        },
    }


def _deciders(wanted: Authority) -> dict[str, object]:
    labels = [Role(role).label for role in sorted(wanted.roles)]
    level = f"（{Level(wanted.level).label}）" if wanted.level else ""
    said = f"由{'或'.join(labels)}岗位{level}审批"
    return {
        **asdict(wanted),
        "roles": sorted(wanted.roles),
        "said": said + ("，须经集体审议并写明会议纪要" if wanted.collective else ""),
    }
