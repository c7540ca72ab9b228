"""An employer does not declare: 110 % of its last total, of nobody, until it does (第六十二条)."""

from datetime import date
from decimal import Decimal

import pytest

from backend.audit.models import Act
from backend.kernel.months import Month
from backend.people.models import ClockTimestamp
from insurance.collection.bills.top_up import open_top_up
from insurance.collection.bills.undeclared_employers import (
    AlreadyUndeclared,
    MonthsPaidByRoster,
    NotUndeclared,
    UndeclaredReasonMissing,
    lift_undeclared,
    note_undeclared,
)
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import NotBilled, Undeclared
from insurance.collection.rules.lines import Part
from insurance.enrolment.assess import PayerUnknown, TooFarAhead
from insurance.enrolment.models import Wage
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.collection.match_city import Came, write_file
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 5)


def silent(from_month: Month = DEC, *, reason: str = "未报送2026年12月缴费工资") -> Undeclared:
    return note_undeclared(
        payer_id=of.employer().pk, from_month=from_month, reason=reason, today=TODAY
    )


def declared(until_month: Month = DEC) -> int:
    return lift_undeclared(payer_id=of.employer().pk, until_month=until_month, today=TODAY)


def test_an_undeclared_month_is_fixed_at_110_percent_and_posted_to_nobody() -> None:
    b.li_works(schemes=("110", "210"))
    b.bill(NOV)
    silent()

    b.bill(DEC)

    of_december = [line for line in b.lines() if line.key.month == DEC]
    assert {(x.key.scheme, x.key.part, x.key.person_id, x.fen) for x in of_december} == {
        ("110", Part.ESTIMATE, None, 1_584_00),
        ("210", Part.ESTIMATE, None, 66_00),
    }


def test_the_month_after_is_fixed_by_the_last_roster_not_by_the_estimate() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    silent()
    b.bill(DEC)

    b.bill(JAN)

    assert b.fen_of(month=JAN, part=Part.ESTIMATE) == 1_584_00


def test_where_the_last_month_counts_estimates_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    b.with_values(monkeypatch, {"collection.undeclared_basis": "LAST_MONTH"})
    b.li_works(schemes=("110",))
    b.bill(NOV)
    silent()
    b.bill(DEC)

    b.bill(JAN)

    assert b.fen_of(month=JAN, part=Part.ESTIMATE) == 1_742_40


def test_half_a_fen_of_an_estimate_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    b.with_values(monkeypatch, {"collection.undeclared_factor": Decimal("1.015")})
    b.li_works(schemes=("210",))
    Wage.objects.update(superseded_at=ClockTimestamp())
    of.wage(fen=500_000)
    b.bill(NOV)
    silent()

    b.bill(DEC)

    assert b.fen_of(scheme="210", month=DEC, part=Part.ESTIMATE) == 50_75


def test_who_declares_later_owes_for_its_people_and_the_estimate_falls_to_zero() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    silent()
    b.bill(DEC)
    declared()

    b.bill(JAN)

    assert b.fen_of(month=DEC, part=Part.ESTIMATE) == 0
    assert b.fen_of(month=DEC, part=Part.PERSON) == 480_00
    assert b.fen_of(month=JAN, part=Part.EMPLOYER) == 960_00


def test_a_top_up_also_puts_persons_in_the_place_of_an_estimate() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    silent()
    b.bill(DEC)
    declared()

    top_up = open_top_up(period=DEC, first=DEC, last=DEC, reason="演示", today=TODAY, case_id=1)
    b.compute(top_up)

    assert b.fen_of(month=DEC, part=Part.ESTIMATE) == 0
    assert b.fen_of(month=DEC, part=Part.PERSON) == 480_00


def test_months_found_undeclared_after_they_were_billed_are_estimated_instead() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    b.bill(DEC)
    silent(DEC)

    b.bill(JAN)

    assert b.fen_of(month=DEC, part=Part.PERSON) == 0
    assert b.fen_of(month=DEC, part=Part.ESTIMATE) == 1_584_00


def test_months_billed_by_a_roster_and_paid_were_declared() -> None:
    builders.agency()
    b.li_works(schemes=("110",))
    b.bill(NOV)
    b.bill(DEC)
    file = write_file(receipts=[Came(of.employer().pk, "110", 400_00, month=NOV)])
    work_off(file_id=file.pk, period=NOV, today=TODAY)

    with pytest.raises(MonthsPaidByRoster, match=r"2026-11.*2026-12"):
        silent(NOV)
    assert silent(DEC).valid.lower == DEC.first_day


def test_an_employer_without_an_earlier_month_is_left_to_the_agency() -> None:
    b.li_works(schemes=("110", "310"))
    silent(NOV)

    runs = b.bill(NOV)

    assert b.lines() == []
    assert set(NotBilled.objects.values_list("scheme", "code")) == {
        ("110", "collection_no_last_total"),
        ("310", "collection_no_last_total"),
    }
    assert (runs["EMPLOYERS"].summary or {})["not_billed"] == 2


def test_what_is_noted_twice_or_of_nobody_is_refused() -> None:
    silent()

    with pytest.raises(AlreadyUndeclared):
        silent(JAN)
    with pytest.raises(PayerUnknown):
        note_undeclared(payer_id=builders.li().pk, from_month=DEC, reason="演示", today=TODAY)
    with pytest.raises(UndeclaredReasonMissing):
        silent(reason=" ")
    with pytest.raises(TooFarAhead):
        silent(Month(2027, 2))


def test_what_was_not_noted_can_not_be_lifted() -> None:
    with pytest.raises(NotUndeclared):
        declared()
    silent()
    declared(JAN)
    with pytest.raises(NotUndeclared):
        declared(JAN)


def test_an_employer_that_declares_from_a_later_month_stays_silent_before_it() -> None:
    silent(NOV)

    assert declared(JAN) == 2

    current = Undeclared.objects.get(superseded_at__isnull=True)
    assert (current.valid.lower, current.valid.upper) == (NOV.first_day, JAN.first_day)
    assert set(Act.objects.filter(name__contains="undeclared").values_list("name", "rows")) == {
        ("collection.undeclared_noted", 1),
        ("collection.undeclared_lifted", 2),
    }
