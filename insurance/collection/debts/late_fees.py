"""Charge late fees (加收滞纳金): f(what is known) − f(billed so far), to employers only.

What is paid bears a fee up to its day of payment, what is open up to the last day of which the
accepted files tell: nobody is charged for a payment that is still on its way to us. So it may be
done again whenever more is known, and only differences are written.

A fee is a line of nobody, with a bill of its own that is paid with the next contributions. A debt
that was deferred or reduced afterwards lowers it again, by difference. Where a case settled a fee
at the tax bureau's figure, f is what is known and so much more or less.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backend.audit.record import record
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection.bills.bill_figures import Place, modes_of, scaled
from insurance.collection.bills.bill_run import LOCK, REGION, require_nothing_open, values_of
from insurance.collection.bills.bill_sql import SUMMARY, WRITE_BILLS
from insurance.collection.bills.employers import districts
from insurance.collection.debts import late_fee_sql as sql
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.models import BillRun, BillRunKind, RunState, TaxFile
from insurance.collection.rules.late_fee import (
    MILLION,
    ONE_DAY,
    Cap,
    LastDay,
    LateFeeTerms,
    late_fee_terms,
)
from insurance.collection.rules.pay_by import EMPLOYED, pay_by_rule
from insurance.enrolment.queries import known_now
from insurance.policy import parameters as policy

Whose = Mapping[str, str]  # of bills (b) and of totals (t)
TABLES = "pg_temp.late_fee_now, pg_temp.late_fee_difference"


class FeeSettled(Refusal):
    """The fee is this amount already (滞纳金已是这个数额)."""

    code = "collection_late_fee_settled"


@dataclass(frozen=True)
class FeeOf:
    """Whose late fee, of which month (滞纳金所属的欠缴)."""

    payer_id: int
    scheme: str
    month: Month

    @property
    def values(self) -> dict[str, Any]:
        """For statements."""
        return {"payer": self.payer_id, "scheme": self.scheme, "month": self.month.first_day}


@transaction.atomic
def charge_late_fees(*, period: Month, today: date) -> int:
    """Write what late fees are owed up to ``covered_until`` and were not billed before; rows
    written, 0 when nothing is new.

    It waits for no run: what is being computed is owed, and late, once its bills are written.

    Raises:
        NotConfigured, NotVerified: a rule is missing.
    """
    let_nobody_bill()
    wait_for_others()
    return _charge(period, today, sql.OF_ALL)


@transaction.atomic
def charge_payers_of(*, file: TaxFile, period: Month, today: date) -> int:
    """Write late fees as above, but only those of who pays one in ``file``: the tax bureau charged
    them, and its money is to find its line. Match totals hold what else the file paid.

    Raises:
        NotConfigured, NotVerified: a rule is missing.
    """
    let_nobody_bill()
    _list_payers(sql.PAYERS, {"file": file.pk})
    return _charge(period, today, sql.OF_PAYERS)


@transaction.atomic
def settle_late_fee(*, of: FeeOf, fen: int, reason: str, case_id: int, today: date) -> int:
    """Charge what is known of this payer, then bring this fee to ``fen`` as a case decided: it
    stays so much above or below what is known. Rows written.

    Raises:
        FeeSettled; RunStillOpen: bills are being computed; NotConfigured, NotVerified.
    """
    let_nobody_bill()
    require_nothing_open()
    wait_for_others()
    period = Month.of(today)
    _list_payers(sql.PAYER, of.values)
    rows = _charge(period, today, sql.OF_PAYERS)
    with connection.cursor() as cursor:
        cursor.execute(sql.EMPTIED)
        cursor.execute(sql.SETTLED, {**of.values, "fen": fen})
        found = cursor.fetchone()
    if found is None:
        raise FeeSettled(f"{of.month} 的滞纳金已是 {Money(fen)} 元，无须确定。")
    decided = {
        "payer": of.payer_id,
        "scheme": of.scheme,
        "month": of.month.first_day.isoformat(),
        "fen": fen,
        "computed_fen": found[0],
    }
    parameters = {**_parameters({}, today=today), "decided": decided}
    return rows + _run(period, parameters, reason=reason, case_id=case_id)


@transaction.atomic
def computed_fee(*, of: FeeOf, today: date) -> int:
    """Give what is known of a fee in fen, at whatever figure a case settled it.

    Raises:
        NotConfigured, NotVerified: a rule of the fee.
    """
    until = covered_until(today=today)
    if until is None:
        return 0
    _list_payers(sql.PAYER, of.values)
    _compute(_terms(until, sql.OF_PAYERS), until, sql.OF_PAYERS)
    with connection.cursor() as cursor:
        cursor.execute(sql.COMPUTED, of.values)
        (fen,) = cursor.fetchone()
    return int(fen)


def received_fee(*, of: FeeOf, payers: list[int]) -> int:
    """Give what the tax bureau received of a fee in fen: matched, and still in suspense under any
    of ``payers``."""
    with connection.cursor() as cursor:
        cursor.execute(sql.RECEIVED, {**of.values, "payers": payers})
        (fen,) = cursor.fetchone()
    return int(fen)


def let_nobody_bill() -> None:
    """Whoever bills or charges at the same time waits until this transaction ends.

    Who matches, too, takes this lock before that of matching.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def covered_until(*, today: date) -> date | None:
    """Give the last day of which accepted files of receipts tell; None when none came yet."""
    with connection.cursor() as cursor:
        cursor.execute(sql.COVERED)
        (last,) = cursor.fetchone()
    return None if last is None else min(last, today)


def _charge(period: Month, today: date, whose: Whose) -> int:
    until = covered_until(today=today)
    if until is None:
        return 0
    terms = _terms(until, whose)
    if not _compute(terms, until, whose):
        return 0
    rules = {key: str(value) for key, value in _values(terms, until).items()}
    return _run(period, _parameters(rules, today=today))


def _list_payers(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.late_fee_payer")
        cursor.execute(statement, values)
        cursor.execute("ANALYZE late_fee_payer")


def _run(
    period: Month, parameters: dict[str, Any], *, reason: str = "", case_id: int | None = None
) -> int:
    """Write the differences; rows written."""
    run = BillRun.objects.create(
        kind=BillRunKind.LATE_FEE,
        period=period.first_day,
        ordinal=1 + _charged(period),
        known_at=known_now(),
        policy_version=policy.version(),
        parameters=parameters,
        reason=reason,
        case_id=case_id,
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


def _charged(period: Month) -> int:
    """How often the month was charged already."""
    runs = BillRun.objects.filter(kind=BillRunKind.LATE_FEE, period=period.first_day)
    return runs.count()


def _terms(until: date, whose: Whose) -> LateFeeTerms | None:
    """The rules for all days of default; None when nobody is late."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SINCE.format(**whose), {"end": until + ONE_DAY})
        (since,) = cursor.fetchone()
    if since is None:
        return None
    return late_fee_terms(
        tree=policy.load(), region=REGION, since=since, until=until, demo=is_demo()
    )


def _compute(terms: LateFeeTerms | None, until: date, whose: Whose) -> bool:
    """Fill ``late_fee_now`` and ``late_fee_difference``; whether there is any."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLES}")
        cursor.execute(sql.FEES.format(**whose), _values(terms, until))
        cursor.execute("ANALYZE late_fee_now")
        cursor.execute(sql.DIFFERENCES.format(**whose))
        return bool(cursor.rowcount)


def _values(terms: LateFeeTerms | None, until: date) -> dict[str, Any]:
    counts_payment_day = terms is not None and terms.last_day is LastDay.PAYMENT_DAY
    addend, unit = scaled(rounding=terms.rounding, parts=MILLION) if terms else (0, 1)
    rates = terms.rates if terms else ()
    return {
        "end": until + ONE_DAY if counts_payment_day else until,
        "free_after": int(counts_payment_day),
        "capped": terms is not None and terms.cap is Cap.PRINCIPAL,
        "addend": addend,
        "unit": unit,
        "firsts": [rate.days.start for rate in rates],
        "afters": [rate.days.end for rate in rates],
        "ppms": [rate.ppm for rate in rates],
    }


def _parameters(rules: dict[str, str], *, today: date) -> dict[str, Any]:
    """What the run rests on, and until when its bills are to be paid."""
    with connection.cursor() as cursor:
        cursor.execute(sql.MONTHS)
        months = cursor.fetchall()
    place = Place(REGION, Month.of(today), today, is_demo())
    return {
        "region": REGION,
        "first_month": None,
        "chunks": [],
        "rules": rules,
        "modes": modes_of(place=place, districts=districts()),
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
