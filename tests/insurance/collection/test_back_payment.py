"""Past months are billed by a decided case with evidence: enrolled, due in their time, once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backend.cases.collective import MinutesMissing
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Alias, Death
from insurance.collection.bills.bill_run import RunStillOpen
from insurance.collection.bills.monthly_bills import open_bills
from insurance.collection.bills.top_up import open_top_up
from insurance.collection.cases import back_payment
from insurance.collection.cases.back_payment import (
    MonthsBilled,
    MonthsNotPast,
    MonthsToBeBilled,
    check,
    decide,
)
from insurance.collection.invariants import broken_promises as broken_bills
from insurance.collection.models import Bill, BillLine, BillRun, BillRunKind, RunState
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.back_payment_rules import EvidenceMissing
from insurance.collection.rules.gaps import GapClosed
from insurance.collection.rules.lines import Part
from insurance.collection.rules.terms import terms_for
from insurance.enrolment.assess import Dead, OtherCapacity
from insurance.enrolment.back_wages import WageOtherwise
from insurance.enrolment.invariants import broken_promises
from insurance.enrolment.models import Enrolment, Kind, Source, Wage, WageSource
from insurance.policy import parameters
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection.bill_builders import NOV
from tests.insurance.collection.bill_city import EDGES
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
FEB = Month(2026, 2)
TOLD = cases.TODAY


def asked(**changes: object) -> Case:
    content: dict[str, object] = {
        "payer": of.employer().pk,
        "schemes": "110+310",
        "from_month": "2026-02",
        "last_month": "2026-04",
        "wage": "6000.00",
        "evidence": "CONTRACT",
        "evidence_no": "劳动合同 演示1号",
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
    assert rows == 1 + 2 + 1 + 12  # the run, two enrolments, the wage, its lines
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
        "参保关系、缴费工资来自已接收的文件、基线或已办结的业务件"
    ] * 3


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
    minutes = builders.minutes()
    assert check(asked(schemes="110", from_month="2026-02", last_month="2026-02", **minutes)) == 0


def test_without_evidence_nothing_is_billed() -> None:
    with pytest.raises(EvidenceMissing):
        decide(asked(evidence=""))


def test_who_pays_alone_fills_a_gap_up_to_its_last_day() -> None:
    alone = {"payer": None, "from_month": "2026-10", "last_month": "2026-10"}

    assert decide(asked(**alone)) == 1 + 2 + 1 + 2
    assert {line.payer_id for line in BillLine.objects.all()} == {builders.li().pk}
    with pytest.raises(GapClosed):
        check(asked(payer=None, from_month="2025-10", last_month="2025-10"))


@pytest.mark.parametrize("last", ["2026-12", "2027-01"])
def test_only_months_that_are_over_are_paid_back(last: str) -> None:
    with pytest.raises(MonthsNotPast):
        check(asked(last_month=last, **builders.minutes()))


def test_a_month_whose_bills_are_late_is_left_to_its_run() -> None:
    bills.chen_is_flexible()
    bills.bill(FEB)
    of_march = asked(from_month="2026-03", last_month="2026-03")

    for act in (check, decide):
        with pytest.raises(MonthsToBeBilled, match="2026-03"):
            act(of_march)
    bills.bill(FEB.next)
    assert decide(of_march) == 1 + 2 + 1 + 4


def test_the_first_month_of_all_is_billed_but_for_what_a_case_has_billed() -> None:
    """Of two entries of one person, too."""
    bills.chen_is_flexible()
    decide(asked(last_month="2026-02", schemes="110"))
    of.enrolment(scheme="210", valid=of.months("2026-02"))
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.zhao().pk, case_id=1)

    bills.bill(FEB)

    assert bills.fen_of(month=FEB, part=Part.EMPLOYER) == 960_00
    assert bills.fen_of(month=FEB, part=Part.EMPLOYER, scheme="210") == 30_00
    assert broken_bills() == []


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


def test_the_wage_that_was_decided_is_the_months_wage() -> None:
    of.wage(valid=of.months("2026-04", "2026-05"))  # 6,000 of April is known

    decide(asked())

    (wage,) = Wage.objects.filter(source=Source.CASE)
    assert (wage.wage_source, wage.monthly_fen, wage.payer_id) == (
        WageSource.DECIDED, 6000_00, of.employer().pk,
    )  # fmt: skip
    assert wage.valid == of.months("2026-02", "2026-04")


def test_months_insured_in_other_schemes_are_paid_back_on_the_same_wage() -> None:
    of.wage()
    of.enrolment(scheme="210", valid=of.months("2026-04"))

    for act in (check, decide):
        with pytest.raises(WageOtherwise, match=r"6000\.00"):
            act(asked(wage="7000.00"))


def test_a_wage_that_merely_reaches_so_far_gives_way_in_these_months_alone() -> None:
    of.wage()  # 6,000 since 2020, though nobody was insured there in these months

    decide(asked(wage="7000.00"))

    current = Wage.objects.filter(superseded_at__isnull=True).order_by("valid")
    assert [(row.valid, row.monthly_fen) for row in current] == [
        (of.months("2020-01", "2026-02"), 6000_00),
        (of.months("2026-02", "2026-05"), 7000_00),
        (of.months("2026-05"), 6000_00),
    ]
    wrong = {one.promise for one in broken_promises()}
    assert wrong == {"参保关系、缴费工资来自已接收的文件、基线或已办结的业务件"}


def test_an_employer_of_the_county_is_collected_as_the_county_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    county = of.employer(serial=4, district="340822")
    monkeypatch.setattr(
        back_payment, "modes_of", lambda **_: {"340800": "DECLARED", "340822": "ASSESSED"}
    )

    decide(asked(payer=county.pk))

    assert set(Bill.objects.values_list("district", "mode")) == {("340822", "ASSESSED")}


def test_a_top_up_assesses_decided_months_on_the_wage_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bills.chen_is_flexible()
    for month in (FEB, FEB.next):
        bills.bill(month)
    decide(asked(last_month="2026-03", wage="7000.00"))
    of.wage(fen=500_000, valid=of.months("2026-04"))  # of later months: it is none of these
    bills.with_values(monkeypatch, {"pension.rate_employer": Decimal("0.18")})

    run = bills.compute(
        open_top_up(
            period=FEB.next, first=FEB, last=FEB.next, reason="演示", today=cases.TODAY, case_id=9
        )
    )

    assert [(x.key.month, x.key.part, x.fen) for x in bills.lines(run=run)] == [
        (FEB, Part.EMPLOYER, 140_00),
        (FEB.next, Part.EMPLOYER, 140_00),
    ]
    assert bills.fen_of(month=FEB, part=Part.EMPLOYER) == 1_260_00


def test_a_total_rounded_once_counts_who_was_paid_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of 4,900.03 each: 784.00 for each (784.0048), and 1,568.01 on the sum (1,568.0096)."""
    bills.with_values(monkeypatch, {"collection.employer_share_rounding": "ROUND_OF_SUM"})
    zhao = builders.zhao().pk
    of.enrolment(person_id=zhao, valid=of.months("2026-01"))
    of.wage(person_id=zhao, fen=4_900_03)
    for month in (FEB, FEB.next):
        bills.bill(month)
    decide(asked(last_month="2026-02", schemes="110", wage="4900.03"))

    bills.bill(FEB.plus(2))

    assert bills.fen_of(month=FEB, part=Part.EMPLOYER) == 2 * 784_00
    assert bills.fen_of(month=FEB, part=Part.ROUNDING) == 1


def test_a_decided_key_topped_up_is_the_pure_rule_to_the_fen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On floor and ceiling and one fen off, and on halves of a fen."""
    bills.chen_is_flexible()
    for month in (FEB, FEB.next):
        bills.bill(month)
    wages = {}
    for fen in (*EDGES, 500_025, 500_075, 600_100, 612_345):
        person = builders.person(name="演示甲").pk
        wages[person] = fen
        case = cases.decided(
            kind="COLLECTION_BACK_PAYMENT", party_id=person,
            content={**asked(last_month="2026-02", wage=str(Money(fen))).content},
        )  # fmt: skip
        decide(case)
    bills.with_values(monkeypatch, {"pension.rate_employer": Decimal("0.175")})

    bills.compute(
        open_top_up(period=FEB.next, first=FEB, last=FEB, reason="演示", today=TOLD, case_id=9)
    )

    terms = terms_for(
        tree=parameters.load(), scheme="110", kind="EMPLOYED", region="340800", month=FEB,
        known_on=TOLD, demo=True,
    )  # fmt: skip
    payer = of.employer().pk
    wanted = {
        line.key: line.fen
        for person, fen in wages.items()
        for line in assess_person(insured=Insured(person, payer, fen), terms=terms).lines
    }
    found = {key: fen for key, fen in bills.sums().items() if key.person_id in wages}
    assert wanted == {key: fen for key, fen in found.items() if key.scheme == "110"}
