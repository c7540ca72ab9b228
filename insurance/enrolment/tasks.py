"""What jobs do for the enrolment (参保作业): write the wage form that somebody asked for."""

from typing import IO

from django.utils import timezone

from backend.access.looked import look
from backend.exports.forms import FormAsked, writes_form
from backend.people.models import Organisation
from insurance.enrolment.wage_form import EmployerUnknown, write_form


@writes_form("wage-form")
def wage_form(*, to: IO[bytes], asked: FormAsked) -> int:
    """Write an employer's form of a year, and who had it written, in the look-ups of the employer.

    Raises:
        EmployerUnknown, NothingToDeclare.
    """
    employer, year = asked.numbers["employer"], asked.numbers["year"]
    if not Organisation.objects.filter(pk=employer).exists():
        raise EmployerUnknown(f"没有用人单位 {employer}。")
    look(
        staff=asked.staff,
        party_id=employer,
        purpose=asked.purpose,
        at=f"缴费工资申报表，导出编号 {asked.export}",
    )
    return write_form(
        file=to, payer_id=employer, year=year, on=timezone.localdate(), mark=asked.mark
    )
