"""Those who retire come to the window (退休办理, 演示): archive, approval, award, account."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backend.city.demo_desk import DEPARTMENT, DemoDesk, Desk, Matter
from backend.kernel.months import Month, months_between

ARCHIVE = Desk("ARCHIVE_FACTS")
APPROVAL = Desk("RETIREMENT_APPROVAL", agency=DEPARTMENT)
AWARD = Desk("PENSION_AWARD")
ACCOUNT = Desk("ACCOUNT_CHANGE", two_person=False, decides="REVIEWER")
DAY = 3  # of the month after the retirement month: before its bills, and before it is paid
FORM = "招工登记表(演示)"


@dataclass(frozen=True)
class Papers:
    """A row of ``retirements.csv``, and who it is."""

    row: Mapping[str, str]
    party: int
    today: date

    @property
    def first_work(self) -> Month:
        """When the first work began."""
        return Month.parse(self.row["first_work_month"])

    @property
    def deemed_months(self) -> int:
        """How many months count as paid."""
        last = self.row["deemed_last"]
        return months_between(self.first_work, Month.parse(last).next) if last else 0


def let_retire(*, desk: DemoDesk, path: Path, period: Month) -> int:
    """Carry all of a month's retirements through to their awards; how many awards are new."""
    if not path.exists():
        return 0
    today = period.first_day.replace(day=DAY)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    papers = [Papers(row, desk.party_of(number=row["id_number"]), today) for row in rows]
    desk.carry_through(ARCHIVE, list(_archives(papers)))
    desk.carry_through(APPROVAL, list(_approvals(papers)))
    desk.carry_through(ACCOUNT, list(_accounts(papers, period)))
    return desk.carry_through(AWARD, list(_awards(papers)))


def _archives(papers: list[Papers]) -> Iterator[Matter]:
    for one in papers:
        row, since = one.row, one.first_work
        born = {
            "paper": FORM,
            "recorded_on": str(since.first_day),
            "birth_month": row["birth_month"],
        }
        deemed = {"from_month": str(since), "last_month": row["deemed_last"], "evidence": FORM}
        yield _matter(
            one,
            category=row["category"],
            category_evidence="岗位登记表(演示)",
            birth_month=row["birth_month"],
            birth_records=[born],
            first_work_month=str(since),
            first_work_evidence=FORM,
            deemed=[deemed] if row["deemed_last"] else [],
            special=[],
        )


def _approvals(papers: list[Papers]) -> Iterator[Matter]:
    for one in papers:
        months = one.deemed_months + int(one.row["earlier_months"])
        yield _matter(
            one,
            route="STATUTORY",
            retirement_month=one.row["retirement_month"],
            contribution_months=months,
            document_no=f"演退审〔{one.today.year}〕{one.party}号",
        )


def _accounts(papers: list[Papers], period: Month) -> Iterator[Matter]:
    for one in papers:
        account = {
            "bank": one.row["bank"],
            "account_no": one.row["account_no"],
            "holder_name": one.row["name"],
            "from_date": str(period.first_day),
            "evidence": "本人持身份证和新卡到窗口核验(演示)",
        }
        yield Matter(one.party, account)


def _awards(papers: list[Papers]) -> Iterator[Matter]:
    for one in papers:
        yield _matter(
            one,
            scheme="110",
            earlier_months=int(one.row["earlier_months"]),
            earlier_index=one.row["earlier_index"],
            earlier_until=one.row["earlier_until"],
            earlier_evidence="原系统缴费明细(演示)",
            open_accepted=True,
        )


def _matter(one: Papers, **content: object) -> Matter:
    return Matter(one.party, {**content, "received_date": one.today.isoformat()})
