"""Hold the money of a month against what the tax bureau's own declarations say (申报与入库比对).

The twin of ``declared_money.money_finding`` for all employers who declare at the tax bureau. It may
be done again whenever a file has come: what later money or a later declaration puts right is closed
as ``GONE``, what people settled stays settled.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.kernel.months import Month
from insurance.collection.models import Finding, FindingKind
from insurance.collection.tax import compare_money_sql as sql
from insurance.collection.tax.compare import LOCK

COMPARE_MONEY_JOB = "collection.compare_money"
STATEMENTS = (sql.TOUCHED, sql.DECLARED, sql.RECEIVED, sql.FOUND, sql.KEPT)
KINDS = (
    FindingKind.DECLARED_NOT_PAID,
    FindingKind.PAID_NOT_DECLARED,
    FindingKind.PAID_OTHER_AMOUNT,
)


@transaction.atomic
def compare_money(*, period: Month, today: date) -> dict[str, int]:
    """Compare what is declared with the money that came, of whatever the period's files tell of:
    findings by kind. A file that tells of an earlier month puts its finding right, however old.

    ``AGREED`` counts what is as it should be, or may still be paid; ``written`` the findings that
    are new, ``gone`` those that are no more.
    """
    values: dict[str, Any] = {
        "period": period.first_day,
        "today": today,
        "kinds": [kind.value for kind in KINDS],
        "gone": Finding.GONE,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute(sql.COUNTS)
        counts = dict(cursor.fetchall())
        cursor.execute(sql.CLOSE, values)
        gone = cursor.rowcount
        cursor.execute(sql.OPEN, values)
        written = cursor.rowcount
    if gone or written:
        record(
            name="collection.money_compared",
            subject_kind="collection.period",
            subject_id=str(period),
            rows=written + gone,
            details=counts,
        )
    return {**counts, "written": written, "gone": gone}
