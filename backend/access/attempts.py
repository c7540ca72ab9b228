"""Wrong passwords and codes are counted (口令错误限制): after ten in a quarter of an hour the name
waits, whether it wants to log in or to sign."""

from datetime import datetime, timedelta

from backend.audit.models import Act
from backend.audit.record import record
from backend.kernel.errors import Refusal

SUBJECT, NAME = "access.username", "access.credentials_refused"
FAILURES_MAX = 10
WITHIN = timedelta(minutes=15)


class TooManyAttempts(Refusal):
    """Too many wrong passwords or codes under this name (口令错误次数过多)."""

    code = "too_many_attempts"
    status = 429


def refuse_when_too_many(*, username: str, now: datetime) -> None:
    """Refuse to look at password and code for a while; it counts for names that do not exist, too.

    Raises:
        TooManyAttempts: after ten failures in fifteen minutes.
    """
    failures = Act.objects.filter(
        subject_kind=SUBJECT, subject_id=username, name=NAME, at__gt=now - WITHIN
    )
    if failures.count() >= FAILURES_MAX:
        raise TooManyAttempts("密码或动态口令错误次数过多，请十五分钟后再试，或联系安全管理员。")


def count_failure(*, username: str) -> None:
    """Write the failure down; nothing of password or code is kept."""
    record(name=NAME, subject_kind=SUBJECT, subject_id=username)
