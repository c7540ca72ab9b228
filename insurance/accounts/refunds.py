"""Give back the account part of doubled months (清退): what enrolment cleared, read in its order.

Own contributions and collective aid of these months go back to the person, without the subsidy
(人社部发〔2014〕17号). What comes in later for the same months goes back at the next reading. Where
both enrolments were in one scheme, only collection knows which contribution was for which: it
refunds those itself.
"""

from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.audit.record import record
from backend.kernel.months import Month
from insurance.accounts.entries import append
from insurance.accounts.models import EntryKind, EntrySource, Outgoing, Scheme
from insurance.enrolment.models import Cleared, Enrolment

PARTS = ("PERSON", "COLLECTIVE")
OF_CLEARED = """
SELECT e.person_id, e.scheme, e.part, e.for_month, %(month)s::date, -sum(e.fen)::bigint,
    %(cleared)s::bigint
FROM accounts_accountentry e
WHERE e.person_id = %(person)s AND e.scheme = %(scheme)s AND e.kind = 'CREDIT'
    AND e.part = ANY (%(parts)s) AND e.for_month >= %(first)s AND e.for_month < %(until)s
    AND NOT EXISTS (SELECT FROM accounts_accountentry r WHERE r.person_id = e.person_id
        AND r.scheme = e.scheme AND r.kind = 'REFUND' AND r.part = e.part
        AND r.for_month = e.for_month AND r.source = 'CASE' AND r.source_id = %(cleared)s)
GROUP BY e.person_id, e.scheme, e.part, e.for_month
"""
WRITTEN = """
SELECT coalesce(-sum(fen), 0)::bigint FROM accounts_accountentry
WHERE person_id = %(person)s AND scheme = %(scheme)s AND kind = 'REFUND' AND source = 'CASE'
    AND source_id = %(cleared)s AND arrival_month = %(month)s
"""


def refund_cleared(*, month: Month) -> int:
    """Refund in ``month`` all that was cleared and is still in the accounts; rows written."""
    with transaction.atomic():
        waiting = Cleared.objects.filter(scheme__in=Scheme.values).order_by("pk")
        rows = sum(_refund(cleared, month) for cleared in waiting if not _shares_scheme(cleared))
        if rows:
            record(
                name="accounts.refund_cleared",
                subject_kind="accounts.refund",
                subject_id=str(month),
                rows=rows,
            )
    return rows


def _shares_scheme(cleared: Cleared) -> bool:
    """The months are still insured in the same scheme, through somebody else."""
    months = SqlRange(cleared.from_month, cleared.until_month)
    return Enrolment.objects.filter(
        person=cleared.person_id,
        scheme=cleared.scheme,
        valid__overlap=months,
        superseded_at__isnull=True,
    ).exists()


def _refund(cleared: Cleared, month: Month) -> int:
    values: dict[str, Any] = {
        "person": cleared.person_id,
        "scheme": cleared.scheme,
        "cleared": cleared.case_id,
        "parts": list(PARTS),
        "first": cleared.from_month,
        "until": cleared.until_month,
        "month": month.first_day,
    }
    rows = append(
        select=OF_CLEARED, parameters=values, kind=EntryKind.REFUND, source=EntrySource.CASE
    )
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, values)
        (fen,) = cursor.fetchone()
    Outgoing.objects.create(
        person_id=cleared.person_id,
        scheme=cleared.scheme,
        kind=EntryKind.REFUND,
        payee_id=cleared.person_id,
        month=month.first_day,
        fen=fen,
        case_id=cleared.case_id,
    )
    return rows + 1
