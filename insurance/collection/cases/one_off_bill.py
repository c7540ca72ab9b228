"""Bill a one-off payment (一次性缴费), and tell what of it is open; what it buys is a pension's.

It stands in a month of who pays alone in which nothing else is billed, and counts as no month's:
matching, accounts, arrears and refunds treat it as any other bill. Another decision bills the
difference.
"""

from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.collection.bills import bill_run, employers, monthly_bills
from insurance.collection.bills.bill_figures import Place, modes_of
from insurance.collection.bills.bill_run import REGION
from insurance.collection.cases.back_payment import WRITE
from insurance.collection.models import BillLine, BillRun, BillRunKind, LinePart
from insurance.collection.rules.one_off import OneOff
from insurance.collection.rules.pay_by import pay_by_rule
from insurance.collection.rules.terms import FLEXIBLE
from insurance.enrolment.models import Enrolment
from insurance.policy import parameters as policy

SCHEME = "110"
OPEN = """
SELECT coalesce(sum(l.fen), 0)::bigint - coalesce((
    SELECT sum(a.fen) FROM collection_allocation a JOIN collection_billline k ON k.id = a.key_id
    WHERE k.payer_id = ANY (%(persons)s) AND k.key_id = k.id AND k.month = %(month)s
        AND k.scheme = %(scheme)s AND k.part = %(part)s), 0)::bigint
FROM collection_billline l WHERE l.payer_id = ANY (%(persons)s) AND l.month = %(month)s
    AND l.scheme = %(scheme)s AND l.part = %(part)s
"""


class MonthTaken(Refusal):
    """Who pays at once pays nothing else for the month (本月另有参保或者应缴)."""

    code = "collection_one_off_month_taken"


def require_free(*, person_id: int, month: Month) -> None:
    """Let a month hold nothing but the one-off payment.

    Raises:
        MonthTaken.
    """
    family = family_of(party_id=person_id)
    billed = BillLine.objects.filter(
        payer_id__in=family, person_id__in=family, scheme=SCHEME, month=month.first_day
    )
    insured = Enrolment.objects.filter(
        person__in=family,
        scheme=SCHEME,
        valid__contains=month.first_day,
        superseded_at__isnull=True,
    )
    if billed.exists() or insured.exists():
        raise MonthTaken(f"此人 {month} 还在参保或者已核定应缴，请先停保，停保以后的月份再办。")


@transaction.atomic
def bill_one_off(*, case: Case, person_id: int, month: Month, owed: OneOff, before: OneOff) -> int:
    """Bill what is owed, less what was billed ``before``; rows written.

    Raises:
        RunStillOpen: a run is being computed; NotConfigured, NotVerified: the last day to pay.
    """
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
    bill_run.require_nothing_open()
    run = _open_run(case, month)
    values: dict[str, Any] = {
        "run_id": run.pk,
        "payers": [person_id],
        "persons": [person_id],
        "schemes": [SCHEME],
        "months": [month.first_day],
        "parts": [LinePart.PERSON.value],
        "fens": [owed.fen - before.fen],
        "account_fens": [owed.account_fen - before.account_fen],
    }
    written = bill_run.write(statement=WRITE, values=values)
    monthly_bills.finish_run(run_id=run.pk)
    return 1 + written.lines


def open_fen(*, person_id: int, month: Month) -> int:
    """What of the one-off payment that stands in a month is not paid."""
    values: dict[str, Any] = {
        "persons": family_of(party_id=person_id),
        "month": month.first_day,
        "scheme": SCHEME,
        "part": LinePart.PERSON.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values)
        return int(cursor.fetchone()[0])


def _open_run(case: Case, month: Month) -> BillRun:
    period = Month.of(content.day_of(case))
    runs = BillRun.objects.filter(kind=BillRunKind.ONE_OFF, period=period.first_day)
    rule = pay_by_rule(
        tree=policy.load(),
        kind=FLEXIBLE,
        scheme=SCHEME,
        region=REGION,
        month=month,
        demo=is_demo(),
    )
    place = Place(REGION, period, content.day_of(case), is_demo())
    day = max(rule.last_day(month), rule.last_day(period))
    return BillRun.objects.create(
        kind=BillRunKind.ONE_OFF,
        period=period.first_day,
        ordinal=runs.count() + 1,
        known_at=case.decided_at or case.received_at,
        policy_version=policy.version(),
        reason=f"一次性缴费 业务件{case.pk}",
        case_id=case.pk,
        parameters={
            "region": REGION,
            "first_month": month.first_day.isoformat(),
            "chunks": [],
            "pay_by": [
                {
                    "kind": FLEXIBLE,
                    "scheme": SCHEME,
                    "month": month.first_day.isoformat(),
                    "day": day.isoformat(),
                }
            ],
            "modes": modes_of(place=place, districts=employers.districts()),
        },
    )
