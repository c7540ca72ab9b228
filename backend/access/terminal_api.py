"""Terminals over the API (终端): codes, enrolment, the operators' list, revocation, heartbeats."""

from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access import citizens, terminals
from backend.access.callers import AtTerminal, Citizen
from backend.access.models import Hall, Profile, Terminal
from backend.access.unlocking import Unlocking, proven_with
from backend.web.asked import flag
from backend.web.idempotency import idempotent

KEY, SIGNATURE = r"^[0-9a-f]{64}$", r"^[0-9a-f]{128}$"
SILENT = OpenApiParameter("silent", bool, description="只列在用而没有心跳的")


class NewCode(Unlocking):
    """Which terminal is to be enrolled."""

    hall = serializers.SlugRelatedField(slug_field="code", queryset=Hall.objects.all())
    profile = serializers.ChoiceField(choices=Profile.choices)
    name = serializers.CharField(max_length=60)


class CodeFields(serializers.Serializer[Any]):
    """A code, told once: no later answer repeats it."""

    code = serializers.CharField(help_text="登记码，一小时内有效，只能用一次")
    expires_at = serializers.DateTimeField(source="row.expires_at")


class IssueCode(APIView):
    """Issue a code that enrols one terminal."""

    @extend_schema(request=NewCode, responses={201: CodeFields})
    def post(self, request: Request) -> Response:
        """Tell the code. No key: the answer is kept nowhere, and an unused code expires."""
        given = NewCode(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        issued = terminals.issue_code(
            hall=data["hall"],
            profile=Profile(data["profile"]),
            name=data["name"],
            by=proven_with(request, data),
            now=timezone.now(),
        )
        return Response(CodeFields(issued).data, status=201)


class Enrolment(serializers.Serializer[Any]):
    """A code with the key of the terminal and its proof (hexadecimal)."""

    code = serializers.CharField(max_length=40)
    public_key = serializers.RegexField(KEY, help_text="Ed25519 公钥")
    proof = serializers.RegexField(SIGNATURE, help_text="对登记码和公钥的签名")


class EnrolledFields(serializers.ModelSerializer[Terminal]):
    """What a terminal is, once enrolled."""

    hall = serializers.CharField(source="hall.code")

    class Meta:
        model = Terminal
        fields: tuple[str, ...] = ("id", "name", "profile", "hall", "enrolled_at")


class Enrol(APIView):
    """Strangers with a code enrol themselves."""

    @extend_schema(request=Enrolment, responses={201: EnrolledFields})
    def post(self, request: Request) -> Response:
        """Take the key in."""
        given = Enrolment(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        terminal = terminals.enrol(
            code=data["code"],
            public_key=bytes.fromhex(data["public_key"]),
            proof=bytes.fromhex(data["proof"]),
            now=timezone.now(),
        )
        return Response(EnrolledFields(terminal).data, status=201)


class TerminalRow(EnrolledFields):
    """A terminal and what it last said."""

    public_key = serializers.SerializerMethodField()
    silent_since = serializers.SerializerMethodField()

    class Meta(EnrolledFields.Meta):
        fields = (
            *EnrolledFields.Meta.fields,
            *("public_key", "revoked_at", "revoked_by", "seen_at", "silent_since", "state"),
        )

    def get_public_key(self, terminal: Terminal) -> str:
        """Hexadecimal, as the terminal shows it."""
        return bytes(terminal.public_key).hex()

    def get_silent_since(self, terminal: Terminal) -> datetime | None:
        """Since when it has not been heard; null while it is, or once revoked."""
        return terminals.silent_since(terminal, now=timezone.now())


class TerminalList(generics.ListAPIView[Terminal]):
    """All terminals; filters: hall (by id), profile, silent (those in use that are not heard)."""

    queryset = Terminal.objects.select_related("hall")
    serializer_class = TerminalRow
    filterset_fields = ("hall", "profile")

    @extend_schema(parameters=[SILENT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Terminal]:
        """All, or the silent ones."""
        rows = super().get_queryset()
        if not flag(self.request, "silent"):
            return rows
        since = timezone.now() - terminals.SILENT_AFTER
        heard = rows.alias(heard_at=Coalesce("seen_at", "enrolled_at"))
        return heard.filter(revoked_at=None, heard_at__lt=since)


class Revocation(Unlocking):
    """Why a terminal is revoked."""

    reason = serializers.CharField(max_length=200)


class Revoke(APIView):
    """Revoke a terminal for good."""

    @extend_schema(request=Revocation, responses=TerminalRow)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Its next call is refused."""
        given = Revocation(data=request.data)
        given.is_valid(raise_exception=True)
        get_object_or_404(Terminal, pk=pk)
        terminals.revoke(
            terminal_id=pk,
            reason=given.validated_data["reason"],
            by=proven_with(request, given.validated_data),
            now=timezone.now(),
        )
        return Response(TerminalRow(Terminal.objects.select_related("hall").get(pk=pk)).data)


class State(serializers.Serializer[Any]):
    """How a terminal is."""

    version = serializers.CharField(max_length=40, help_text="程序版本")
    reader = serializers.ChoiceField(choices=("OK", "LOST", "NONE"), help_text="读卡器")
    printer = serializers.ChoiceField(
        choices=("OK", "PAPER_LOW", "PAPER_OUT", "LOST", "NONE"), help_text="打印机"
    )
    card_present = serializers.BooleanField(help_text="卡（证件）是否在位")


class FetchedFields(serializers.Serializer[Any]):
    """A session that a clerk opened here: its key, told once."""

    key = serializers.CharField(help_text="会话号，此后写在 Citizen-Session 头里")
    person_id = serializers.IntegerField()


class HeardFields(serializers.Serializer[Any]):
    """The server's time, to set the clock by, and what waits for this terminal."""

    server_time = serializers.DateTimeField()
    citizen_session = FetchedFields(allow_null=True)


class Heartbeat(APIView):
    """A terminal says that it lives, and how it is."""

    @extend_schema(request=State, responses=HeardFields)
    def post(self, request: Request) -> Response:
        """Note it. No key: what is so now is not done twice."""
        given = State(data=request.data)
        given.is_valid(raise_exception=True)
        now = timezone.now()
        caller, terminal = cast(AtTerminal | Citizen, request.user), cast(AtTerminal, request.auth)
        terminals.hear(terminal_id=terminal.pk, state=given.validated_data, now=now)
        fetched = None
        if isinstance(caller, Citizen):
            present = given.validated_data["card_present"]
            citizens.note_presence(session_id=caller.pk, present=present, now=now)
        else:
            fetched = citizens.fetch(terminal_id=terminal.pk, now=now)
        return Response(HeardFields({"server_time": now, "citizen_session": fetched}).data)
