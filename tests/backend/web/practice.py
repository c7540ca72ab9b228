"""Views to practise on (演示接口): what every real view gets from ``backend.web``."""

from contextlib import suppress
from typing import Any

from django.db import OperationalError, connection
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.audit.models import Act
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.urls import urlpatterns as real
from backend.web.asked import flag, number
from backend.web.etag import require_match, tagged
from backend.web.idempotency import idempotent
from backend.web.scope import whole_city

LOUD = OpenApiParameter("loud", bool)
SINCE = OpenApiParameter("since", int)
TABLE = {
    "note-list": {"GET": ["CLERK"], "POST": ["CLERK"]},
    "note-upload": {"POST": ["CLERK"]},
    "note-again": {"POST": ["CLERK"]},
    "note-one": {"GET": ["CLERK"], "PUT": ["CLERK"]},
    "note-named": {"GET": ["CLERK"]},
    "note-open": {"GET": ["ANYBODY"]},
    "trouble": {"GET": ["CLERK"]},
    "seen": {"GET": ["CLERK"], "POST": ["CLERK"]},
    "seen-open": {"GET": ["ANYBODY"]},
    "nowhere": {},
    "healthz": {"GET": ["ANYBODY"]},
    "schema": {"GET": ["ANYBODY"]},
    "staff-me": {"GET": ["ANY_STAFF"]},
}


class NoteRefused(Refusal):
    """A rule about notes."""

    code = "note_refused"


class NoteRow(serializers.ModelSerializer[Act]):
    """A note is an act."""

    class Meta:
        model = Act
        fields = ("id", "subject_id")


class Wanted(serializers.Serializer[Any]):
    """What a note needs."""

    text = serializers.CharField(max_length=20)


class NoteList(generics.ListAPIView[Act]):
    """Notes; POST writes one, or is refused after writing."""

    queryset = Act.objects.filter(name="test.note")
    serializer_class = NoteRow
    filterset_fields = ("subject_id", "rows", "party_id")

    @extend_schema(parameters=[LOUD, SINCE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them; those that are loud when asked."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        """As the query asks."""
        rows = super().get_queryset().filter(pk__gt=number(self.request, "since") or 0)
        return rows.filter(subject_id="LOUD") if flag(self.request, "loud") else rows

    @idempotent
    def post(self, request: Request) -> Response:
        """Write a note."""
        wanted = Wanted(data=request.data)
        wanted.is_valid(raise_exception=True)
        text = wanted.validated_data["text"]
        record(name="test.note", subject_kind="test", subject_id=text)
        if text == "refuse":
            raise NoteRefused("不能这样写。", limit=3)
        if text == "silent":
            return Response(status=204)
        return Response({"text": text}, status=422 if text == "half" else 201)


class NoteUpload(APIView):
    """A note in a file."""

    parser_classes = (MultiPartParser,)

    @idempotent
    def post(self, request: Request) -> Response:
        """Write the file's text."""
        text = request.FILES["file"].read().decode()
        record(name="test.note", subject_kind="test", subject_id=text)
        return Response({"text": text}, status=201)


class NoteOne(APIView):
    """One note that two edit."""

    shown = {"text": "old", "month": "2026-11"}

    def get(self, request: Request, **kwargs: Any) -> Response:
        """Show it with its tag."""
        return tagged(self.shown)

    def put(self, request: Request) -> Response:
        """Change it, if it is still what was seen."""
        require_match(request=request, of="note", read=lambda: self.shown)
        return tagged({**self.shown, **dict(request.data)})


class NoteKept(Refusal):
    """A rule about notes that is counted whenever it says no."""

    code = "note_kept"

    def aftermath(self) -> None:
        """Count it."""
        record(name="test.note", subject_kind="test", subject_id="aftermath")


class Seen(APIView):
    """As whom the database answers, and what it was told of the caller."""

    def get(self, request: Request) -> Response:
        """Ask it; the same of what stands for the whole city."""
        within = asked()
        with whole_city():
            city = asked()
        return Response({"call": within, "city": city, "after": asked()})

    def post(self, request: Request) -> Response:
        """Write, and then refuse, in the way that is asked for."""
        record(name="test.note", subject_kind="test", subject_id="undone")
        if dict(request.data)["how"] == "refuse":
            raise NoteKept("不能这样写。")
        with suppress(NoteKept), whole_city():
            raise NoteKept("不能这样写。")
        return Response({"call": asked()})


def asked() -> dict[str, str]:
    """The role, and what is told of agency and actor."""
    names = ("yikatong.actor", "yikatong.agency", "yikatong.sees")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, " + ", ".join(["current_setting(%s, true)"] * len(names)), names
        )
        role, *told = cursor.fetchone()
    return {"role": role, **{name: value or "" for name, value in zip(names, told, strict=True)}}


class Trouble(APIView):
    """Ends as asked."""

    def get(self, request: Request, kind: str) -> Response:
        """Raise."""
        if kind == "database":
            raise OperationalError("server closed the connection")
        if kind == "answer":
            record(name="test.note", subject_kind="test", subject_id="undone")
            return Response({"text": object()})
        raise RuntimeError("geheim")


urlpatterns = [
    path("api/v1/notes/", NoteList.as_view(), name="note-list"),
    path("api/v1/notes/again", NoteList.as_view(), name="note-again"),
    path("api/v1/notes/<int:pk>/<str:word>", NoteOne.as_view(), name="note-named"),
    path("api/v1/notes/upload", NoteUpload.as_view(), name="note-upload"),
    path("api/v1/notes/one", NoteOne.as_view(), name="note-one"),
    path("api/v1/notes/open", NoteOne.as_view(), name="note-open"),
    path("api/v1/notes/unlisted", NoteOne.as_view(), name="note-unlisted"),
    path("api/v1/seen", Seen.as_view(), name="seen"),
    path("api/v1/public/seen", Seen.as_view(), name="seen-open"),
    path("api/v1/trouble/<str:kind>", Trouble.as_view(), name="trouble"),
    *real,
]
handler400 = "backend.web.problems.bad_request"
handler404 = "backend.web.problems.not_found"
handler500 = "backend.web.problems.crashed"
