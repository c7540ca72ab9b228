"""What is paid at once for months that are missing, and whether it is paid (一次性缴费的缴清)."""

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.collection.cases.one_off_bill import open_fen
from insurance.pension.models import OneOffPayment


class OneOffOpen(Refusal):
    """What was billed is not paid (一次性缴费尚未缴清)."""

    code = "one_off_open"


def require_paid(*, person_id: int) -> None:
    """Let nobody retire on months that are billed at once and not paid.

    Raises:
        OneOffOpen.
    """
    for row in current(person_id=person_id):
        left = open_fen(person_id=person_id, month=Month.of(row.month))
        if left > 0:
            raise OneOffOpen(f"业务件 {row.case_id} 核定的一次性缴费尚未缴清，缴清以后再审批退休。")


def current(*, person_id: int) -> list[OneOffPayment]:
    """What counts of a person's, as any entry."""
    rows = OneOffPayment.objects.filter(
        person__in=family_of(party_id=person_id), correction__isnull=True, months__gt=0
    )
    return list(rows.order_by("pk"))


def paid(*, person_id: int, until: Month) -> list[OneOffPayment]:
    """Those that are paid in full, up to a month: their months count."""
    return [
        row
        for row in current(person_id=person_id)
        if Month.of(row.month) <= until
        and open_fen(person_id=person_id, month=Month.of(row.month)) <= 0
    ]
