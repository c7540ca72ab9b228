"""Files of a month by which employers and villages tell changes (增减员文件、居民缴费名册)."""

from pathlib import Path
from types import TracebackType

from backend.city.make.files import RowFile, write_json
from backend.city.make.records import Resident, month_text, yuan
from backend.city.make.villagers import RollRow
from backend.city.make.working import Job

ROSTER, ROLL = "yikatong-roster/1", "yikatong-resident-roll/1"
ROSTER_HEADER = "change,id_kind,id_number,name,credit_code,schemes,month,wage"
ROLL_HEADER = "id_kind,id_number,name,village,scheme,year,level,group,collective,subsidised"
EMPLOYERS = "安庆市各用人单位(演示)"
VILLAGES = "安庆市各村、社区(演示)"


class DescribedFile(RowFile):
    """A CSV file beside which a JSON says what it is."""

    def __init__(self, *, path: Path, header: str, form: str, **said: str) -> None:
        super().__init__(path=path, header=header)
        self._form = form
        self._said = said

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        content = {
            "format": self._form,
            **self._said,
            "rows": self.rows,
            "sha256": self.sha256(),
        }
        write_json(path=self.path.with_suffix(".json"), content=content)


class MonthFiles:
    """The roster of one period, and the rolls of both schemes that arrive in it."""

    def __init__(self, *, folder: Path, period: int, first_period: int) -> None:
        self.period = period
        folder.mkdir(parents=True, exist_ok=True)
        year = first_period // 12
        more = "" if period == first_period else "-2"  # a supplement to the first month's
        self.roster = roster_file(folder=folder, period=period)
        self.rolls = {
            scheme: roll_file(folder=folder, scheme=scheme, year=of_year, more=more)
            for scheme, of_year in (("170", year), ("390", year + 1))
        }

    def tell_job(self, person: Resident, job: Job) -> None:
        """A row when somebody leaves or joins in this period."""
        tell_job(self.roster, period=self.period, person=person, job=job)

    def tell_resident(self, person: Resident, row: RollRow) -> None:
        """A row of the roll that is told in this period."""
        tell_resident(self.rolls[row.scheme], person=person, row=row)


def roster_file(*, folder: Path, period: int) -> DescribedFile:
    """The joiners and leavers of all employers that a period is told of."""
    return DescribedFile(
        path=folder / f"roster-{month_text(period)}.csv",
        header=ROSTER_HEADER,
        form=ROSTER,
        source=EMPLOYERS,
    )


def roll_file(*, folder: Path, scheme: str, year: int, more: str = "") -> DescribedFile:
    """The roll of all villages for a year."""
    return DescribedFile(
        path=folder / f"roll-{scheme}-{year}{more}.csv",
        header=ROLL_HEADER,
        form=ROLL,
        source=VILLAGES,
    )


def tell_job(roster: DescribedFile, *, period: int, person: Resident, job: Job) -> None:
    """A row when somebody leaves or joins in the period."""
    if job.employer is None:
        return
    if job.leaves_in == period and job.end is not None:
        roster.add(_roster_row("LEAVE", person, job, job.end - 1, ""))
    if job.joins_in == period and job.wage_fen is not None:
        roster.add(_roster_row("JOIN", person, job, job.start, yuan(job.wage_fen)))


def tell_resident(roll: DescribedFile, *, person: Resident, row: RollRow) -> None:
    """A resident's row of a roll."""
    level = "" if row.level_fen is None else yuan(row.level_fen)
    aid = yuan(row.collective_fen) if row.collective_fen else ""
    roll.add(
        f"{person.id_kind},{person.id_number},{person.name},{person.village[1:]},"
        f"{row.scheme},{row.year},{level},{row.group},{aid},{int(row.subsidised)}"
    )


def _roster_row(change: str, person: Resident, job: Job, month: int, wage: str) -> str:
    assert job.employer is not None
    return (
        f"{change},{person.id_kind},{person.id_number},{person.name},"
        f"{job.employer.credit_code},{'+'.join(job.schemes)},{month_text(month)},{wage}"
    )
