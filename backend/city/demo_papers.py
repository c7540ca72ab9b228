"""What people bring to the window at the beginning of a month (窗口材料, 演示): rows of a file."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backend.city.demo_desk import DemoDesk, Matter
from backend.kernel.months import Month

DAY = 3  # before the month's bills, and before it is paid
WITH_CARD = "本人持身份证和新卡到窗口核验(演示)"
PERSONS = {"column": "id_number", "register": "persons"}
EMPLOYERS = {"column": "credit_code", "register": "organisations"}


@dataclass(frozen=True)
class Papers:
    """A row, whose it is, and the day on which it is handed in."""

    row: Mapping[str, str]
    party: int
    today: date

    def matter(self, **content: object) -> Matter:
        """What its person asks for, on that day."""
        return Matter(self.party, {**content, "received_date": self.today.isoformat()})


def read_papers(
    *, desk: DemoDesk, path: Path, period: Month, of: Mapping[str, str] = PERSONS
) -> list[Papers]:
    """Read all rows of a file, each ``of`` somebody in a register; none where it is not there."""
    if not path.exists():
        return []
    today = period.first_day.replace(day=DAY)
    column, register = of["column"], of["register"]
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Papers(row, desk.party_of(number=row[column], register=register), today)
            for row in csv.DictReader(file)
        ]


def new_account(*, papers: Papers, period: Month, evidence: str = WITH_CARD) -> Matter:
    """The account that its person opened, with the new card where nothing else shows it."""
    account = {
        "bank": papers.row["bank"],
        "account_no": papers.row["account_no"],
        "holder_name": papers.row["name"],
        "from_date": str(period.first_day),
        "evidence": evidence,
    }
    return Matter(papers.party, account)
