"""One employer's yearly wage declaration (年度缴费工资申报), as it fills the form in."""

from pathlib import Path

from backend.city.make.employers import Employer
from backend.city.make.figures import bounds_of
from backend.city.make.records import Resident
from backend.city.make.working import Job
from backend.kernel.identity import IdKind
from insurance.enrolment.wage_layout import WageHead
from insurance.enrolment.wage_template import WageLine, write_wages


class WageForm:
    """Gathers the employees of one employer."""

    def __init__(self, *, folder: Path, employer: Employer, first_period: int) -> None:
        self._folder = folder
        self._employer = employer
        self._first = first_period
        self._year = first_period // 12
        self._lines: list[WageLine] = []

    def add(self, person: Resident, job: Job) -> None:
        """An employee who is there in the first period and was there before."""
        told = job.joins_in is None and job.covers(month=self._first, known_in=self._first)
        if job.employer is not self._employer or not told:
            return
        months = max(1, min(12, self._year * 12 - job.start))
        wage = job.raised_fen or job.wage_fen or bounds_of(month=self._first).floor
        self._lines.append(
            WageLine(
                name=person.name,
                id_kind=IdKind(person.id_kind),
                id_number=person.id_number,
                yearly_fen=wage * months,
                months=months,
                confirmed=True,
            )
        )

    def write(self) -> None:
        """Write the xlsx; none where the employer has nobody."""
        if not self._lines:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        code = self._employer.credit_code
        head = WageHead(self._employer.name, code, self._year)
        with (self._folder / f"wages-{self._year}-{code}.xlsx").open("wb") as file:
            write_wages(file=file, head=head, lines=self._lines)
