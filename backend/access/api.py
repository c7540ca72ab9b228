"""Log in and out, one's own account, agencies and halls over the API (登录、机构、大厅)."""

from typing import Any, cast

from django.contrib.auth import login, logout
from django.db import transaction
from django.middleware.csrf import get_token
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access import exclusions, keys, roles
from backend.access.callers import BOUND_TO
from backend.access.credentials import prove
from backend.access.models import Agency, Hall, Staff
from backend.audit.record import record
from backend.deployment import is_demo
from backend.web.source import current_source


class LoginFields(serializers.Serializer[Any]):
    """User name, password and one-time code together."""

    username = serializers.CharField(max_length=40)
    password = serializers.CharField(write_only=True, trim_whitespace=False, max_length=128)
    code = serializers.RegexField(r"^[0-9]{6}$", write_only=True)


class PasswordFields(serializers.Serializer[Any]):
    """A new password, proven by the old one and a code."""

    password = serializers.CharField(write_only=True, trim_whitespace=False, max_length=128)
    new_password = serializers.CharField(write_only=True, trim_whitespace=False, max_length=128)
    code = serializers.RegexField(r"^[0-9]{6}$", write_only=True)


class ActingFields(serializers.Serializer[Any]):
    """A role that one holds for another, until the day before ``to_date``."""

    role = serializers.CharField()
    level = serializers.CharField()
    acting_for = serializers.CharField(source="delegation.acting_for.username")
    to_date = serializers.DateField(source="valid.upper")


class MeFields(serializers.Serializer[Any]):
    """Who is logged in, and what they may do today."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    person_id = serializers.IntegerField()
    agency = serializers.CharField()
    agency_name = serializers.CharField()
    hall = serializers.CharField(allow_null=True)
    roles = serializers.ListField(child=serializers.CharField())
    level = serializers.CharField(help_text="审批级别；没有审批岗位的为空")
    employer = serializers.IntegerField(allow_null=True, help_text="单位经办人所代表的单位")
    acting = ActingFields(many=True, help_text="代理、代行的岗位")
    password_initial = serializers.BooleanField(help_text="初始密码，须先修改")


class CsrfFields(serializers.Serializer[Any]):
    """The token that every writing request carries in X-CSRFToken, and what a page shows first."""

    token = serializers.CharField()
    demo = serializers.BooleanField(help_text="演示库：人和钱都是虚构的")
    logged_in = serializers.BooleanField(help_text="是否已有工作人员登录")


class Csrf(APIView):
    """Give the token against forged requests."""

    @extend_schema(responses=CsrfFields)
    def get(self, request: Request) -> Response:
        """Set the cookie and give its token; a stranger learns that nobody is logged in."""
        token = get_token(request._request)
        logged_in = isinstance(request.user, Staff)
        return Response({"token": token, "demo": is_demo(), "logged_in": logged_in})


class Login(APIView):
    """Open a session; what was wrong is not said."""

    @extend_schema(request=LoginFields, responses=MeFields)
    def post(self, request: Request) -> Response:
        """Check password and code in one call; the session's key is a new one."""
        SessionAuthentication().enforce_csrf(request)
        given = LoginFields(data=request.data)
        given.is_valid(raise_exception=True)
        staff = prove(**given.validated_data, now=timezone.now())
        with transaction.atomic():
            request._request.session.clear_expired()
            request._request.session.flush()  # or the same name's second login keeps its key
            login(request._request, staff)
            if request.auth is not None:
                request._request.session[BOUND_TO] = request.auth.pk
            _record("access.login", staff)
        return Response(_me(staff))


class Logout(APIView):
    """Close the session."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Forget the session; a stranger has none and is told the same."""
        if isinstance(request.user, Staff):
            _record("access.logout", request.user)
        logout(request._request)
        return Response(status=204)


class Me(APIView):
    """One's own account."""

    @extend_schema(responses=MeFields)
    def get(self, request: Request) -> Response:
        """Say who is logged in."""
        return Response(_me(cast(Staff, request.user)))


class ChangePassword(APIView):
    """Change one's own password; after an initial one the signing key is new. All sessions end."""

    @extend_schema(request=PasswordFields, responses={204: None})
    def post(self, request: Request) -> Response:
        """Seal the key under the new password, which nobody else was told."""
        given = PasswordFields(data=request.data)
        given.is_valid(raise_exception=True)
        staff = cast(Staff, request.user)
        keys.change_password(staff=staff, **given.validated_data, now=timezone.now())
        logout(request._request)
        return Response(status=204)


class AgencyRow(serializers.ModelSerializer[Agency]):
    """An agency."""

    class Meta:
        model = Agency
        fields = ("id", "code", "name", "region", "kind", "schemes", "parent")


class AgencyList(generics.ListAPIView[Agency]):
    """All agencies."""

    queryset = Agency.objects.all()
    serializer_class = AgencyRow
    filterset_fields = ("region", "kind")


class HallRow(serializers.ModelSerializer[Hall]):
    """A hall."""

    class Meta:
        model = Hall
        fields = ("id", "code", "name", "agency", "district")


class HallList(generics.ListAPIView[Hall]):
    """All halls."""

    queryset = Hall.objects.all()
    serializer_class = HallRow
    filterset_fields = ("agency", "district")


class ExclusionFields(serializers.Serializer[Any]):
    """A role that the same person does not hold at the same time, and why."""

    role = serializers.CharField()
    reason = serializers.CharField()
    document = serializers.CharField()
    standing = serializers.CharField(source="standing.label", help_text="依据状态")


class RolePost(serializers.Serializer[Any]):
    """A role, where it is from, what it excludes."""

    code = serializers.CharField()
    role_label = serializers.CharField(source="label")
    does = serializers.CharField()
    document = serializers.CharField()
    standing = serializers.CharField(source="standing.label", help_text="依据状态")
    excludes = ExclusionFields(many=True)


class RoleList(APIView):
    """The roles of today (岗位与不相容岗位)."""

    @extend_schema(responses=RolePost(many=True))
    def get(self, request: Request) -> Response:
        """List them with their sources and what they exclude."""
        today = timezone.localdate()
        pairs = exclusions.exclusions(on=today)
        rows = [
            {
                **vars(post),
                "excludes": [
                    {**vars(one), "role": one.against(post.code)}
                    for one in pairs
                    if post.code in one.roles
                ],
            }
            for post in exclusions.posts(on=today)
        ]
        return Response(RolePost(rows, many=True).data)


def _me(staff: Staff) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "id": staff.pk,
        "username": staff.username,
        "person_id": staff.person_id,
        "agency": staff.agency.code,
        "agency_name": staff.agency.name,
        "hall": staff.hall.code if staff.hall else None,
        "roles": sorted(roles.roles_of(staff=staff, on=today)),
        "level": roles.level_of(staff=staff, on=today),
        "employer": staff.employer_on(day=today),
        "acting": ActingFields(
            [one for one in staff.assignments_on(day=today) if one.delegation], many=True
        ).data,
        "password_initial": staff.password_initial,
    }


def _record(name: str, staff: Staff) -> None:
    record(
        name=name,
        subject_kind=keys.SUBJECT,
        subject_id=str(staff.pk),
        staff_id=staff.pk,
        person_id=staff.person_id,
        details={"source": current_source()},
    )
