"""What employers owe the agency by a day, and how late they are (单位逾期未报). Pure.

社会保险法第五十条: the list of who lost work within fifteen days of the end; whom they hire they
register within thirty. Only months are known of an insurance: the last day of its month is the
latest that the end, or the hire, can have been.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from backend.kernel.parameters import Resolved
from insurance.policy.steps import Step, authority

PASSED, TERM, OVER = "已过天数", "期限天数", "逾期天数"


class Duty(Enum):
    """What is owed, and the parameter of its term."""

    END_REPORT = ("失业人员名单", "unemployment.job_end_report_days")
    HIRE_REPORT = ("录用人员登记", "enrolment.hire_report_days")

    def __init__(self, label: str, key: str) -> None:
        self.label = label
        self.key = key


@dataclass(frozen=True)
class Overdue:
    """A duty of an employer about a person, done late or not yet."""

    duty: Duty
    payer_id: int
    person_id: int
    happened_by: date  # the latest day on which the job ended, or began
    done_on: date | None  # none: not done yet


@dataclass(frozen=True)
class Lateness:
    """Until when it was due, how many days it is over, and why."""

    due_on: date
    days: int
    step: Step


def lateness(*, of: Overdue, term: Resolved, today: date, version: str) -> Lateness:
    """Reckon how late a duty is, or was done."""
    passed = ((of.done_on or today) - of.happened_by).days
    days = passed - term.whole
    due_on = of.happened_by + timedelta(days=term.whole)
    until = "报送时" if of.done_on else "到现在"
    step = Step(
        formula=f"{PASSED} − {TERM}",
        inputs=((PASSED, str(passed)), (TERM, str(term.whole))),
        result=str(days),
        version=version,
        article=authority(term),
        name=OVER,
        sentence=f"{of.duty.label}应在 {due_on} 以前报送，{until}逾期 {days} 日。",
        rounding="",
    )
    return Lateness(due_on, days, step)
