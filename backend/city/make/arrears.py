"""What the old system had not received (欠缴接管基线): an employer's October, a flexible worker's.

The employer paid the pension of nobody in the last month of the old system; the first flexible
worker has not paid it yet, and still may.
"""

from pathlib import Path

from backend.city.make import baseline
from backend.city.make.employers import Employer
from backend.city.make.figures import bounds_of, shares_of
from backend.city.make.files import RowFile
from backend.city.make.office import AGENCY
from backend.city.make.records import Resident, month_text, yuan
from backend.city.make.working import Job
from backend.kernel.months import Month

FORMAT = "yikatong-arrears-baseline/1"
HEADER = "payer,id_kind,id_number,scheme,month,part,amount,account,pay_by"
SCHEME = "110"
OWES = 2  # the employer that owes, counted from 1
LAST_DAY, LAST_OF_YEAR = "25", "12-31"


class OldArrears:
    """Takes jobs one by one and writes what is open of the last month of the old system."""

    def __init__(self, *, folder: Path, first_period: int, employer: Employer) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.file = RowFile(path=folder / "arrears.csv", header=HEADER)
        self._first = Month.from_index(first_period)
        self._employer = employer
        self._nobody_alone = True
        self._payers: set[str] = set()
        self._fen = 0

    def add(self, person: Resident, job: Job) -> None:
        """What is open of a job, if anything is."""
        month = self._first.previous
        if SCHEME not in job.schemes or not job.covers(month=month.index, known_in=month.index):
            return
        share = shares_of(
            scheme=SCHEME,
            month=month.index,
            base_fen=bounds_of(month=month.index).base(wage_fen=job.wage_fen),
            alone=job.employer is None,
        )
        if job.employer is self._employer:
            payer, last = job.employer.credit_code, f"{month}-{LAST_DAY}"
            self._add(person, payer, "PERSON", (share.person, share.account), last)
            self._add(person, payer, "EMPLOYER", (share.employer, 0), last)
        elif job.employer is None and self._nobody_alone:
            self._nobody_alone = False
            last = f"{month.year}-{LAST_OF_YEAR}"
            self._add(person, "", "PERSON", (share.person, share.account), last)

    def manifest(self) -> dict[str, object]:
        """Counts, digest and control totals, without signatures; asked after closing."""
        total = {
            "agency": AGENCY["code"],
            "scheme": SCHEME,
            "payers": len(self._payers),
            "rows": self.file.rows,
            "fen": self._fen,
        }
        return {
            **baseline.described(
                form=FORMAT,
                first=self._first,
                begins={"first_period": str(self._first)},
                files=[self.file],
            ),
            "totals": [total] if self.file.rows else [],
        }

    def _add(
        self, person: Resident, payer: str, part: str, money: tuple[int, int], pay_by: str
    ) -> None:
        fen, account = money
        month = month_text(self._first.previous.index)
        self.file.add(
            f"{payer},{person.id_kind},{person.id_number},{SCHEME},{month},{part},"
            f"{yuan(fen)},{yuan(account)},{pay_by}"
        )
        self._payers.add(payer or person.id_number)
        self._fen += fen
