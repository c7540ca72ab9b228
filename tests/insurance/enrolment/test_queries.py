"""Who is insured in a month as known at an instant, for how long, and what is certified."""

from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias
from insurance.enrolment import queries
from insurance.enrolment.assess import RuleSaysNo
from insurance.enrolment.certificate import Insured, assemble
from insurance.enrolment.correct import correct
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Deregistration, Enrolment, Kind, Source, Wage
from insurance.enrolment.wages import DeclaredWage, declare_wages
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolled import ENROLLED
from tests.insurance.enrolment.enrolment_builders import NOV

TODAY = builders.TODAY


def enrolled(month: Month = NOV, known_at: datetime | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        moment = known_at or queries.known_now()
        cursor.execute(
            f"SELECT person_id, scheme, wage_fen, wage_confirmed FROM ({ENROLLED}) e ORDER BY 1, 2",
            {"month": month.first_day, "known_at": moment},
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@pytest.mark.django_db
def test_enrolled_are_those_of_the_month_with_their_wage() -> None:
    li = builders.li().pk
    of.enrolment(valid=of.months("2026-10", "2026-12"))
    of.wage()

    assert enrolled() == [(li, "110", 600_000, False)]
    assert enrolled(Month(2026, 9)) == enrolled(Month(2026, 12)) == []


@pytest.mark.django_db
def test_what_is_learnt_later_does_not_change_what_was_known() -> None:
    li = builders.li().pk
    of.enrolment(valid=of.months("2026-09"))
    of.wage()
    before = queries.known_now()

    row = Enrolment.objects.get()
    correct(enrolment_id=row.pk, months=None, blockers=(), reason="录错人员", today=TODAY)

    assert enrolled() == []
    assert enrolled(known_at=before) == [(li, "110", 600_000, False)]


@pytest.mark.django_db
def test_a_merged_entry_counts_for_its_survivor() -> None:
    wang, chen = builders.wang().pk, builders.chen().pk
    of.enrolment(person_id=wang)
    before = queries.known_now()

    Alias.objects.create(party_id=wang, survivor_id=chen, case_id=1)

    assert [row[0] for row in enrolled()] == [chen]
    assert [row[0] for row in enrolled(known_at=before)] == [wang]
    assert queries.months_insured(person_id=chen, scheme="110", until=NOV) == 82
    assert [row.person_id for row in queries.enrolments_of(person_id=chen)] == [wang]


def declare(*wages: DeclaredWage, month: Month = NOV) -> int:
    payer = of.employer().pk
    return declare_wages(payer_id=payer, from_month=month, wages=wages, today=TODAY)


@pytest.mark.django_db
def test_a_declared_wage_holds_from_its_month_and_twice_is_once() -> None:
    of.enrolment()
    of.wage()
    wage = DeclaredWage(builders.li().pk, 700_000, confirmed=True)

    assert declare(wage) == 3
    assert declare(wage) == 0
    assert [row[2:] for row in enrolled()] == [(700_000, True)]
    assert [row[2:] for row in enrolled(Month(2026, 10))] == [(600_000, False)]


@pytest.mark.django_db
def test_the_same_wage_declared_again_goes_on_after_its_end() -> None:
    of.enrolment()
    of.wage(valid=of.months("2025-07", "2026-12"))

    declare(DeclaredWage(builders.li().pk, 600_000, confirmed=False))

    assert [row[2] for row in enrolled(Month(2026, 12))] == [600_000]


@pytest.mark.django_db
def test_wages_of_those_not_insured_there_are_refused() -> None:
    of.enrolment(valid=of.months("2020-01", "2026-11"))

    with pytest.raises(RuleSaysNo):
        declare(DeclaredWage(builders.li().pk, 700_000, confirmed=True))
    with pytest.raises(RuleSaysNo):
        declare(DeclaredWage(builders.li().pk, 0, confirmed=True), month=Month(2026, 10))

    assert not Wage.objects.exists()


@pytest.mark.django_db
def test_a_flexible_worker_chooses_alone() -> None:
    li = builders.li().pk
    of.enrolment(kind=Kind.FLEXIBLE)

    declare_wages(
        payer_id=None, from_month=NOV, today=TODAY, wages=[DeclaredWage(li, 500_000, True)]
    )

    assert enrolled() == [(li, "110", 500_000, True)]


@pytest.mark.django_db
def test_an_employer_has_a_history() -> None:
    of.enrolment()
    of.enrolment(scheme="310")

    history = queries.history_of_employer(payer_id=of.employer().pk, month=NOV)

    assert history.insured == {"110": 1, "310": 1}
    assert [row.number for row in history.numbers] == [of.credit_code()]


@pytest.mark.django_db
def test_merged_entries_count_in_the_history_once_and_with_what_was_theirs() -> None:
    other, gone = builders.chen(), of.employer(serial=2)
    of.enrolment()
    of.enrolment(person_id=other.pk, payer_id=gone.pk)
    Deregistration.objects.create(
        payer_id=gone.pk, valid=of.months("2026-12"), evidence="演示", source=Source.DESK
    )
    Alias.objects.create(party_id=other.pk, survivor_id=builders.li().pk, case_id=1)
    Alias.objects.create(party_id=gone.pk, survivor_id=of.employer().pk, case_id=1)

    history = queries.history_of_employer(payer_id=of.employer().pk, month=NOV)

    assert history.insured == {"110": 1}
    assert [row.payer_id for row in history.deregistrations] == [gone.pk]


@pytest.mark.django_db
def test_the_certificate_names_payers_and_months() -> None:
    of.enrolment(valid=of.months("2026-01", "2026-06"))
    of.enrolment(valid=of.months("2026-06"))

    certificate = queries.certificate_of(person_id=builders.li().pk, on=TODAY)

    (period,) = certificate.periods
    assert (period.first, period.last) == (Month(2026, 1), NOV)
    assert period.payer == "演示商贸1号有限公司"
    assert certificate.months == {"110": 11}
    assert certificate.insured_now == ("110",)


def test_the_certificate_says_nothing_of_months_to_come() -> None:
    rows = [Insured("110", NOV.next, "EMPLOYED", "甲", "340802", None)]

    certificate = assemble(person_id=1, name="李", number="1", on=TODAY, rows=rows)

    assert certificate.periods == ()
    assert certificate.insured_now == ()


MONTHS = st.integers(Month(2026, 8).index, Month(2026, 12).index).map(Month.from_index)
STEPS = st.lists(st.tuples(st.sampled_from(("JOIN", "LEAVE", "NEVER")), MONTHS), max_size=8)


@pytest.mark.django_db
@given(steps=STEPS)
def test_whatever_is_done_the_books_hold_each_month_once(steps: list[tuple[str, Month]]) -> None:
    person = builders.person(name="江明华", birth_date=date(1990, 1, 1)).pk
    payer = of.employer().pk
    model: set[int] = set()
    facts: dict[str, Any] = {"person_id": person, "payer_id": payer, "schemes": ["110"]}
    joins = partial(join, kind=Kind.EMPLOYED, wage_fen=1, pensions=of.nobody_draws)
    end = Month(2027, 1).index
    for step, month in steps:
        try:
            if step == "JOIN":
                joins(month=month, today=TODAY, **facts)
                model |= set(range(month.index, end))
            elif step == "LEAVE":
                (row,) = leave(blockers=(), last_month=month, today=TODAY, **facts)
                model -= set(range(month.index + 1, end))
                assert row.valid.upper == month.next.first_day
            else:
                _never(person, month, model)
        except RuleSaysNo:
            continue

    until = Month(2027, 1)
    assert queries.months_insured(person_id=person, scheme="110", until=until) == len(model)


def _never(person: int, month: Month, model: set[int]) -> None:
    """Take back the enrolment of a month, if there is one."""
    row = Enrolment.objects.filter(
        person=person, superseded_at__isnull=True, valid__contains=month.first_day
    ).first()
    if row is not None:
        upper = Month.of(row.valid.upper) if row.valid.upper else Month(2027, 1)
        correct(enrolment_id=row.pk, months=None, blockers=(), reason="演示", today=TODAY)
        gone = MonthRange(Month.of(row.valid.lower), upper)
        model -= {gone_month.index for gone_month in gone.months()}
