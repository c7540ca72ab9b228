"""Who is insured (参保): what the old system hands over, what the first two months tell.

Written while the roll is drawn, from a chance of its own: persons and pensions do not change by it,
and memory does not grow with them.
"""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from backend.city.make import baseline
from backend.city.make.arrears import OWES, OldArrears
from backend.city.make.balances import Balances
from backend.city.make.draw import Draw
from backend.city.make.employers import Employer
from backend.city.make.files import RowFile, write_json
from backend.city.make.month_files import MonthFiles
from backend.city.make.places import Village
from backend.city.make.records import Resident, month_text, yuan
from backend.city.make.tax_filings import Declared, FiscalPlan
from backend.city.make.villagers import Standing, Villagers
from backend.city.make.wage_form import WageForm
from backend.city.make.working import DECLARES, Job, Workers
from backend.kernel.months import Month

ENROLMENTS, BALANCES = "yikatong-enrolment-baseline/1", "yikatong-account-baseline/1"
FOLDERS = ("enrolment-baseline", "account-baseline", "arrears-baseline")
MONTHS = 2  # months that are told by rosters, rolls, declarations
HEADERS = {
    "enrolments": "id_kind,id_number,scheme,kind,payer,district,from_month,to_month",
    "wages": "id_kind,id_number,payer,from_month,to_month,amount,confirmed",
}
BALANCES_HEADER = "id_kind,id_number,scheme,part,year,amount"


class EnrolmentFiles:
    """Takes residents one by one and writes all that tells of their insurance."""

    def __init__(
        self,
        *,
        folder: Path,
        seed: int,
        first_period: int,
        employers: tuple[Employer, ...],
        villages: tuple[Village, ...],
    ) -> None:
        draw = Draw(seed=f"yikatong-demo-city/{seed}/enrolment")
        self.cases: dict[str, str] = {}
        self._seed = seed
        self._first = first_period
        self._workers = Workers(draw=draw, first_period=first_period, employers=employers)
        self._villagers = Villagers(draw=draw, first_period=first_period)
        self._balances = Balances(draw=draw, first_period=first_period)
        self._enrolment = OldEnrolment(folder=folder / FOLDERS[0], first_period=first_period)
        self._accounts = OldAccounts(folder=folder / FOLDERS[1], first_period=first_period)
        self._arrears = OldArrears(
            folder=folder / FOLDERS[2], first_period=first_period, employer=employers[OWES - 1]
        )
        self.cases["employer_in_arrears"] = employers[OWES - 1].old_id
        self._months = []
        self._declared = []
        self._fiscal = []
        for period in range(first_period, first_period + MONTHS):
            month = folder / "months" / month_text(period)
            place, tax = month / "enrolment", month / "tax"
            files = MonthFiles(folder=place, period=period, first_period=first_period)
            self._months.append(files)
            declared = Declared(
                folder=tax, period=period, first_period=first_period, cases=self.cases
            )
            self._declared.append(declared)
            self._fiscal.append(FiscalPlan(folder=tax, villages=villages))
        wages = folder / "months" / month_text(first_period) / "enrolment" / "wages"
        payer = employers[DECLARES - 1]
        self.cases["employer_declares_wages"] = payer.old_id
        self._form = WageForm(folder=wages, employer=payer, first_period=first_period)
        self._stack = ExitStack()

    def __enter__(self) -> "EnrolmentFiles":
        for file in self._open_files():
            self._stack.enter_context(file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, person: Resident) -> None:
        """Draw how the next resident of the roll is insured, and tell it."""
        work = self._workers.work_of(person)
        if work.case:
            self.cases[work.case] = person.old_id
        standings = self._villagers.standings_of(person, work)
        for job in work.jobs:
            self._enrolment.add_job(person, job)
            self._form.add(person, job)
            self._arrears.add(person, job)
            for month in self._months:
                month.tell_job(person, job)
        for standing in standings:
            self._tell_resident(person, standing)
        for declared in self._declared:
            declared.add(person, work)
        for balance in self._balances.of(person, work, standings):
            self._accounts.add(person, balance.scheme, balance.part, balance.year, balance.fen)

    def add_strangers(self, strangers: list[Resident]) -> None:
        """People whom employers declare and nobody knows: one for each month."""
        for declared, stranger in zip(self._declared, strangers, strict=True):
            declared.add_stranger(stranger)

    def finish(self) -> dict[str, object]:
        """Write what is known last, after closing; how many rows each file has."""
        for plan in self._fiscal:
            plan.write()
        self._form.write()
        for old in (self._enrolment, self._accounts, self._arrears):
            manifest = baseline.sign(manifest=old.manifest(), seed=self._seed)
            write_json(path=old.folder / "manifest.json", content=manifest)
        return {
            **{file.path.stem: file.rows for file in self._enrolment.files},
            "balances": self._accounts.file.rows,
            "arrears": self._arrears.file.rows,
            "rosters": [month.roster.rows for month in self._months],
            **{
                f"rolls_{scheme}": [month.rolls[scheme].rows for month in self._months]
                for scheme in ("170", "390")
            },
            "declared": [declared.file.rows for declared in self._declared],
        }

    def _tell_resident(self, person: Resident, standing: Standing) -> None:
        self._enrolment.add_standing(person, standing)
        row = standing.row
        if row is not None:
            place = row.told_in - self._first
            self._months[place].tell_resident(person, row)
            self._fiscal[place].add(person, row)

    def _open_files(self) -> list[RowFile]:
        months = [file for m in self._months for file in (m.roster, *m.rolls.values())]
        declared = [one.file for one in self._declared]
        old = (self._accounts.file, self._arrears.file)
        return [*self._enrolment.files, *old, *months, *declared]


class OldEnrolment:
    """The old system's enrolments and wages (参保接管基线)."""

    def __init__(self, *, folder: Path, first_period: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.files = tuple(
            RowFile(path=folder / f"{name}.csv", header=header) for name, header in HEADERS.items()
        )
        self._first = first_period
        self._totals: dict[tuple[str, str], list[int]] = {}

    def add_job(self, person: Resident, job: Job) -> None:
        """A job that no roster of ours will tell, with its wage; its end only if it is known."""
        if job.joins_in is not None:
            return
        kind = "EMPLOYED" if job.employer else "FLEXIBLE"
        payer = job.employer.credit_code if job.employer else ""
        district = job.employer.district if job.employer else person.district
        end = job.end if job.leaves_in is None else None
        for scheme in job.schemes:
            self._add(person, scheme, kind, payer, district, job.start, end)
            if end is None:
                self._count(scheme, kind, job.wage_fen or 0)
        if end is None and job.wage_fen is not None:
            since = max(job.start, self._first // 12 * 12)
            self.files[1].add(
                f"{person.id_kind},{person.id_number},{payer},{month_text(since)},,"
                f"{yuan(job.wage_fen)},{int(job.confirmed)}"
            )

    def add_standing(self, person: Resident, standing: Standing) -> None:
        """A resident's insurance until the end of the year."""
        if standing.since is not None:
            end = (self._first // 12 + 1) * 12
            payer, district = person.village[1:], person.district
            self._add(person, standing.scheme, "RESIDENT", payer, district, standing.since, end)
            self._count(standing.scheme, "RESIDENT", 0)

    def manifest(self) -> dict[str, object]:
        """Counts, digests and control totals, without signatures; asked after closing."""
        first = Month.from_index(self._first)
        return {
            **baseline.described(
                form=ENROLMENTS, first=first, begins={"first_period": str(first)}, files=self.files
            ),
            "totals": [
                {"scheme": scheme, "kind": kind, "people": people, "wage_fen": fen}
                for (scheme, kind), (people, fen) in sorted(self._totals.items())
            ],
        }

    def _add(
        self,
        person: Resident,
        scheme: str,
        kind: str,
        payer: str,
        district: str,
        start: int,
        end: int | None,
    ) -> None:
        until = "" if end is None else month_text(end)
        self.files[0].add(
            f"{person.id_kind},{person.id_number},{scheme},{kind},{payer},{district},"
            f"{month_text(start)},{until}"
        )

    def _count(self, scheme: str, kind: str, wage_fen: int) -> None:
        total = self._totals.setdefault((scheme, kind), [0, 0])
        total[0] += 1
        total[1] += wage_fen


class OldAccounts:
    """The old system's personal accounts by year (个人账户接管基线)."""

    def __init__(self, *, folder: Path, first_period: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.file = RowFile(path=folder / "balances.csv", header=BALANCES_HEADER)
        self._first = first_period
        self._last = ""
        self._totals: dict[str, list[int]] = {}

    def add(self, person: Resident, scheme: str, part: str, year: int, fen: int) -> None:
        """What is left of one year's money of a person; all rows of an account come together."""
        self.file.add(f"{person.id_kind},{person.id_number},{scheme},{part},{year},{yuan(fen)}")
        total = self._totals.setdefault(scheme, [0, 0])
        account = f"{person.old_id}-{scheme}"
        total[0] += account != self._last
        total[1] += fen
        self._last = account

    def manifest(self) -> dict[str, object]:
        """Counts, digest and control totals, without signatures; asked after closing."""
        first = Month.from_index(self._first)
        return {
            **baseline.described(
                form=BALANCES, first=first, begins={"first_year": first.year}, files=[self.file]
            ),
            "totals": [
                {"scheme": scheme, "people": people, "fen": fen}
                for scheme, (people, fen) in sorted(self._totals.items())
            ],
        }
