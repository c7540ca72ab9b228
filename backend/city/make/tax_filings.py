"""What employers declare at the tax bureau, what the finance bureau plans (申报、财政拨付计划).

An independent statement: it knows the register's facts, but no bill. Not everything that employers
write is right; where it is not, ``cases`` says so. Who is written down twice is so at an employer
that writes nothing else wrong and pays in time: what it pays too much is just that.
"""

from collections import deque
from pathlib import Path

from backend.city.make.employers import Employer
from backend.city.make.figures import bounds_of, is_declared, rates_of
from backend.city.make.files import RowFile, csv_row
from backend.city.make.places import Village
from backend.city.make.records import Resident, month_text, yuan
from backend.city.make.villagers import RollRow
from backend.city.make.working import ALL, Job, Work
from backend.city.tax.habits import Habit, habit_of

DECLARED = "payer_number,payer_name,scheme,month,person_number,person_name,base,amount"
FISCAL = "payer_number,payer_name,scheme,month,part,amount"
DIFFERENCES = ("missing", "other_amount", "other_name", "twice")
TOO_MUCH_FEN = 50_000
WAGE_OF_UNKNOWN_FEN = 600_000


class Declared:
    """``declared.csv`` of a period: each person and scheme of employers that declare themselves."""

    def __init__(
        self, *, folder: Path, period: int, first_period: int, cases: dict[str, str]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = RowFile(path=folder / "declared.csv", header=DECLARED)
        self._period = period
        self._first = first_period
        self._cases = cases
        self._differences = deque(DIFFERENCES)
        self._first_employer: Employer | None = None
        self._wrong: set[str] = set()  # employers that write something wrong

    def add(self, person: Resident, work: Work) -> None:
        """What employers say of a person: this month, and months before that were told now."""
        difference = ""
        for job in work.jobs:
            months = self._months(job)
            if job.employer is None or not months:
                continue
            if not is_declared(district=job.employer.district, month=self._period):
                continue
            self._first_employer = self._first_employer or job.employer
            if work.is_plain and self._differences and self._may_err(job.employer):
                difference = self._note(self._differences.popleft(), person.old_id)
                self._wrong.add(job.employer.credit_code)
            for month in months:
                self._say(person, job, month, difference)
        if work.case == "declared_unregistered":
            self._say_of_nobody(person)

    def add_stranger(self, person: Resident) -> None:
        """Somebody whom the register does not know."""
        self._say_of_nobody(person)
        self._note("stranger", person.id_number)

    def _may_err(self, employer: Employer) -> bool:
        if self._differences[0] != "twice":
            return True
        habit = habit_of(
            period=month_text(self._period), payer=employer.credit_code, is_employer=True
        )
        others = {*self._wrong, *(one.credit_code for one in (self._first_employer,) if one)}
        return employer.credit_code not in others and habit is Habit.PAYS

    def _months(self, job: Job) -> list[int]:
        """This month, and those told late; what was before the first, the old system settled."""
        period = self._period
        months = [period] if job.covers(month=period, known_in=period) else []
        late = range(max(job.start, self._first), period) if job.joins_in == period else ()
        return [*late, *months]

    def _say(self, person: Resident, job: Job, month: int, difference: str) -> None:
        """The rows of one month, honest unless there is a ``difference``."""
        if difference == "missing":
            return
        bounds = bounds_of(month=month)
        base = bounds.base(wage_fen=job.raised_fen or job.wage_fen)
        if difference == "other_amount":
            base += TOO_MUCH_FEN
        if difference == "other_name":
            person = person._replace(name=_other_name(person.name))
        for scheme in job.schemes:
            for _ in range(2 if difference == "twice" else 1):
                self._write(job.employer, scheme, month, person, base)

    def _say_of_nobody(self, person: Resident) -> None:
        """An employer pays for somebody whom no roster tells."""
        if self._first_employer is not None:
            for scheme in ALL:
                self._write(self._first_employer, scheme, self._period, person, WAGE_OF_UNKNOWN_FEN)

    def _write(
        self, employer: Employer | None, scheme: str, month: int, person: Resident, base: int
    ) -> None:
        assert employer is not None
        rates = rates_of(scheme=scheme, district=employer.district, month=month)
        self.file.add(
            f"{employer.credit_code},{employer.name},{scheme},{month_text(month)},"
            f"{person.id_number},{person.name},{yuan(base)},{yuan(rates.amount(base_fen=base))}"
        )

    def _note(self, difference: str, who: str) -> str:
        self._cases[f"declared_{month_text(self._period)}_{difference}"] = who
        return difference


class FiscalPlan:
    """``fiscal.csv`` of a period: what the finance bureau pays for residents, by village."""

    def __init__(self, *, folder: Path, villages: tuple[Village, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "fiscal.csv"
        self._villages = {village.code: village.name for village in villages}
        self._planned: dict[tuple[str, str, int, str], int] = {}

    def add(self, person: Resident, row: RollRow) -> None:
        """What others pay of a resident's year."""
        parts = (
            ("COLLECTIVE", row.collective_fen),
            ("ON_BEHALF", row.on_behalf_fen),
            ("SUBSIDY", row.subsidy_fen),
        )
        for part, fen in parts:
            if fen:
                key = person.village[1:], row.scheme, row.year * 12, part
                self._planned[key] = self._planned.get(key, 0) + fen

    def write(self) -> None:
        """All amounts in the order of villages."""
        with RowFile(path=self._path, header=FISCAL) as file:
            for (village, scheme, month, part), fen in sorted(self._planned.items()):
                name = self._villages[village]
                file.add(csv_row((village, name, scheme, month_text(month), part, yuan(fen))))


def _other_name(name: str) -> str:
    """Another surname before the same given name."""
    return ("李" if name.startswith("王") else "王") + name[1:]
