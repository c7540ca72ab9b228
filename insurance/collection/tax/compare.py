"""Hold a month's declarations against the register (自行申报比对): what differs has an owner.

The twin of ``declared.compare`` for all employers who declare at the tax bureau. It may be done
again whenever a file or a run has come: what is put right meanwhile is closed as ``GONE``, what
people settled stays settled, nothing is written twice.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.models import Finding, TaxFile, TaxFileKind
from insurance.collection.rules.declared import FindingKind
from insurance.collection.tax import compare_sql as sql

COMPARE_JOB = "collection.compare"
STATEMENTS = (sql.DECLARED, sql.REGISTERED, sql.GROUPED, sql.SILENT, sql.FOUND, sql.KEPT)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('collection.compare', 0))"


class MonthNotBegun(Refusal):
    """Nothing is declared for a month that has not begun (月份还没有到)."""

    code = "collection_month_not_begun"


def compare_declarations(*, period: Month, today: date) -> dict[str, int]:
    """Compare what the period's files declare with what its runs bill; findings by kind.

    ``AGREED`` counts what is as it should be; ``written`` the findings that are new, ``gone`` those
    that are no more. Without a file of the period nothing is compared.

    Raises:
        MonthNotBegun.
    """
    if period > Month.of(today):
        raise MonthNotBegun(f"{period} 还没有到，不能比对申报明细。")
    files = TaxFile.objects.filter(
        kind=TaxFileKind.DECLARATIONS, accepted=True, period=period.first_day
    ).count()
    if not files:
        return {"files": 0, "written": 0, "gone": 0}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        values: dict[str, Any] = {
            "period": period.first_day,
            "kinds": [kind.name for kind in FindingKind],
            "gone": Finding.GONE,
        }
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute(sql.COUNTS)
        counts = dict(cursor.fetchall())
        cursor.execute(sql.CLOSE, values)
        gone = cursor.rowcount
        cursor.execute(sql.OPEN, values)
        written = cursor.rowcount
        if gone or written:
            _record(period, counts, written + gone)
    return {"files": files, **counts, "written": written, "gone": gone}


def _record(period: Month, counts: dict[str, int], rows: int) -> None:
    record(
        name="collection.declarations_compared",
        subject_kind="collection.period",
        subject_id=str(period),
        rows=rows,
        details=counts,
    )
