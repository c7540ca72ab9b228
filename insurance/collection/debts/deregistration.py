"""Deregister an employer (单位注销) once nothing of it is open: looked up, never told.

Open is what it owes, due or not, deferred or overdue, late fees too, and what is still to be
billed; of the employer and of all that were merged into it.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.collection.bills.bill_sql import known_before
from insurance.collection.debts import debt_sql as sql
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.models import BillRun, BillRunKind, RunState
from insurance.enrolment.deregister import deregister
from insurance.enrolment.models import Deregistration

OPEN = """
SELECT coalesce(sum(deferred_fen + rest_fen), 0) FROM debt WHERE kind = 'EMPLOYED'
"""

# The first month in which somebody is insured that no run has billed, or that was billed otherwise
# than the register says today: the next run still writes a difference.
UNBILLED = f"""
WITH told AS (
    SELECT 'E' || scheme AS fact, person_id, payer_id, 0 AS fen, valid, recorded_at, superseded_at
    FROM enrolment_enrolment WHERE payer_id = ANY (%(payers)s)
  UNION ALL
    SELECT 'W', person_id, payer_id, monthly_fen, valid, recorded_at, superseded_at
    FROM enrolment_wage WHERE payer_id = ANY (%(payers)s)),
found AS (
    SELECT ((now - before) + (before - now))
        * datemultirange(daterange(%(first)s::date, %(next)s::date)) AS months
    FROM (SELECT coalesce(range_agg(valid) FILTER (WHERE superseded_at IS NULL), '{{}}') AS now,
            coalesce(range_agg(valid) FILTER (WHERE {known_before("t")}), '{{}}') AS before
        FROM told t GROUP BY fact, person_id, payer_id, fen) t
  UNION ALL
    SELECT datemultirange(valid * daterange(%(next)s::date, greatest(%(next)s, %(until)s)::date))
    FROM told WHERE fact <> 'W' AND superseded_at IS NULL
  UNION ALL
    SELECT datemultirange(daterange(n.month, (n.month + interval '1 month')::date))
    FROM collection_notbilled n WHERE n.payer_id = ANY (%(payers)s) AND NOT EXISTS (
        SELECT FROM collection_billline l WHERE l.payer_id = n.payer_id
            AND l.scheme = n.scheme AND l.month = n.month))
SELECT min(lower(months)) FROM found WHERE NOT isempty(months)
"""


class MonthsNotBilled(Refusal):
    """What an employer is to pay for some months is not known yet (尚有月份没有核定)."""

    code = "employer_months_not_billed"


@transaction.atomic
def deregister_employer(
    *, payer_id: int, from_month: Month, evidence: str, today: date, by: Staff | None = None
) -> Deregistration:
    """Deregister an employer from a month on; whatever is open of it or unbilled forbids it.

    Raises:
        EmployerOwes, MonthsNotBilled, EmployerHasInsured, EmployerGone, EvidenceMissing,
        PayerUnknown, TooFarAhead.
    """
    wait_for_others()
    payers = family_of(party_id=payer_id)
    row = deregister(
        payer_id=payer_id,
        from_month=from_month,
        evidence=evidence,
        owed_fen=open_of(payers=payers, today=today),
        today=today,
        by=by,
    )
    _require_billed(payers, from_month, today)
    return row


def open_of(*, payers: list[int], today: date) -> int:
    """Give what these owe in fen, whether it is due yet, deferred or overdue, late fees too."""
    select = sql.debts(
        bills="b.payer_id = ANY (%(payers)s)", totals="t.payer_id = ANY (%(payers)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(select + OPEN, {"payers": payers, "today": today})
        (fen,) = cursor.fetchone()
    return int(fen)


def _require_billed(payers: list[int], until: Month, today: date) -> None:
    runs = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS, state=RunState.DONE)
    first, last = runs.order_by("period").first(), runs.order_by("-period").first()
    following = Month.of(last.period).next if last else Month.of(today)
    values: dict[str, Any] = {
        "payers": payers,
        "first": first.period if first else following.first_day,
        "next": following.first_day,
        "until": until.first_day,
        "known_before": last.known_at if last else "-infinity",
    }
    with connection.cursor() as cursor:
        cursor.execute(UNBILLED, values)
        (month,) = cursor.fetchone()
    if month is not None:
        raise MonthsNotBilled(
            f"该单位 {Month.of(month)} 的应缴尚未核定（或参保、工资更正后尚未重新核定），"
            "核定并缴清后才能注销。",
            month=str(Month.of(month)),
        )
