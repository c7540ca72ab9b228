"""A top-up is decided by a case: months by the month, years by the year, each case once."""

from decimal import Decimal
from typing import Any

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.collection.bills.bill_run import RunStillOpen
from insurance.collection.bills.monthly_bills import open_bills
from insurance.collection.bills.top_up import MonthsNotBilled, ordered_top_ups
from insurance.collection.cases.top_up_case import check, decide, open_decided
from insurance.collection.models import Bill, BillRun
from insurance.collection.rules.lines import Part
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
NOTICE = "演示人社〔2026〕9号"
TOP_UPS = ("TOP_UP", "YEAR_TOP_UP")


def asked(act: Any = cases.decided, **changes: object) -> Case:
    content: dict[str, object] = {
        "bills": "MONTHLY",
        "period": "2026-12",
        "from_month": "2026-11",
        "last_month": "2026-11",
        "document": NOTICE,
    }
    case: Case = act(
        kind="COLLECTION_TOP_UP", party_id=builders.li().pk, content={**content, **changes}
    )
    return case


def yearly(**changes: object) -> Case:
    return asked(bills="YEARLY", from_month="2026-01", last_month="2026-01", **changes)


def two_months() -> None:
    b.li_works(schemes=("110",))
    b.on_roll(scheme="390")
    b.bill(NOV)
    b.bill(DEC)


def test_its_decision_orders_the_run_that_bills_the_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_months()
    b.with_values(monkeypatch, {"pension.rate_employer": Decimal("0.18")})

    case = asked(document=f" {NOTICE} ")
    assert check(case) == 0
    assert decide(case) == 0

    run = b.topped_up(case)
    assert (run.reason, run.case_id is None) == (NOTICE, False)
    assert [(x.key.month, x.key.part, x.fen) for x in b.lines(run=run)] == [
        (NOV, Part.EMPLOYER, 120_00)
    ]


def test_residents_years_are_topped_up_by_the_year(monkeypatch: pytest.MonkeyPatch) -> None:
    two_months()
    before = b.sums()
    b.with_values(monkeypatch, {"medical.resident_subsidy": Decimal(800)})

    case = yearly()
    decide(case)

    run = b.topped_up(case)
    (line,) = b.lines(run=run)
    assert (line.key.scheme, line.key.part, line.key.month) == ("390", Part.SUBSIDY, Month(2026, 1))
    assert line.fen == 800_00 - before[line.key]
    assert Bill.objects.get(run=run).pay_by == DEC.last_day


def test_what_a_roll_brought_since_waits_for_the_next_month(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_months()
    b.on_roll(scheme="390", person_id=builders.zhao().pk)
    b.on_roll(scheme="170")

    case = yearly()
    decide(case)

    assert b.lines(run=b.topped_up(case)) == []
    runs = b.bill(DEC.next)
    assert {x.key.scheme for x in b.lines(run=runs["RESIDENTS"])} == {"170", "390"}


def test_a_case_opens_one_run() -> None:
    two_months()
    case = asked()
    decide(case)
    b.topped_up(case)

    assert decide(case) == 0
    assert open_decided(case_id=case.pk, today=cases.TODAY) == 0
    assert ordered_top_ups() == []
    assert BillRun.objects.filter(kind__in=TOP_UPS).count() == 1


def test_the_decision_itself_lists_nobody() -> None:
    two_months()
    case = asked()

    decide(case)

    assert ordered_top_ups() == [f"collection.open_top_up/{case.pk}"]
    assert not BillRun.objects.filter(kind__in=TOP_UPS).exists()


def test_no_month_is_billed_before_it_is_open() -> None:
    two_months()
    decide(asked())

    with pytest.raises(RunStillOpen, match="尚未开始计算"):
        open_bills(period=DEC.next, today=DEC.next.first_day)


def test_a_second_one_waits_until_the_first_is_open() -> None:
    two_months()
    decide(asked())

    with pytest.raises(RunStillOpen):
        decide(yearly())


def test_without_its_figures_nothing_is_ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    two_months()
    b.without(monkeypatch, "collection.mode")

    with pytest.raises(NotConfigured):
        decide(asked())
    assert ordered_top_ups() == []


def test_it_waits_for_a_run_that_is_being_computed() -> None:
    two_months()
    open_bills(period=DEC.next, today=DEC.next.first_day)

    with pytest.raises(RunStillOpen):
        decide(asked())


def test_a_second_proposal_waits_for_the_first() -> None:
    two_months()
    first = asked(cases.waiting)
    check(first)

    with pytest.raises(ProposalWaits):
        check(asked(cases.waiting))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"bills": "DAILY"}, ContentInvalid),
        ({"document": " "}, ContentInvalid),
        ({"last_month": "2026-10"}, ContentInvalid),
        ({"from_month": "2026-10"}, MonthsNotBilled),
        ({"period": "2027-02"}, MonthsNotBilled),
        ({"bills": "YEARLY"}, MonthsNotBilled),
        ({"bills": "YEARLY", "from_month": "2025-01", "last_month": "2025-12"}, MonthsNotBilled),
    ],
)
def test_what_can_not_be_topped_up_is_refused_in_words(
    changes: dict[str, object], refusal: type[Refusal]
) -> None:
    two_months()

    for act in (check, decide):
        with pytest.raises(refusal):
            act(asked(**changes))


def test_before_the_first_bills_nothing_is_topped_up() -> None:
    of.employer()

    with pytest.raises(MonthsNotBilled, match="还没有核定过"):
        check(asked())
