"""What the stories of collection are told with (征缴故事): files of the tax bureau, bills, sums."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db.models import Sum

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry
from insurance.collection import monthly_bills
from insurance.collection.models import BillRun
from insurance.collection.receipts_in import take_receipts
from insurance.collection.work_off import work_off
from payments.ledger.models import MemoEntry, MemoKind, Posting
from tests import builders
from tests.insurance.collection.bill_builders import compute
from tests.insurance.collection.tax_builders import receipt, write

MEDICAL = "34080002"


def open_agencies() -> None:
    """The agencies of pension and of medical insurance."""
    builders.agency()
    Agency.objects.create(code=MEDICAL, name="演示市医保局", region="340800", kind="MEDICAL")


def bill(*, period: Month, today: date) -> int:
    """Bill a month as known on a day; what its runs wrote, in fen."""
    runs = [compute(run) for run in monthly_bills.open_bills(period=period, today=today)]
    return sum(written(run) for run in runs)


def written(run: BillRun) -> int:
    """What the lines of a run add up to."""
    return int((run.summary or {})["fen"])


@dataclass
class TaxBureau:
    """Tells what came in, a file at a time."""

    folder: Path
    serial: int = field(default=0)

    def tells(self, *, period: Month, today: date, rows: list[dict[str, str]]) -> None:
        """A file of receipts comes in and is worked off at once."""
        self.serial += 1
        lines = [receipt(tax_no=f"YS{self.serial:04d}{n:04d}", **row) for n, row in enumerate(rows)]
        path = write(self.folder, lines, serial=self.serial, period=str(period))
        file = take_receipts(path=path, today=today)
        assert file.accepted, file.detail
        work_off(file_id=file.pk, period=period, today=today)


def account_of(*, person_id: int, scheme: str) -> int:
    """What stands in a personal account."""
    rows = AccountEntry.objects.filter(person=person_id, scheme=scheme)
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


def arrears_in_memo(*, payer_id: int) -> int:
    """What the memo register says an employer is behind with."""
    rows = MemoEntry.objects.filter(party=payer_id, kind=MemoKind.ARREARS)
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


def income(*, scheme: str, code: str = "4001") -> int:
    """Income of a fund by account."""
    rows = Posting.objects.filter(account__code=code, account__book__scheme=scheme)
    sums = rows.aggregate(cr=Sum("cr_fen"), dr=Sum("dr_fen"))
    return int((sums["cr"] or 0) - (sums["dr"] or 0))
