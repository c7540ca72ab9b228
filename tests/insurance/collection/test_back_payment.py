"""Past months are billed by a decided case with evidence: enrolled, due in their time, once."""

from datetime import date
from typing import Any

import pytest

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Death
from insurance.collection.back_payment import MonthsBilled, MonthsNotPast, check, decide
from insurance.collection.back_payment_rules import EvidenceMissing, MinutesMissing
from insurance.collection.bill_run import RunStillOpen
from insurance.collection.case_content import ContentInvalid
from insurance.collection.gaps import GapClosed
from insurance.collection.lines import Part
from insurance.collection.models import Bill, BillLine, BillRun, BillRunKind, RunState
from insurance.collection.monthly_bills import open_bills
from insurance.enrolment.assess import Dead, OtherCapacity
from insurance.enrolment.invariants import broken_promises
from insurance.enrolment.models import Enrolment, Kind, Source
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection.bill_builders import NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
FEB = Month(2026, 2)


def asked(**changes: object) -> Case:
    content: dict[str, object] = {
        "payer": of.employer().pk,
        "schemes": "110+310",
        "from_month": "2026-02",
        "last_month": "2026-04",
        "wage": "6000.00",
        "evidence": "CONTRACT",
        "evidence_no": "劳动合同 演示1号",
        "minutes": "",
    }
    return cases.decided(
        kind="COLLECTION_BACK_PAYMENT",
        party_id=builders.li().pk,
        content={**content, **changes},
    )


def test_the_months_are_billed_by_the_figures_of_their_time() -> None:
    assert check(asked()) == 0

    rows = decide(asked())

    run = BillRun.objects.get(kind=BillRunKind.BACK_PAYMENT)
    lines = bills.lines(run=run)
    assert (run.state, len(lines)) == (RunState.DONE, 12)
    assert rows == 1 + 2 + 12  # the run, two enrolments, its lines
    own = {line.key.month.index: line for line in lines if line.key.part is Part.PERSON}
    assert {(line.fen, line.key.payer_id) for line in own.values()} <= {
        (480_00, of.employer().pk),
        (120_00, of.employer().pk),
    }
    assert sum(line.account_fen for line in lines if line.key.scheme == "110") == 3 * 480_00


def test_they_were_due_in_their_own_months() -> None:
    decide(asked())

    days = Bill.objects.filter(scheme="110").order_by("month").values_list("pay_by", flat=True)
    assert list(days) == [date(2026, month, 25) for month in (2, 3, 4)]


def test_months_that_were_not_enrolled_are_enrolled() -> None:
    of.enrolment(valid=of.months("2026-03", "2026-04"))

    decide(asked(schemes="110"))

    written = Enrolment.objects.filter(source=Source.CASE).order_by("valid")
    assert [row.valid for row in written] == [
        of.months("2026-02", "2026-03"),
        of.months("2026-04", "2026-05"),
    ]
    assert [one.promise for one in broken_promises()] == [  # its case is not signed here
        "参保关系来自已接收的文件、基线或已办结的业务件"
    ] * 2


def test_no_monthly_run_bills_them_again() -> None:
    bills.chen_is_flexible()
    for month in (FEB, FEB.next):
        bills.bill(month)
    decide(asked(last_month="2026-02", wage="7000.00"))  # its own figure, known to no register

    bills.bill(FEB.plus(2))

    assert bills.fen_of(month=FEB, part=Part.EMPLOYER) == 1_120_00


def test_done_again_nothing_happens() -> None:
    case = asked()
    decide(case)

    assert decide(case) == 0
    assert BillRun.objects.count() == 1


def test_what_is_billed_is_not_billed_twice() -> None:
    decide(asked())

    for act in (check, decide):
        with pytest.raises(MonthsBilled):
            act(asked(from_month="2026-04", last_month="2026-05"))
    assert check(asked(from_month="2026-05", last_month="2026-05")) == 0


def test_months_of_several_cases_are_counted_together() -> None:
    of_year = {"from_month": "2025-01", "last_month": "2025-11", "schemes": "110"}
    decide(asked(**of_year))

    with pytest.raises(MinutesMissing):
        check(asked(schemes="110", from_month="2026-02", last_month="2026-02"))
    minutes = {"minutes": "局长办公会纪要 演示3号"}
    assert check(asked(schemes="110", from_month="2026-02", last_month="2026-02", **minutes)) == 0


def test_without_evidence_nothing_is_billed() -> None:
    with pytest.raises(EvidenceMissing):
        decide(asked(evidence=""))


def test_who_pays_alone_fills_a_gap_up_to_its_last_day() -> None:
    alone = {"payer": None, "from_month": "2026-10", "last_month": "2026-10"}

    assert decide(asked(**alone)) == 1 + 2 + 2
    assert {line.payer_id for line in BillLine.objects.all()} == {builders.li().pk}
    with pytest.raises(GapClosed):
        check(asked(payer=None, from_month="2025-10", last_month="2025-10"))


@pytest.mark.parametrize("last", ["2026-12", "2027-01"])
def test_only_months_that_are_over_are_paid_back(last: str) -> None:
    with pytest.raises(MonthsNotPast):
        check(asked(last_month=last))


def test_the_dead_pay_nothing_back() -> None:
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 3, 1), source="OFFICE", evidence=""
    )

    with pytest.raises(Dead):
        decide(asked())


def test_nobody_is_insured_in_two_capacities() -> None:
    of.enrolment(kind=Kind.FLEXIBLE)

    with pytest.raises(OtherCapacity):
        decide(asked())


def test_it_waits_for_a_run_that_is_being_computed() -> None:
    bills.li_works(since="2026-11")
    open_bills(period=NOV, today=date(2026, 11, 5))

    with pytest.raises(RunStillOpen):
        decide(asked())


@pytest.mark.parametrize(
    "changes",
    [
        {"schemes": "170"},
        {"schemes": "110+110"},
        {"evidence_no": ""},
        {"wage": "0.00"},
        {"last_month": "2026-01"},
        {"payer": "甲公司"},
    ],
)
def test_a_case_that_says_too_little_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ContentInvalid):
        check(asked(**changes))
