"""A month is billed: by employers, individuals and villages, once, in order."""

from datetime import date

import pytest

from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection import tasks
from insurance.collection.bills.bill_run import RunStillOpen
from insurance.collection.bills.monthly_bills import (
    BillsNotComputed,
    BillsOutOfOrder,
    bill_chunk,
    chunk_keys,
    finish_run,
    open_bills,
    order_finish,
)
from insurance.collection.models import Bill, BillLine, BillRun
from insurance.collection.rules.lines import Part
from insurance.enrolment.models import Kind
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
HANDLERS = tasks  # imported so that its jobs can be done here
TODAY = date(2026, 11, 5)


def test_an_employer_owes_its_own_share_and_what_it_withholds() -> None:
    li = b.li_works()

    runs = b.bill(NOV)

    assert {(line.key.scheme, line.key.part): line.fen for line in b.lines()} == {
        ("110", Part.PERSON): 480_00,
        ("110", Part.EMPLOYER): 960_00,
        ("210", Part.PERSON): 30_00,
        ("210", Part.EMPLOYER): 30_00,
        ("310", Part.PERSON): 120_00,
        ("310", Part.EMPLOYER): 384_00,
    }
    assert {line.key.person_id for line in b.lines()} == {li.pk}
    assert runs["EMPLOYERS"].summary == {
        "bills": 3,
        "lines": 6,
        "fen": 2_004_00,
        "by_scheme": {"110": 1_440_00, "210": 60_00, "310": 504_00},
        "not_billed": 0,
    }


def test_a_bill_says_where_and_how_it_is_collected_and_until_when() -> None:
    b.li_works(schemes=("110",))
    chen = b.chen_is_flexible()

    b.bill(NOV)

    employer, *own = Bill.objects.order_by("pk")
    assert (employer.kind, employer.mode, employer.district) == ("EMPLOYED", "DECLARED", "340802")
    assert (employer.line_count, employer.fen) == (2, 1_440_00)
    assert employer.pay_by == date(2026, 11, 25)
    assert {(bill.payer_id, bill.kind, bill.mode) for bill in own} == {
        (chen.pk, "FLEXIBLE", "ASSESSED")
    }
    assert {bill.pay_by for bill in own} == {date(2026, 12, 31)}


def test_a_flexible_worker_pays_alone_with_the_account_part_in_one_line() -> None:
    chen = b.chen_is_flexible(fen=500_000)

    b.bill(NOV)

    (pension, _) = b.lines()
    assert (pension.key.payer_id, pension.key.person_id) == (chen.pk, chen.pk)
    assert (pension.key.part, pension.fen, pension.account_fen) == (Part.PERSON, 1_000_00, 400_00)


def test_who_has_no_wage_pays_on_the_floor_and_who_has_left_nothing() -> None:
    of.enrolment(person_id=builders.li().pk, valid=of.months("2026-01"))
    of.enrolment(person_id=builders.zhao().pk, valid=of.months("2026-01", "2026-11"))

    b.bill(NOV)

    assert {line.key.person_id for line in b.lines()} == {builders.li().pk}
    assert b.fen_of() == 348_32


def test_only_what_is_known_when_the_month_is_opened_counts() -> None:
    b.li_works(schemes=("110",))
    runs = open_bills(period=NOV, today=TODAY)
    of.enrolment(person_id=builders.zhao().pk, valid=of.months("2026-01"))

    for run in runs:
        b.compute(run)

    assert {line.key.person_id for line in b.lines()} == {builders.li().pk}


def test_the_first_month_of_a_database_is_billed_alone() -> None:
    b.li_works(since="2020-01")

    b.bill(NOV)

    assert {line.key.month for line in b.lines()} == {NOV}


def test_a_month_that_is_opened_twice_is_the_same() -> None:
    b.li_works()
    first = open_bills(period=NOV, today=TODAY)

    again = open_bills(period=NOV, today=TODAY)

    assert [run.pk for run in again] == [run.pk for run in first]
    assert BillRun.objects.count() == 3


def test_chunks_and_end_done_twice_write_nothing_twice() -> None:
    b.li_works()
    run = b.bill(NOV)["EMPLOYERS"]
    written = BillLine.objects.count(), Bill.objects.count()

    assert bill_chunk(run_id=run.pk, chunk=0) == 0
    assert finish_run(run_id=run.pk) == 0
    assert (BillLine.objects.count(), Bill.objects.count()) == written


def test_jobs_do_a_month() -> None:
    b.li_works()
    runs = open_bills(period=NOV, today=TODAY)
    run_waiting(keys=[key for run in runs for key in chunk_keys(run=run)])

    run_waiting(keys=[order_finish(run=run) for run in runs])

    assert set(BillRun.objects.values_list("state", flat=True)) == {"DONE"}
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    assert Bill.objects.count() == 3


def test_persons_are_spread_over_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insurance.collection.bills.bill_run.CHUNK_SIZE", 1)
    li = b.li_works(schemes=("110",))
    zhao = builders.zhao()
    of.enrolment(person_id=zhao.pk, valid=of.months("2026-01"))

    run = b.bill(NOV)["EMPLOYERS"]

    assert run.parameters["chunks"] == [[n, n] for n in sorted((li.pk, zhao.pk))]
    assert {line.key.person_id for line in b.lines()} == {li.pk, zhao.pk}


def test_a_run_is_not_finished_while_a_chunk_is_missing() -> None:
    b.li_works()
    run, *_ = open_bills(period=NOV, today=TODAY)

    with pytest.raises(BillsNotComputed):
        finish_run(run_id=run.pk)
    with pytest.raises(BillsNotComputed):
        order_finish(run=run)
    with pytest.raises(BillsNotComputed):
        finish_run(run_id=run.pk + 99)


def test_months_are_billed_in_order() -> None:
    b.li_works()
    b.bill(NOV)

    for wrong in (JAN, Month(2026, 10)):
        with pytest.raises(BillsOutOfOrder):
            open_bills(period=wrong, today=TODAY)
    assert b.bill(DEC)["EMPLOYERS"].known_before is not None


def test_the_next_month_waits_for_the_one_before() -> None:
    b.li_works()
    open_bills(period=NOV, today=TODAY)

    with pytest.raises(RunStillOpen):
        open_bills(period=DEC, today=TODAY)


def test_two_entries_found_to_be_one_person_pay_once() -> None:
    li, zhao = builders.li(), builders.zhao()
    for person in (li, zhao):
        of.enrolment(person_id=person.pk, valid=of.months("2026-01"))
    of.wage(person_id=li.pk)
    Alias.objects.create(party_id=zhao.pk, survivor_id=li.pk, case_id=1)

    b.bill(NOV)

    assert {line.key.person_id for line in b.lines()} == {li.pk}
    assert b.fen_of() == 480_00


def test_two_employers_of_one_person_each_owe() -> None:
    two_employers()

    b.bill(NOV)

    assert sorted(fen for key, fen in b.sums().items() if key.part is Part.PERSON) == [
        1_200_00,
        1_200_00,
    ]


def test_where_the_ceiling_bounds_the_sum_who_employed_first_owes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.with_values(monkeypatch, {"collection.several_employers": "SUM_CEILING"})
    first, second = two_employers()

    b.bill(NOV)

    own = {key.payer_id: fen for key, fen in b.sums().items() if key.part is Part.PERSON}
    assert own == {first: 1_200_00, second: 541_76}


def two_employers() -> tuple[int, int]:
    """Li earns 15,000 at each of two; the ceiling is 21,772. The younger employer is the first."""
    later, first = of.employer(serial=1).pk, of.employer(serial=2).pk
    for payer, since in ((later, "2026-05"), (first, "2026-01")):
        of.enrolment(payer_id=payer, valid=of.months(since))
        of.wage(payer_id=payer, fen=15_000_00)
    return first, later


def test_flexible_people_pay_no_unemployment_insurance() -> None:
    b.chen_is_flexible()

    b.bill(NOV)

    assert {line.key.scheme for line in b.lines()} == {"110", "310"}
    assert Kind.FLEXIBLE in Bill.objects.values_list("kind", flat=True)


def test_nobody_is_late_for_bills_of_a_month_that_is_opened_late() -> None:
    b.li_works()
    for run in open_bills(period=NOV, today=date(2026, 12, 3)):
        b.compute(run)

    assert set(Bill.objects.values_list("pay_by", flat=True)) == {date(2026, 12, 25)}


def test_a_year_that_is_billed_after_its_end_may_be_paid_up_to_the_end_of_the_month() -> None:
    b.chen_is_flexible()
    b.on_roll()
    for run in open_bills(period=DEC, today=date(2027, 1, 3)):
        b.compute(run)

    days = dict(Bill.objects.values_list("kind", "pay_by"))
    assert days == {"FLEXIBLE": date(2027, 12, 31), "RESIDENT": date(2027, 1, 31)}
