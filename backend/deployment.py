"""What this database is for (演示标记): invented people and real ones never meet."""

from datetime import date

from django.db import connection

from backend.kernel.errors import Refusal


class WrongDeployment(Refusal):
    """Invented people do not go into a live database, nor real ones into a demo (演示标记不符)."""

    code = "baseline_wrong_deployment"


def is_demo() -> bool:
    """Whether this database was marked 演示 at its creation: there doubtful figures count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind = 'DEMO' FROM deployment")
        (demo,) = cursor.fetchone()
    return bool(demo)


def business_day(*, clock: date, told: date | None) -> date:
    """The day on which something is taken in: the clock's (业务日期).

    A demonstration lives months of its own, before or behind the clock: there the day that is told
    counts, whatever the clock says.
    """
    return told if told is not None and is_demo() else clock


def require_same_deployment(*, demo: bool, file: str) -> None:
    """Refuse a baseline whose mark is not the database's.

    Raises:
        WrongDeployment.
    """
    if is_demo() is not demo:
        raise WrongDeployment("演示数据只能进演示库，真实数据不能进演示库。", file=file)
