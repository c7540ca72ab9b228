"""Charge late fees (加收滞纳金), once a month: f(today) − f(billed so far), to employers only.

A fee is a line of nobody, with a bill of its own that is paid with the next contributions. A debt
that was deferred or reduced afterwards lowers it again, by difference.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backend.audit.record import record
from backend.kernel.months import Month
from insurance.accounts.facts import is_demo
from insurance.collection import late_fee_sql as sql
from insurance.collection.allocate import wait_for_others
from insurance.collection.bill_figures import scaled
from insurance.collection.bill_run import LOCK, REGION, require_nothing_open, values_of
from insurance.collection.bill_sql import SUMMARY, WRITE_BILLS
from insurance.collection.late_fee import (
    MILLION,
    ONE_DAY,
    Cap,
    LastDay,
    LateFeeTerms,
    late_fee_terms,
)
from insurance.collection.models import BillRun, BillRunKind, RunState
from insurance.collection.pay_by import EMPLOYED, pay_by_rule
from insurance.enrolment.queries import known_now
from insurance.policy import parameters as policy


@transaction.atomic
def charge_late_fees(*, period: Month, today: date) -> int:
    """Write what late fees are owed up to ``today`` and were not billed before; rows written, 0
    when the month was charged already.

    Raises:
        RunStillOpen: bills are being computed; NotConfigured, NotVerified: a rule is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    if BillRun.objects.filter(kind=BillRunKind.LATE_FEE, period=period.first_day).exists():
        return 0
    require_nothing_open()
    wait_for_others()
    terms = _terms(today)
    _compute(terms, today)
    run = BillRun.objects.create(
        kind=BillRunKind.LATE_FEE,
        period=period.first_day,
        known_at=known_now(),
        policy_version=policy.version(),
        parameters=_parameters(terms, today),
    )
    rows = _write(run)
    run.state, run.done_at, run.summary = RunState.DONE, timezone.now(), _summary(run)
    run.save(update_fields=["state", "done_at", "summary"])
    record(
        name="collection.charge_late_fees",
        subject_kind="collection.run",
        subject_id=f"{run.kind}/{period}/{run.ordinal}",
        rows=rows + 1,
        details=run.summary,
    )
    return rows + 1


def _terms(today: date) -> LateFeeTerms | None:
    """The rules for all days of default; None when nobody is late."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SINCE, {"end": today + ONE_DAY})
        (since,) = cursor.fetchone()
    if since is None:
        return None
    return late_fee_terms(
        tree=policy.load(), region=REGION, since=since, until=today, demo=is_demo()
    )


def _compute(terms: LateFeeTerms | None, today: date) -> None:
    """Fill ``late_fee_now`` and ``late_fee_difference``."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.late_fee_now, pg_temp.late_fee_difference")
        cursor.execute(sql.FEES, _values(terms, today))
        cursor.execute("ANALYZE late_fee_now")
        cursor.execute(sql.DIFFERENCES)


def _values(terms: LateFeeTerms | None, today: date) -> dict[str, Any]:
    counts_payment_day = terms is not None and terms.last_day is LastDay.PAYMENT_DAY
    addend, unit = scaled(rounding=terms.rounding, parts=MILLION) if terms else (0, 1)
    rates = terms.rates if terms else ()
    return {
        "end": today + ONE_DAY if counts_payment_day else today,
        "free_after": int(counts_payment_day),
        "capped": terms is not None and terms.cap is Cap.PRINCIPAL,
        "addend": addend,
        "unit": unit,
        "firsts": [rate.days.start for rate in rates],
        "afters": [rate.days.end for rate in rates],
        "ppms": [rate.ppm for rate in rates],
    }


def _parameters(terms: LateFeeTerms | None, today: date) -> dict[str, Any]:
    """What the run rests on, and until when its bills are to be paid."""
    values = {key: str(value) for key, value in _values(terms, today).items()}
    with connection.cursor() as cursor:
        cursor.execute(sql.MONTHS)
        months = cursor.fetchall()
    mode = policy.load().resolve("collection.mode", REGION, today, is_demo()).text
    return {
        "region": REGION,
        "first_month": None,
        "chunks": [],
        "rules": values,
        "modes": {REGION: mode},
        "pay_by": [
            {
                "kind": EMPLOYED,
                "scheme": scheme,
                "month": month.isoformat(),
                "day": _pay_by(scheme, today).isoformat(),
            }
            for scheme, month in months
        ],
    }


def _pay_by(scheme: str, today: date) -> date:
    """With the next contributions: the first last day to pay that is not over."""
    month = Month.of(today)
    rule = pay_by_rule(
        tree=policy.load(),
        kind=EMPLOYED,
        scheme=scheme,
        region=REGION,
        month=month,
        demo=is_demo(),
    )
    while rule.last_day(month) < today:
        month = month.next
    return rule.last_day(month)


def _write(run: BillRun) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.LINES, {"run_id": run.pk})
        rows = cursor.rowcount
        cursor.execute(WRITE_BILLS, values_of(run=run, kinds=()))
        return int(rows + cursor.rowcount)


def _summary(run: BillRun) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY, {"run_id": run.pk})
        rows = cursor.fetchall()
    return {
        "bills": sum(bills for _, _, _, bills in rows),
        "lines": sum(lines for _, lines, _, _ in rows),
        "fen": sum(fen for _, _, fen, _ in rows),
        "by_scheme": {scheme: fen for scheme, _, fen, _ in rows},
    }
