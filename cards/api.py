"""Cards over the API (社会保障卡): a kiosk opens a session by the card that lies in it."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.callers import AtTerminal
from backend.web.scope import whole_city
from cards import card_session
from cards.chip.authentication import IDENTIFICATION
from cards.software_keys import key_service


class CardRead(serializers.Serializer[Any]):
    """What a kiosk read from the card, freely."""

    identification = serializers.RegexField(f"^{IDENTIFICATION}$", help_text="卡识别码(十六进制)")


class ChallengeFields(serializers.Serializer[Any]):
    """What the card is to be asked (INTERNAL AUTHENTICATION)."""

    challenge = serializers.SerializerMethodField(help_text="16字节，十六进制")
    key_version = serializers.IntegerField(help_text="密钥版本")
    expires_at = serializers.DateTimeField()

    def get_challenge(self, asked: card_session.Asked) -> str:
        """Hexadecimal, as the card's commands are written."""
        return asked.challenge.hex()


class AskCard(APIView):
    """Give the challenge for the card that lies in this kiosk."""

    @extend_schema(request=CardRead, responses={201: ChallengeFields})
    def post(self, request: Request) -> Response:
        """No key: each call asks anew, and what was asked before is over."""
        given = CardRead(data=request.data)
        given.is_valid(raise_exception=True)
        with whole_city():  # whose card it is, and whether he lives, whichever hall this is
            asked = card_session.ask_card(
                terminal_id=cast(AtTerminal, request.auth).pk,
                identification=given.validated_data["identification"],
                now=timezone.now(),
            )
        return Response(ChallengeFields(asked).data, status=201)


class CardAnswer(serializers.Serializer[Any]):
    """What the card answered; the PIN itself is no field of any request."""

    answer = serializers.RegexField(r"^[0-9a-fA-F]{16}$", help_text="卡的应答，8字节，十六进制")
    pin_verified = serializers.BooleanField(help_text="卡已验证密码(VERIFY 应答 9000)")


class OpenedByCardFields(serializers.Serializer[Any]):
    """The session with its key, told once."""

    key = serializers.CharField(help_text="会话号，此后写在 Citizen-Session 头里")
    person_id = serializers.IntegerField()
    opened_at = serializers.DateTimeField()


class OpenByCard(APIView):
    """Open the session of the holder whose card answered."""

    @extend_schema(request=CardAnswer, responses={201: OpenedByCardFields})
    def post(self, request: Request) -> Response:
        """No key: a challenge is answered once, and the answer with the key is kept nowhere."""
        given = CardAnswer(data=request.data)
        given.is_valid(raise_exception=True)
        with whole_city():  # also what the card has open in another hall
            session = card_session.open_session(
                terminal_id=cast(AtTerminal, request.auth).pk,
                answer=bytes.fromhex(given.validated_data["answer"]),
                pin_verified=given.validated_data["pin_verified"],
                keys=key_service(),
                now=timezone.now(),
            )
        return Response(OpenedByCardFields(session).data, status=201)
