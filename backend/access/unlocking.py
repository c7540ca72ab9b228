"""What a session alone does not do (二次核验): password and one-time code stand in the same call.

Signing is such an act, and so is all that changes who may enter or do what: who stole a session
has neither. ``routes.toml`` names the routes (``PROOF``); a test holds that each asks.
"""

from typing import Any, cast

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from backend.access.keys import UnlockedKey, unlock
from backend.access.models import Staff


class Unlocking(serializers.Serializer[Any]):
    """Password and one-time code, which open the caller's key for this request."""

    password = serializers.CharField(write_only=True, trim_whitespace=False, max_length=128)
    code = serializers.RegexField(r"^[0-9]{6}$", write_only=True)


def unlocked(request: Request, data: dict[str, Any]) -> UnlockedKey:
    """Open the caller's key with the password and code of the request.

    Raises:
        TooManyAttempts, CredentialsWrong, CodeUsed, PasswordInitial, NoKey: see ``keys.unlock``.
    """
    return unlock(
        staff=cast(Staff, request.user),
        password=data["password"],
        code=data["code"],
        now=timezone.now(),
    )


def proven(request: Request) -> Staff:
    """Give the caller, proven by a request that carries nothing but the proof.

    Raises:
        As ``unlocked``.
    """
    given = Unlocking(data=request.data)
    given.is_valid(raise_exception=True)
    return proven_with(request, given.validated_data)


def proven_with(request: Request, data: dict[str, Any]) -> Staff:
    """Give the caller, proven by what stands beside the other fields of the request.

    Raises:
        As ``unlocked``.
    """
    unlocked(request, data)
    return cast(Staff, request.user)
