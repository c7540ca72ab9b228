"""Staff over the API (工作人员): who they are, and what a security administrator does with them."""

from datetime import date
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access import administer, asked_roles, roles
from backend.access.models import (
    Agency,
    AskedRole,
    Hall,
    Level,
    Role,
    RoleAssignment,
    SigningKey,
    Staff,
)
from backend.access.staff import AccountExists
from backend.access.unlocking import Unlocking, proven, proven_with
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind
from backend.kernel.months import DateRange
from backend.people import queries
from backend.people.models import Party, PartyKind
from backend.people.register import CREDIT_CODE
from backend.people.same_person import person_of
from backend.web.idempotency import idempotent

USERNAME = r"^[a-z][a-z0-9_.-]{2,39}$"


class StaffRow(serializers.ModelSerializer[Staff]):
    """A member of staff and the roles of today."""

    agency = serializers.CharField(source="agency.code", read_only=True)
    name = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()

    class Meta:
        model = Staff
        fields: tuple[str, ...] = (
            *("id", "username", "name", "agency", "hall", "village_id", "is_active", "roles"),
        )

    def get_name(self, staff: Staff) -> str:
        """The name of the natural person; colleagues are known by name."""
        today = timezone.localdate()
        return queries.sights(party_ids=[staff.person_id], on=today)[staff.person_id].name

    def get_roles(self, staff: Staff) -> list[str]:
        """The roles held today."""
        return sorted(roles.roles_of(staff=staff, on=timezone.localdate()))


class NewStaff(Unlocking):
    """Who gets an account: a natural person of the register, by number and name."""

    username = serializers.RegexField(USERNAME)
    id_kind = serializers.ChoiceField(
        choices=[kind.value for kind in IdKind], default=IdKind.CITIZEN.value
    )
    id_number = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=150)
    agency = serializers.SlugRelatedField(slug_field="code", queryset=Agency.objects.all())
    hall = serializers.PrimaryKeyRelatedField(
        queryset=Hall.objects.all(), allow_null=True, default=None
    )
    village = serializers.PrimaryKeyRelatedField(
        queryset=Party.objects.filter(kind=PartyKind.VILLAGE),
        allow_null=True,
        default=None,
        help_text="村协办员所协办的村（社区）：只看到这个村的居民",
    )


class IssuedFields(serializers.Serializer[Any]):
    """What one of two administrators tells the owner and nobody else, once: no later answer repeats
    it."""

    id = serializers.IntegerField(source="staff.pk")
    username = serializers.CharField(source="staff.username")
    password = serializers.CharField(
        allow_null=True, help_text="初始密码，本人须先修改；确认开通、重置的人看不到"
    )
    totp_uri = serializers.CharField(
        allow_null=True, help_text="动态口令器扫描的内容；开通账号、提出重置的人看不到"
    )


class StaffList(generics.ListAPIView[Staff]):
    """All members of staff. POST opens an account."""

    queryset = Staff.objects.select_related("agency")
    serializer_class = StaffRow
    filterset_fields = ("agency", "hall", "is_active")

    @extend_schema(request=NewStaff, responses={201: IssuedFields})
    def post(self, request: Request) -> Response:
        """Another confirms it. No key: the answer is kept nowhere, a user name is taken once."""
        given = NewStaff(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        by = _administrator(proven_with(request, data))
        person_id = person_of(kind=data["id_kind"], number=data["id_number"], name=data["name"])
        _refuse_second_account(person_id)
        issued = administer.open_account(
            username=data["username"],
            person_id=person_id,
            agency=data["agency"],
            hall=data["hall"],
            village_id=data["village"].pk if data["village"] else None,
            by=by,
            now=timezone.now(),
        )
        return Response(IssuedFields(issued).data, status=201)


class RoleRow(serializers.ModelSerializer[RoleAssignment]):
    """A role in time; without a first day it was withdrawn before it began, with ``ended_at`` it
    ended at that instant of its last day."""

    role_label = serializers.CharField(source="get_role_display", read_only=True)
    level_label = serializers.CharField(source="get_level_display", read_only=True)
    from_date = serializers.DateField(source="valid.lower", read_only=True, allow_null=True)
    to_date = serializers.DateField(source="valid.upper", read_only=True, allow_null=True)

    class Meta:
        model = RoleAssignment
        fields = (
            *("id", "role", "role_label", "level", "level_label", "employer_id", "from_date"),
            *("to_date", "ended_at", "granted_by", "recorded_at"),
        )


class AskedRoleRow(serializers.ModelSerializer[AskedRole]):
    """A role that waits for its second person, and gives no right before."""

    role_label = serializers.CharField(source="get_role_display", read_only=True)
    level_label = serializers.CharField(source="get_level_display", read_only=True)
    from_date = serializers.DateField(source="valid.lower", read_only=True)
    to_date = serializers.DateField(source="valid.upper", read_only=True, allow_null=True)
    asked_by = serializers.CharField(source="asked_by.username", read_only=True)

    class Meta:
        model = AskedRole
        fields = (
            *("id", "role", "role_label", "level", "level_label", "from_date", "to_date"),
            *("employer_id", "asked_by", "asked_at", "withdrawn_at"),
        )


class KeyRow(serializers.ModelSerializer[SigningKey]):
    """A signing key: since when, until when."""

    class Meta:
        model = SigningKey
        fields = ("id", "made_at", "retired_at")


class StaffDetail(StaffRow):
    """A member of staff with all roles and keys there ever were."""

    all_roles = RoleRow(source="roleassignment_set", many=True, read_only=True)
    keys = KeyRow(source="signingkey_set", many=True, read_only=True)
    reset_asked_by = serializers.SerializerMethodField()
    asked_roles = serializers.SerializerMethodField()

    class Meta(StaffRow.Meta):
        fields = (
            *StaffRow.Meta.fields,
            *("person_id", "password_initial", "all_roles", "keys", "reset_asked_by"),
            "asked_roles",
        )

    @extend_schema_field(AskedRoleRow(many=True))
    def get_asked_roles(self, staff: Staff) -> Any:
        """What another administrator asked for and nobody has confirmed yet."""
        return AskedRoleRow(asked_roles.waiting(of=staff, now=timezone.now()), many=True).data

    def get_reset_asked_by(self, staff: Staff) -> str | None:
        """Whose reset of it waits to be confirmed; none: null."""
        waiting = administer.waiting_reset(of=staff, now=timezone.now())
        return waiting.asked_by.username if waiting else None


class StaffOne(generics.RetrieveAPIView[Staff]):
    """One member of staff."""

    queryset = Staff.objects.select_related("agency").prefetch_related(
        "roleassignment_set", "signingkey_set"
    )
    serializer_class = StaffDetail


class EmployerUnknown(Refusal):
    """An agent reports for an employer of the register (单位不存在)."""

    code = "employer_unknown"


class NewRole(Unlocking):
    """A role from a day on; ``to_date`` is the first day without it."""

    role = serializers.ChoiceField(choices=Role.choices)
    level = serializers.ChoiceField(
        choices=Level.choices, allow_blank=True, default="", help_text="审批岗位的级别"
    )
    employer = serializers.CharField(
        max_length=18,
        allow_blank=True,
        default="",
        help_text="单位经办人所代表的单位，写统一社会信用代码",
    )
    from_date = serializers.DateField()
    to_date = serializers.DateField(allow_null=True, default=None)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """A time has a day at least."""
        if given["to_date"] is not None and given["to_date"] <= given["from_date"]:
            raise serializers.ValidationError({"to_date": "终止日应晚于起始日。"})
        if given["role"] == Role.EMPLOYER_AGENT and given["to_date"] is None:
            raise serializers.ValidationError({"to_date": "单位经办人的岗位须写明终止日。"})
        return given


class AskRole(APIView):
    """Ask for a role, which counts when another administrator confirms it."""

    @extend_schema(request=NewRole, responses={202: AskedRoleRow})
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """From today or later on."""
        given = NewRole(data=request.data)
        given.is_valid(raise_exception=True)
        data, account = given.validated_data, get_object_or_404(Staff, pk=pk)
        asked = asked_roles.ask(
            to=account,
            role=data["role"],
            level=data["level"],
            employer_id=_employer(data["employer"]),
            valid=DateRange(data["from_date"], data["to_date"]),
            by=_administrator(proven_with(request, data)),
            today=timezone.localdate(),
            now=timezone.now(),
        )
        asked.refresh_from_db()
        return Response(AskedRoleRow(asked).data, status=202)


class ConfirmRole(APIView):
    """Give a role that another administrator asked for."""

    @extend_schema(request=Unlocking, responses={201: RoleRow})
    @idempotent
    def post(self, request: Request, pk: int, asked: int) -> Response:
        """Confirm it, within a day."""
        assignment = asked_roles.confirm(
            of=get_object_or_404(Staff, pk=pk),
            asked_id=asked,
            by=_administrator(proven(request)),
            today=timezone.localdate(),
            now=timezone.now(),
        )
        assignment.refresh_from_db()
        return Response(RoleRow(assignment).data, status=201)


class WithdrawRole(APIView):
    """Take back a role that one asked for and nobody has confirmed."""

    @extend_schema(request=Unlocking, responses=AskedRoleRow)
    @idempotent
    def post(self, request: Request, pk: int, asked: int) -> Response:
        """Withdraw it; it is confirmed no more."""
        withdrawn = asked_roles.withdraw(
            of=get_object_or_404(Staff, pk=pk),
            asked_id=asked,
            by=_administrator(proven(request)),
            now=timezone.now(),
        )
        return Response(AskedRoleRow(withdrawn).data)


class RoleEnd(Unlocking):
    """The last day of a role."""

    last_day = serializers.DateField()


class EndRole(APIView):
    """End a role."""

    @extend_schema(request=RoleEnd, responses=RoleRow)
    @idempotent
    def post(self, request: Request, pk: int, role: int) -> Response:
        """After a day that is today or later."""
        given = RoleEnd(data=request.data)
        given.is_valid(raise_exception=True)
        assignment = get_object_or_404(RoleAssignment, pk=role, staff=pk)
        administer.end_role(
            assignment=assignment,
            last_day=cast(date, given.validated_data["last_day"]),
            today=timezone.localdate(),
            by=_administrator(proven_with(request, given.validated_data)),
        )
        assignment.refresh_from_db()
        return Response(RoleRow(assignment).data)


class EndRoleAtOnce(APIView):
    """End a role from this instant on, of somebody who must not work in it any more."""

    @extend_schema(request=Unlocking, responses=RoleRow)
    @idempotent
    def post(self, request: Request, pk: int, role: int) -> Response:
        """At once; what was signed before stays valid."""
        assignment = get_object_or_404(RoleAssignment, pk=role, staff=pk)
        administer.end_role_at_once(
            assignment=assignment,
            today=timezone.localdate(),
            now=timezone.now(),
            by=_administrator(proven(request)),
        )
        assignment.refresh_from_db()
        return Response(RoleRow(assignment).data)


class ResetStaff(APIView):
    """Ask for a new password, authenticator and signing key of somebody who lost them; they count
    when another administrator confirms it."""

    @extend_schema(request=Unlocking, responses=IssuedFields)
    def post(self, request: Request, pk: int) -> Response:
        """Ask. No key: the answer is kept nowhere; the last reset counts."""
        issued = administer.reset(
            of=get_object_or_404(Staff, pk=pk),
            by=_administrator(proven(request)),
            now=timezone.now(),
        )
        return Response(IssuedFields(issued).data)


class ConfirmReset(APIView):
    """Carry out a reset, or the opening of an account, that another administrator asked for."""

    @extend_schema(request=Unlocking, responses=IssuedFields)
    def post(self, request: Request, pk: int) -> Response:
        """Confirm. No key: the answer is kept nowhere, and a reset is confirmed once."""
        issued = administer.confirm_reset(
            of=get_object_or_404(Staff, pk=pk),
            by=_administrator(proven(request)),
            now=timezone.now(),
        )
        return Response(IssuedFields(issued).data)


class DeactivateStaff(APIView):
    """Close the account of somebody who leaves; what he signed still verifies."""

    @extend_schema(request=Unlocking, responses=StaffRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """From now on it opens nothing."""
        account = get_object_or_404(Staff.objects.select_related("agency"), pk=pk)
        administer.close_account(
            of=account, today=timezone.localdate(), by=_administrator(proven(request))
        )
        return Response(StaffRow(account).data)


def _administrator(by: Staff) -> administer.Administrator:
    """With every entry of its person, whenever they were found to be one."""
    return administer.Administrator(by, frozenset(queries.family_of(party_id=by.person_id)))


def _employer(code: str) -> int | None:
    """Whom a credit code names; none when there is no code."""
    if not code:
        return None
    found = queries.party_by_number(number=code, kind=CREDIT_CODE)
    employers = Party.objects.filter(kind__in=(PartyKind.EMPLOYER, PartyKind.INSTITUTION))
    if found is None or not employers.filter(pk=found).exists():
        raise EmployerUnknown(f"单位库中没有统一社会信用代码为 {code} 的单位，请先登记。")
    return found


def _refuse_second_account(party_id: int) -> None:
    """One natural person has one account, also under an entry that was merged since: the database
    looks at one entry alone."""
    others = set(queries.family_of(party_id=party_id)) - {party_id}
    if Staff.objects.filter(person_id__in=others, is_active=True).exists():
        raise AccountExists("该自然人已有启用的账号，一人只能有一个账号。")
