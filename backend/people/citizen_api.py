"""Citizens at a kiosk over the API (参保人会话): a clerk opens it, the kiosk ends it."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access import citizens
from backend.access.callers import AtTerminal, Citizen
from backend.access.looked import look
from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind
from backend.people.deaths import has_death
from backend.people.same_person import person_of
from backend.web.idempotency import idempotent

PURPOSE = "本人持身份证到自助终端办理"


class HolderDeceased(Refusal):
    """A death of who is said to stand there is on record (本人有死亡信息)."""

    code = "citizen_deceased"


class Holder(serializers.Serializer[Any]):
    """Whose ID card lies before the clerk, and the kiosk at which he is."""

    terminal = serializers.IntegerField(help_text="自助终端编号")
    id_kind = serializers.ChoiceField(
        choices=[kind.value for kind in IdKind], default=IdKind.CITIZEN.value
    )
    id_number = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=150)


class OpenedFields(serializers.Serializer[Any]):
    """The session, without its key: that is the kiosk's."""

    id = serializers.IntegerField()
    terminal = serializers.IntegerField(source="terminal_id")
    person_id = serializers.IntegerField()
    opened_at = serializers.DateTimeField()


class OpenSession(APIView):
    """Open a session for somebody who has his ID card with him and no other."""

    @extend_schema(request=Holder, responses={201: OpenedFields})
    @idempotent
    def post(self, request: Request) -> Response:
        """The kiosk learns of it by its next heartbeat."""
        given = Holder(data=request.data)
        given.is_valid(raise_exception=True)
        data, clerk = given.validated_data, cast(Staff, request.user)
        desk = cast(AtTerminal | None, request.auth)
        person = person_of(kind=data["id_kind"], number=data["id_number"], name=data["name"])
        _require_living(person)
        session = citizens.open_with_id_card(
            terminal_id=data["terminal"],
            hall_id=desk.hall_id if desk else clerk.hall_id,
            person_id=person,
            clerk=clerk,
            now=timezone.now(),
        )
        look(staff=clerk, party_id=person, purpose=PURPOSE, at=request.path)
        return Response(OpenedFields(session).data, status=201)


def _require_living(person_id: int) -> None:
    if has_death(party_id=person_id):
        raise HolderDeceased("查到此人有死亡信息，不能打开自助会话，请先核对来人身份。")


class EndSession(APIView):
    """The citizen has done."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End it. No key: it ends once."""
        session = cast(Citizen, request.user)
        citizens.note_presence(session_id=session.pk, present=False, now=timezone.now())
        return Response(status=204)
