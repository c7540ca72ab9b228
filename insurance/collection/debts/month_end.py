"""The end of a month of collection (征缴月末): what is late, what goes back, what is in arrears."""

from datetime import date

from django.db import transaction

from backend.jobs.faultpoint import faultpoint
from backend.kernel.months import Month
from insurance.accounts.refunds import refund_cleared
from insurance.collection.debts.arrears import register_arrears
from insurance.collection.debts.late_fees import charge_late_fees

END_JOB = "collection.month_end"


@transaction.atomic
def end_month(*, period: Month, today: date) -> int:
    """Charge late fees, refund cleared months, register arrears; rows written, all or none.

    Each of them writes what is new since it was done last, so it may follow on every file.
    """
    rows = charge_late_fees(period=period, today=today)
    rows += refund_cleared(month=period)
    rows += register_arrears(period=period, today=today)
    faultpoint("collection.month.ended")
    return rows
