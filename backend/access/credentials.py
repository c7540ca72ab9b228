"""Who is at the desk (身份核验): password and one-time code together, each code once."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from backend.access import sealing, totp
from backend.access.attempts import Attempt, allowed_attempt, count_failure
from backend.access.models import Staff
from backend.kernel.errors import Refusal

TOTP_PURPOSE = "totp"


class CredentialsWrong(Refusal):
    """Password or code is wrong, or the account is not in use; it is not said which."""

    code = "credentials_wrong"
    status = 401
    attempt: Attempt

    def aftermath(self) -> None:
        """Count the failure; a signing that was refused has been undone whole."""
        count_failure(self.attempt)


class CodeUsed(Refusal):
    """Whoever is logged in gave a code that was used (动态口令已用过); it is no guess."""

    code = "code_used"


def prove(
    *, username: str, password: str, code: str, now: datetime, logged_in: bool = False
) -> Staff:
    """Check password and code together and use the code up (用户名、密码、动态口令一次核验).

    Raises:
        TooManyAttempts: before anything is looked at.
        CodeUsed: all is right, of somebody ``logged_in``, but that a code counts once.
        CredentialsWrong: for every other failure alike; who answers the caller counts it.
    """
    allowed_attempt(username=username, logged_in=logged_in, now=now)
    with transaction.atomic():
        staff = Staff.objects.select_for_update(of=("self",)).filter(username=username).first()
        # Whoever waited for another attempt is counted after it.
        attempt = allowed_attempt(username=username, logged_in=logged_in, now=now)
        if staff is None:
            make_password(password)  # an unknown name takes as long as a wrong password
            raise _wrong(attempt)
        password_right = staff.check_password(password)
        step = _step(staff, code, now, used_step=staff.totp_last_step)
        if logged_in and password_right and staff.is_active and step is None:
            _refuse_used(staff, code, now)
        if not password_right or step is None or not staff.is_active:
            raise _wrong(attempt)
        staff.totp_last_step = step
        staff.save(update_fields=["totp_last_step"])
        return staff


def seal_totp(*, secret: bytes, username: str) -> bytes:
    """Seal a TOTP secret for the account."""
    return sealing.seal_for_host(secret=secret, purpose=TOTP_PURPOSE, about=username)


def _step(staff: Staff, code: str, now: datetime, *, used_step: int) -> int | None:
    secret = sealing.open_for_host(
        sealed=bytes(staff.totp_sealed), purpose=TOTP_PURPOSE, about=staff.username
    )
    return totp.matching_step(secret=secret, code=code, now=now, used_step=used_step)


def _refuse_used(staff: Staff, code: str, now: datetime) -> None:
    if _step(staff, code, now, used_step=0) is not None:
        raise CodeUsed("动态口令已用过，请等下一个。")


def _wrong(attempt: Attempt) -> CredentialsWrong:
    wrong = CredentialsWrong("用户名、密码或动态口令不正确，或账号已停用。")
    wrong.attempt = attempt  # no fact: facts are told
    return wrong
