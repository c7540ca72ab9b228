"""Passwords of staff (登录密码): long enough and not a common one."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from backend.kernel.errors import Refusal


class PasswordWeak(Refusal):
    """The password is too short or too common (密码强度不够)."""

    code = "password_weak"


def require_strong(*, password: str) -> None:
    """Refuse what the validators of the settings refuse, in their words."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise PasswordWeak("".join(error.messages)) from None
