"""What was paid back and should never have been is owed no more once nobody is enrolled there."""

from datetime import date
from decimal import Decimal

import pytest

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Alias, ClockTimestamp, Death
from insurance.collection.bills.top_up import open_top_up
from insurance.collection.bills.undeclared_employers import note_undeclared
from insurance.collection.cases.back_payment import decide
from insurance.collection.invariants import broken_promises
from insurance.collection.models import Bill, BillRun
from insurance.collection.rules.lines import Part
from insurance.enrolment import correct
from insurance.enrolment.models import Enrolment, Wage
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
JAN, FEB, MAR, APR, MAY = (Month(2026, month) for month in range(1, 6))


def asked(*, wage: str = "6000.00", first: str = "2026-01", last: str = "2026-03") -> Case:
    return cases.decided(
        kind="COLLECTION_BACK_PAYMENT",
        party_id=builders.li().pk,
        content={
            "payer": of.employer().pk, "schemes": "110", "from_month": first, "last_month": last,
            "wage": wage, "evidence": "CONTRACT", "evidence_no": "劳动合同 演示1号",
        },
    )  # fmt: skip


def paid_back() -> None:
    """Months of Li, one of them before the first that was billed."""
    bills.chen_is_flexible()
    for month in (FEB, MAR):
        bills.bill(month)
    decide(asked())


def undone() -> None:
    """The papers were forged: Li was never enrolled."""
    (row,) = Enrolment.objects.filter(person=builders.li().pk, superseded_at=None)
    case = cases.decided(
        kind="ENROLMENT_CORRECTION",
        party_id=builders.li().pk,
        content={
            "enrolment": row.pk, "from_month": None, "last_month": None, "reason": "材料系伪造",
        },
    )  # fmt: skip
    assert correct.decide(case, blockers=()) == 2  # with the wage


def works_in_march(*, fen: int = 6_000_00) -> None:
    """Li did work there after all, but in March alone."""
    of.enrolment(valid=of.months("2026-03", "2026-04"))
    of.wage(fen=fen, valid=of.months("2026-03", "2026-04"))


def owed(part: Part = Part.EMPLOYER) -> list[int]:
    """What is owed of Li, by month."""
    of_li = {key: fen for key, fen in bills.sums().items() if key.payer_id != builders.chen().pk}
    return [
        sum(fen for key, fen in of_li.items() if (key.month, key.part) == (month, part))
        for month in (JAN, FEB, MAR)
    ]


def topped_up(monkeypatch: pytest.MonkeyPatch, period: Month) -> BillRun:
    bills.with_values(monkeypatch, {"pension.rate_employer": Decimal("0.18")})
    top_up = open_top_up(
        period=period, first=FEB, last=MAR, reason="演示", today=cases.TODAY, case_id=9
    )
    return bills.compute(top_up)


def test_what_rested_on_forged_papers_falls_to_nothing_with_the_next_bills() -> None:
    paid_back()
    assert owed() == [960_00] * 3
    undone()

    run = bills.bill(APR)["EMPLOYERS"]

    assert owed() == owed(Part.PERSON) == [0, 0, 0]
    taken = Bill.objects.filter(run=run).values_list("month", "fen", "pay_by")
    assert sorted(taken) == [
        (month.first_day, -1_440_00, date(2026, 4, 25)) for month in (JAN, FEB, MAR)
    ]
    assert broken_promises() == []
    assert bills.lines(run=bills.bill(MAY)["EMPLOYERS"]) == []


def test_entries_found_to_be_one_person_and_one_employer_stay_enrolled_there() -> None:
    paid_back()
    for party, survivor in (
        (builders.li().pk, builders.zhao().pk),
        (of.employer().pk, of.employer(serial=4).pk),
    ):
        Alias.objects.create(party_id=party, survivor_id=survivor, case_id=1)

    bills.bill(APR)

    assert owed() == [960_00] * 3


def test_an_employer_that_does_not_declare_owes_what_was_decided() -> None:
    paid_back()
    note_undeclared(
        payer_id=of.employer().pk, from_month=FEB, reason="未申报", today=date(2026, 4, 1)
    )

    bills.bill(APR)

    assert owed() == [960_00] * 3


def test_a_top_up_asks_nothing_for_what_nobody_is_enrolled_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid_back()
    undone()

    run = topped_up(monkeypatch, MAR)

    assert bills.lines(run=run) == []


def test_months_taken_back_may_be_decided_again_and_are_topped_up_on_the_last_wage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid_back()
    undone()
    bills.bill(APR)
    decide(asked(wage="7000.00", first="2026-02"))
    assert owed() == [0, 1_120_00, 1_120_00]

    topped_up(monkeypatch, APR)

    assert owed() == [0, 1_260_00, 1_260_00]


def test_months_taken_back_and_enrolled_again_are_billed_like_any_others() -> None:
    paid_back()
    undone()
    bills.bill(APR)
    works_in_march()

    bills.bill(MAY)

    assert owed() == [0, 0, 960_00]


def test_months_enrolled_again_follow_their_own_wage_and_no_decided_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid_back()
    undone()
    bills.bill(APR)
    works_in_march(fen=8_000_00)
    bills.bill(MAY)
    assert owed() == [0, 0, 1_280_00]

    topped_up(monkeypatch, MAY)

    assert owed() == [0, 0, 1_440_00]


@pytest.mark.parametrize(("fen", "share"), [(8_000_00, 1_280_00), (6_000_00, 960_00)])
def test_months_taken_back_and_enrolled_again_before_the_next_bills_follow_their_own_wage(
    monkeypatch: pytest.MonkeyPatch, fen: int, share: int
) -> None:
    paid_back()
    undone()
    works_in_march(fen=fen)

    bills.bill(APR)

    assert owed() == [0, 0, share]
    assert bills.lines(run=bills.bill(MAY)["EMPLOYERS"]) == []
    topped_up(monkeypatch, MAY)
    assert owed() == [0, 0, share * 18 // 16]
    assert broken_promises() == []


@pytest.mark.parametrize(("fen", "share"), [(8_000_00, 1_280_00), (6_000_00, 960_00)])
def test_the_very_months_enrolled_again_follow_their_own_wage(fen: int, share: int) -> None:
    paid_back()
    bills.bill(APR)
    undone()
    of.enrolment(valid=of.months("2026-01", "2026-04"))
    of.wage(fen=fen, valid=of.months("2026-01", "2026-04"))

    bills.bill(MAY)

    assert owed() == [0, share, share]  # January is before the first bills


def test_a_top_up_between_asks_nothing_of_what_was_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid_back()
    undone()
    works_in_march(fen=8_000_00)

    run = topped_up(monkeypatch, MAR)

    assert [line for line in bills.lines(run=run) if line.key.month != MAR] == []
    bills.bill(APR)
    assert owed() == [0, 0, 1_440_00]


def test_months_that_a_correction_leaves_keep_the_wage_that_was_decided() -> None:
    paid_back()
    (row,) = Enrolment.objects.filter(person=builders.li().pk, superseded_at=None)
    asked_for = {
        "enrolment": row.pk, "from_month": "2026-02", "last_month": "2026-03", "reason": "二月入职",
    }  # fmt: skip
    correct.decide(
        cases.decided(kind="ENROLMENT_CORRECTION", party_id=builders.li().pk, content=asked_for),
        blockers=(),
    )

    bills.bill(APR)

    assert owed() == [0, 960_00, 960_00]
    (wage,) = Wage.objects.filter(person=builders.li().pk, superseded_at=None)
    assert (wage.monthly_fen, wage.valid) == (6_000_00, of.months("2026-02", "2026-04"))


def test_months_paid_back_after_a_death_are_owed_no_more_until_it_is_withdrawn() -> None:
    paid_back()
    whole = owed()
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 2, 9), source="OFFICE", confirmed=True
    )

    bills.bill(APR)

    assert owed() == [*whole[:2], 0]
    Death.objects.update(superseded_at=ClockTimestamp())
    bills.bill(MAY)
    assert owed() == whole
