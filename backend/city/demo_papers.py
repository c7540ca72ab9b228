"""What people bring to the window at the beginning of a month (窗口材料, 演示): rows of a file."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backend.city.demo_desk import DemoDesk, Matter
from backend.kernel.months import Month

DAY = 3  # before the month's bills, and before it is paid


@dataclass(frozen=True)
class Papers:
    """A row, whose it is, and the day on which it is handed in."""

    row: Mapping[str, str]
    party: int
    today: date

    def matter(self, **content: object) -> Matter:
        """What its person asks for, on that day."""
        return Matter(self.party, {**content, "received_date": self.today.isoformat()})


def read_papers(*, desk: DemoDesk, path: Path, period: Month) -> list[Papers]:
    """Read all rows of a file; none where it is not there."""
    if not path.exists():
        return []
    today = period.first_day.replace(day=DAY)
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Papers(row, desk.party_of(number=row["id_number"]), today)
            for row in csv.DictReader(file)
        ]


def new_account(*, papers: Papers, period: Month) -> Matter:
    """The account that its person opened with the new card."""
    account = {
        "bank": papers.row["bank"],
        "account_no": papers.row["account_no"],
        "holder_name": papers.row["name"],
        "from_date": str(period.first_day),
        "evidence": "本人持身份证和新卡到窗口核验(演示)",
    }
    return Matter(papers.party, account)
