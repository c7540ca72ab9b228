"""A month is opened once, computed by chunks, and every due is paid or held (月度发放)."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from backend.jobs.models import Job
from backend.jobs.registry import handler_of
from backend.jobs.runner import run_job, run_waiting
from insurance.benefits import monthly_run
from insurance.benefits.invariants import broken_promises
from insurance.benefits.models import Due, Held, Run, RunChunk
from insurance.benefits.monthly_run import BeforeTakeOver, MonthsInOrder, NoEntitlements, chunk_keys
from insurance.benefits.tasks import run_chunk_job
from payments.models import Attempt, Batch, BatchState
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER, OCTOBER

pytestmark = pytest.mark.django_db
REGULAR, DIFFERENCE = 1, 2


def test_a_pension_in_force_is_one_line_to_its_account() -> None:
    wang = m.entitlement()

    m.computed()

    line = m.line(wang)
    assert (line.fen, line.parts, line.n) == (m.PENSION_FEN, [22_000, 3_150], 1)
    assert (line.payee_id, line.account_no) == (wang.person_id, f"62000000{wang.person_id:08d}")
    assert Batch.objects.get(id=line.batch_id).bank == "NSB"


def test_a_month_is_opened_once() -> None:
    m.entitlement()

    first, again = m.opened(), m.opened()

    assert first == again
    assert Run.objects.count() == 1
    assert (Job.objects.count(), Batch.objects.count()) == (1, 6)


def test_opening_again_does_not_move_what_is_known() -> None:
    wang = m.entitlement()
    known_at = m.opened().known_at
    m.stop(of=wang, since=NOVEMBER)

    assert m.opened().known_at == known_at


def test_without_any_pension_there_is_no_month() -> None:
    m.office()

    with pytest.raises(NoEntitlements):
        m.opened()


def test_the_next_month_waits_until_this_one_is_sealed() -> None:
    m.entitlement()
    m.computed()

    with pytest.raises(MonthsInOrder, match="2026-11"):
        m.opened(DECEMBER)


def test_a_month_gone_by_is_not_opened_any_more() -> None:
    m.entitlement()
    m.sealed()

    with pytest.raises(MonthsInOrder):
        m.opened(OCTOBER)


def test_no_month_is_left_out() -> None:
    m.entitlement()
    m.sealed()

    with pytest.raises(MonthsInOrder, match="2026-12"):
        m.opened(JANUARY)


def test_a_chunk_is_done_once_by_its_job() -> None:
    wang = m.entitlement()
    run = m.opened()
    assert handler_of("benefits.run_chunk") is run_chunk_job

    assert run_waiting(keys=chunk_keys(run=run)) == 1
    assert run_waiting(keys=chunk_keys(run=run)) == 0
    assert not run_job(job_id=Job.objects.get().id)
    assert m.dues(wang) == [(NOVEMBER, REGULAR, m.PENSION_FEN)]


def test_the_database_refuses_a_chunk_computed_twice() -> None:
    m.entitlement()
    run = m.computed()

    with pytest.raises(IntegrityError), transaction.atomic():
        monthly_run.run_chunk(run_id=run.id, chunk=0)

    assert (Due.objects.count(), Attempt.objects.count(), RunChunk.objects.count()) == (1, 1, 1)


def test_the_database_refuses_a_second_due_for_the_month() -> None:
    wang = m.entitlement()
    m.computed()
    values = {"entitlement": wang, "payee_id": wang.person_id, "kind": REGULAR, "fen": 1}

    with pytest.raises(IntegrityError, match="benefits_due_regular_once"), transaction.atomic():
        Due.objects.create(
            **values,
            due_ref=1,
            parts=[1],
            for_month=NOVEMBER.first_day,
            run_period=NOVEMBER.first_day,
        )


def test_every_entitlement_falls_into_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monthly_run, "CHUNK_SIZE", 2)
    people = [builders.wang(), builders.li(), builders.zhao(), builders.chen()]
    made = [m.entitlement(of=person) for person in people]

    run = m.computed()

    assert len(run.parameters["chunks"]) >= 2
    assert [len(m.dues(one)) for one in made] == [1, 1, 1, 1]
    assert sum(chunk.due_fen for chunk in RunChunk.objects.all()) == 4 * m.PENSION_FEN


def test_a_large_banks_month_is_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monthly_run, "CHUNK_SIZE", 1)
    monkeypatch.setattr(monthly_run, "LINES_PER_BATCH", 2)
    people = [builders.wang(), builders.li(), builders.zhao(), builders.chen()]
    made = [m.entitlement(of=person) for person in people]
    run = m.opened()
    monkeypatch.setattr(monthly_run, "LINES_PER_BATCH", 3)  # a release while the month is open

    for chunk in range(len(run.parameters["chunks"])):
        monthly_run.run_chunk(run_id=run.id, chunk=chunk)
    sealed = monthly_run.seal_run(period=NOVEMBER, now=m.now(NOVEMBER))

    batches = Batch.objects.exclude(state=BatchState.EMPTY).order_by("ordinal")
    assert [(b.ordinal, b.line_count) for b in batches] == [(1, 2), (2, 2)]
    assert len({batch.no for batch in batches}) == 2
    assert sealed.run.summary is not None
    assert sealed.run.summary["batched"] == len(made)


def test_the_batches_of_a_book_share_its_own_lines_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All residents were taken over before all employees; closed accounts count for nothing."""
    monkeypatch.setattr(monthly_run, "CHUNK_SIZE", 3)
    monkeypatch.setattr(monthly_run, "LINES_PER_BATCH", 2)
    people = [builders.person() for _ in range(4)]
    for person in people:
        m.entitlement(of=person)
        m.account(of=person.pk, bank="CSB", since=date(2018, 1, 1), until=date(2018, 2, 1))
    for person in people:
        m.entitlement(of=person, scheme="110", components={"BASIC": 300_000})

    m.sealed()

    batches = Batch.objects.exclude(state=BatchState.EMPTY).order_by("book__scheme", "ordinal")
    assert [(b.book.scheme, b.bank, b.ordinal, b.line_count) for b in batches] == [
        ("110", "NSB", 1, 2),
        ("110", "NSB", 2, 2),
        ("170", "NSB", 1, 2),
        ("170", "NSB", 2, 2),
    ]


def test_how_many_batches_a_bank_has_is_told_by_some_of_its_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monthly_run, "ASKED", 4)
    monkeypatch.setattr(monthly_run, "LINES_PER_BATCH", 5)
    for _ in range(12):
        m.entitlement(of=builders.person())

    m.sealed()

    batches = Batch.objects.exclude(state=BatchState.EMPTY).order_by("ordinal")
    assert [batch.line_count for batch in batches] == [3, 3, 6]


def test_a_small_banks_month_stays_one_batch_beside_a_large_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monthly_run, "CHUNK_SIZE", 1)
    monkeypatch.setattr(monthly_run, "LINES_PER_BATCH", 2)
    small = m.entitlement(with_account=False)
    m.account(of=small.person_id, bank="CSB")
    for person in (builders.li(), builders.zhao(), builders.chen()):
        m.entitlement(of=person)

    m.sealed()

    batches = Batch.objects.exclude(state=BatchState.EMPTY).order_by("bank", "ordinal")
    assert [(b.bank, b.ordinal, b.line_count) for b in batches] == [
        ("CSB", 1, 1),
        ("NSB", 1, 1),
        ("NSB", 2, 2),
    ]


def test_what_is_recorded_while_the_run_is_open_waits_for_the_next() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    run = m.opened()
    m.stop(of=wang, since=NOVEMBER)
    m.hold(of=li)
    m.death(of=li, on=date(2026, 10, 3))

    monthly_run.run_chunk(run_id=run.id, chunk=0)

    assert m.line(wang).fen == m.line(li).fen == m.PENSION_FEN


def test_an_entitlement_awarded_while_the_run_is_open_waits_for_the_next() -> None:
    m.entitlement()
    run = m.opened()
    zhao = m.entitlement(of=builders.zhao(), start=NOVEMBER, paid_through=None)

    monthly_run.run_chunk(run_id=run.id, chunk=0)
    monthly_run.seal_run(period=NOVEMBER, now=m.now(NOVEMBER))
    m.computed(DECEMBER)

    assert m.dues(zhao) == []
    assert m.dues(zhao, DECEMBER) == [
        (NOVEMBER, DIFFERENCE, m.PENSION_FEN),
        (DECEMBER, REGULAR, m.PENSION_FEN),
    ]


@pytest.mark.parametrize("reason", ["IN_PRISON", "MISSING", "SUSPENDED", "CHECK_MISSED"])
def test_a_hold_keeps_the_due_and_gives_its_reason(reason: str) -> None:
    wang = m.entitlement()
    m.hold(of=wang, reason=reason)

    m.computed()

    assert m.dues(wang) == [(NOVEMBER, REGULAR, m.PENSION_FEN)]
    assert m.held_reasons(wang) == [reason]
    assert not Attempt.objects.exists()


def test_a_reported_death_holds_and_a_confirmed_one_ends() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    m.death(of=wang, on=date(2026, 10, 31), confirmed=False)
    m.death(of=li, on=date(2026, 10, 31))

    m.computed()

    assert m.held_reasons(wang) == ["DIED"]
    assert m.dues(li) == []


def test_who_died_in_the_month_is_owed_the_month_but_not_paid() -> None:
    wang = m.entitlement()
    m.death(of=wang, on=NOVEMBER.first_day)

    m.computed()

    assert m.dues(wang) == [(NOVEMBER, REGULAR, m.PENSION_FEN)]
    assert m.held_reasons(wang) == ["DIED"]


@pytest.mark.parametrize(
    ("until", "reasons"), [(date(2026, 11, 10), ["NO_ACCOUNT"]), (date(2026, 11, 11), [])]
)
def test_an_account_must_be_valid_on_the_pay_date(until: date, reasons: list[str]) -> None:
    wang = m.entitlement(with_account=False)
    m.account(of=wang.person_id, until=until)

    m.computed()

    assert m.held_reasons(wang) == reasons


def test_an_account_at_a_bank_without_a_contract_is_no_account() -> None:
    wang = m.entitlement(with_account=False)
    m.account(of=wang.person_id, bank="XXB")

    m.computed()

    assert m.held_reasons(wang) == ["NO_ACCOUNT"]


def test_two_pensions_of_one_person_are_paid_from_two_books() -> None:
    wang = m.entitlement()
    other = m.entitlement(scheme="110", components={"BASIC": 300_000})

    m.computed()

    books = {Batch.objects.get(id=m.line(one).batch_id).book_id for one in (wang, other)}
    assert books == {wang.book_id, other.book_id}
    assert m.line(other).parts == [300_000]


def test_what_was_held_is_paid_when_the_hold_is_released() -> None:
    wang = m.entitlement()
    held = m.hold(of=wang)
    m.sealed()
    m.supersede(held)

    m.computed(DECEMBER)

    assert Attempt.objects.filter(payee_id=wang.person_id).count() == 2
    assert not Held.objects.filter(run_period=DECEMBER.first_day).exists()


def test_what_stays_held_is_carried_from_month_to_month() -> None:
    wang = m.entitlement()
    m.hold(of=wang)
    m.sealed()
    m.sealed(DECEMBER)

    m.computed(JANUARY)

    assert m.held_reasons(wang, DECEMBER) == ["SUSPENDED"] * 2
    assert m.held_reasons(wang, JANUARY) == ["SUSPENDED"] * 3
    assert not Attempt.objects.exists()


def test_in_each_fund_what_is_entitled_is_in_a_batch_or_held() -> None:
    m.entitlement(), m.entitlement(of=builders.li(), scheme="110", components={"BASIC": 250_000})
    m.hold(of=m.entitlement(of=builders.zhao()))
    m.entitlement(of=builders.chen(), scheme="110", components={"BASIC": 1}, with_account=False)

    m.sealed()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.scheme, sum(d.fen), sum(a.fen), sum(d.fen) FILTER (WHERE h.reason <> '') "
            "FROM benefits_due d JOIN benefits_entitlement e ON e.id = d.entitlement_id "
            "LEFT JOIN payments_attempt a USING (due_ref) LEFT JOIN benefits_held h USING (due_ref)"
            " GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("110", 250_001, 250_000, 1),
            ("170", 2 * m.PENSION_FEN, m.PENSION_FEN, m.PENSION_FEN),
        ]


def test_the_batches_hold_what_is_not_held_and_the_empty_ones_go_nowhere() -> None:
    m.entitlement()
    m.hold(of=m.entitlement(of=builders.li(), scheme="110", components={"BASIC": 9}))

    run = m.sealed().run

    assert {b.state: b.fen for b in Batch.objects.exclude(state=BatchState.EMPTY)} == {
        BatchState.SEALED: m.PENSION_FEN
    }
    assert run.summary == {
        "people": 2,
        "entitled": 2,
        "entitled_fen": m.PENSION_FEN + 9,
        "batched": 1,
        "batch_fen": m.PENSION_FEN,
        "held": 1,
        "held_fen": 9,
    }


def test_a_month_that_the_old_system_pays_is_not_paid_again() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li(), paid_through=NOVEMBER)

    m.sealed()
    m.sealed(DECEMBER)

    assert [len(m.dues(wang)), m.dues(li)] == [1, []]
    assert m.dues(li, DECEMBER) == [(DECEMBER, REGULAR, m.PENSION_FEN)]
    assert broken_promises() == []


def test_what_the_old_system_paid_is_brought_to_what_was_known_before_it_paid() -> None:
    m.entitlement()
    li = m.entitlement(of=builders.li(), paid_through=NOVEMBER)
    m.raise_basic(of=li, to_fen=22_500, since=NOVEMBER)
    m.sealed()

    m.sealed(DECEMBER)

    assert m.dues(li, DECEMBER) == [
        (NOVEMBER, DIFFERENCE, 500),
        (DECEMBER, REGULAR, m.PENSION_FEN + 500),
    ]


def test_a_month_paid_by_both_systems_is_found() -> None:
    wang = m.entitlement(paid_through=NOVEMBER)
    Due.objects.create(
        due_ref=1,
        entitlement_id=wang.id,
        payee_id=wang.person_id,
        kind=REGULAR,
        for_month=NOVEMBER.first_day,
        run_period=NOVEMBER.first_day,
        fen=m.PENSION_FEN,
        parts=[22_000, 3_150],
    )

    assert [(one.expected, one.found) for one in broken_promises()] == [
        ("原系统已发至2026-11", "2026-11")
    ]


def test_the_first_month_is_not_before_the_first_one_taken_over() -> None:
    m.entitlement()
    m.taken_over_from(DECEMBER)

    with pytest.raises(BeforeTakeOver, match="接管首月是 2026-12"):
        m.opened(NOVEMBER)
    assert m.opened(DECEMBER).period == DECEMBER.first_day
