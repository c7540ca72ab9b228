"""Those who retire come to the window (退休办理, 演示): archive, approval, award, account."""

from collections.abc import Iterator
from pathlib import Path

from backend.city.demo_desk import DEPARTMENT, DemoDesk, Desk, Matter
from backend.city.demo_papers import Papers, new_account, read_papers
from backend.kernel.months import Month, months_between

ARCHIVE = Desk("ARCHIVE_FACTS")
APPROVAL = Desk("RETIREMENT_APPROVAL", agency=DEPARTMENT)
AWARD = Desk("PENSION_AWARD")
ACCOUNT = Desk("ACCOUNT_CHANGE", two_person=False, decides="REVIEWER")
FORM = "招工登记表(演示)"


def let_retire(*, desk: DemoDesk, path: Path, period: Month) -> int:
    """Carry all of a month's retirements through to their awards; how many awards are new."""
    papers = read_papers(desk=desk, path=path, period=period)
    desk.carry_through(ARCHIVE, list(_archives(papers)))
    desk.carry_through(APPROVAL, list(_approvals(papers)))
    desk.carry_through(ACCOUNT, [new_account(papers=one, period=period) for one in papers])
    return desk.carry_through(AWARD, list(_awards(papers)))


def _archives(papers: list[Papers]) -> Iterator[Matter]:
    for one in papers:
        row, since = one.row, Month.parse(one.row["first_work_month"])
        born = {
            "paper": FORM,
            "recorded_on": str(since.first_day),
            "birth_month": row["birth_month"],
        }
        deemed = {"from_month": str(since), "last_month": row["deemed_last"], "evidence": FORM}
        yield one.matter(
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
        months = _deemed_months(one) + int(one.row["earlier_months"])
        yield one.matter(
            route="STATUTORY",
            retirement_month=one.row["retirement_month"],
            contribution_months=months,
            document_no=f"演退审〔{one.today.year}〕{one.party}号",
        )


def _awards(papers: list[Papers]) -> Iterator[Matter]:
    for one in papers:
        yield one.matter(
            scheme="110",
            earlier_months=int(one.row["earlier_months"]),
            earlier_index=one.row["earlier_index"],
            earlier_until=one.row["earlier_until"],
            earlier_evidence="原系统缴费明细(演示)",
            difference_reason="演示的缴费明细与演示的缴费工资各自虚构，以明细为准",
            open_accepted=True,
        )


def _deemed_months(one: Papers) -> int:
    """How many months count as paid, from the first work on."""
    last = one.row["deemed_last"]
    first = Month.parse(one.row["first_work_month"])
    return months_between(first, Month.parse(last).next) if last else 0
