"""What was put down as paid after all and was not is returned by two, and then paid once."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.cases.models import Case
from payments import discrepancies, invariants
from payments.discrepancies import AlreadyDecided
from payments.ledger.models import Entry
from payments.models import Attempt, Batch, BatchState, Discrepancy, Outcome, OutcomeState
from payments.paid_after_all import NotFoundPaid
from payments.reconcile import close_blockers, reconcile
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, CLOSED_ACCOUNT, PAID, UNKNOWN, Said, balances

pytestmark = pytest.mark.django_db

PAID_ONCE = {"5001.01": 13900, "5001.02": 6100, "1004": -20000}


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def found_paid(code: str = BUSY) -> tuple[Batch, Attempt]:
    """A line that the bank returned, called paid, and two persons put down as paid after all."""
    batch = pay.answered(code)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, PAID), part=2)
    pay.decide_discrepancy(batch, "PAID_AFTER_ALL")
    return batch, line


def proposed(row: Discrepancy, decision: str = "RETURNED") -> Case:
    return discrepancies.propose(
        discrepancy_id=row.pk,
        decision=decision,
        evidence="查复书 演示-8",
        agency=builders.agency(),
        received_by=builders.chen().pk,
    )


def open_row() -> Discrepancy:
    return Discrepancy.objects.exclude(kind="RETURNED").get(closed_at=None)


def taken_back(batch: Batch, line: Attempt) -> None:
    """The bank says once more that it returned the line, and two persons believe it."""
    part = batch.returnfile_set.count() + 1
    pay.answer(batch, Said(line, BUSY), part=part)
    pay.decided(proposed(open_row()))


def states(line: Attempt) -> list[OutcomeState]:
    attempts = Attempt.objects.filter(due_ref=line.due_ref).order_by("n")
    return [pay.state_of(one) for one in attempts]


def pay_again() -> Batch:
    """The one line that is ready is reissued, and the bank pays it."""
    (again,) = pay.reissued()
    pay.answer(pay.send(again))
    assert reconcile(batch_ids=[again.id], now=NOW)
    return again


def broken() -> set[str]:
    return {row.promise for row in invariants.broken_promises()}


def test_what_the_bank_returned_all_the_same_is_returned_and_reissued_once() -> None:
    batch, line = found_paid()

    taken_back(batch, line)

    assert states(line) == [9, 9]
    assert balances(batch.book) == {}
    assert broken() == set()
    pay_again()
    assert states(line) == [9, 9, 8]
    assert pay.reissued() == []
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_until_two_have_decided_nothing_is_paid_again() -> None:
    batch, line = found_paid()
    pay.answer(batch, Said(line, BUSY), part=3)
    case = proposed(open_row())

    assert pay.reissued() == []
    pay.decided(case, approve=False)

    assert pay.reissued() == []
    assert states(line) == [9, 8]
    assert broken() == set()


def test_what_was_expense_of_a_closed_month_stands_in_the_liability_until_it_is_paid() -> None:
    batch, line = found_paid()
    assert reconcile(batch_ids=[batch.id], now=NOW)
    pay.close_ledger(batch.book)

    taken_back(batch, line)

    entry = Entry.objects.get(source="payments.decision")
    assert (entry.rule, entry.month) == ("payment.returned.liability", pay.PERIOD.next.first_day)
    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "2001": -20000}
    assert broken() == set()
    pay_again()
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_what_was_put_down_out_of_the_liability_goes_back_into_it() -> None:
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    assert reconcile(batch_ids=[batch.id], now=NOW)
    pay.close_ledger(batch.book)
    pay.answer(batch, Said(line, BUSY), part=2)
    pay.answer(batch, Said(line, PAID), part=3)
    pay.decided(proposed(Discrepancy.objects.get(kind="EXTRA"), "PAID_AFTER_ALL"))

    taken_back(batch, line)

    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "2001": -20000}
    assert broken() == set()
    pay_again()
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_a_decision_that_was_a_mistake_is_asked_again_without_the_bank() -> None:
    batch, line = found_paid()
    mistaken = Discrepancy.objects.get(kind="EXTRA")
    assert reconcile(batch_ids=[batch.id], now=NOW)

    case = proposed(mistaken)

    asked = open_row()
    assert (asked.kind, asked.ref, asked.reason) == ("EXTRA", mistaken.ref, "CONTRADICTS")
    told = close_blockers(book_id=batch.book_id, month=pay.PERIOD.first_day)
    assert f"批次 {batch.no} 还有 1 条对账差异没有决定" in told
    pay.decided(case)
    assert states(line) == [9, 9]
    assert broken() == set()


def test_a_blocked_account_waits_for_its_correction_as_before() -> None:
    batch, line = found_paid(CLOSED_ACCOUNT)
    taken_back(batch, line)
    assert pay.reissued() == []

    pay.correct(line)

    pay_again()
    assert states(line) == [9, 9, 8]
    assert broken() == set()


def test_what_is_not_put_down_as_paid_is_not_taken_back() -> None:
    batch = pay.answered(BUSY)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, PAID), part=2)

    with pytest.raises(NotFoundPaid):
        proposed(open_row())


def test_it_is_taken_back_once() -> None:
    batch, line = found_paid()
    pay.answer(batch, Said(line, BUSY), part=3)
    row = open_row()
    case = proposed(row)
    pay.decided(case)

    with pytest.raises(AlreadyDecided):
        proposed(row)
    with pytest.raises(NotFoundPaid):
        proposed(Discrepancy.objects.get(kind="EXTRA", decision="PAID_AFTER_ALL"))
    assert states(line) == [9, 9]


def test_after_it_was_reissued_it_is_not_taken_back_again() -> None:
    batch, line = found_paid()
    taken_back(batch, line)
    again = pay_again()

    with pytest.raises(NotFoundPaid):
        proposed(Discrepancy.objects.get(kind="EXTRA", decision="PAID_AFTER_ALL"))

    assert Batch.objects.get(pk=again.pk).state == BatchState.CLOSED
    assert states(line) == [9, 9, 8]


def test_when_the_bank_then_says_paid_people_are_asked() -> None:
    batch, line = found_paid()
    taken_back(batch, line)

    pay.answer(batch, Said(line, PAID), part=4)

    assert (open_row().kind, open_row().reason) == ("EXTRA", "CONTRADICTS")
    assert pay.reissued() == []
    pay.decide_discrepancy(batch, "PAID_AFTER_ALL")
    assert states(line) == [9, 9, 8]
    assert pay.reissued() == []
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_by_sql_an_earlier_decision_does_not_take_a_payment_back() -> None:
    batch = pay.answered(UNKNOWN)
    (line,) = pay.lines_of(batch)
    pay.decide_discrepancy(batch, "RETURNED")
    earlier = Case.objects.get(kind="DISCREPANCY")
    pay.answer(batch, Said(line, PAID), part=2)
    pay.decide_discrepancy(batch, "PAID_AFTER_ALL")

    refused(line, n=2, under=earlier)


def test_by_sql_a_decision_is_not_used_twice() -> None:
    batch, line = found_paid()
    taken_back(batch, line)
    used = Case.objects.get(content__decision="RETURNED")
    pay.answer(batch, Said(line, PAID), part=4)
    pay.decide_discrepancy(batch, "PAID_AFTER_ALL")

    refused(line, n=3, under=used)


def refused(line: Attempt, *, n: int, under: Case) -> None:
    """The database takes no return of the attempt under this case; nobody is paid twice."""
    with pytest.raises(DatabaseError, match="decided case"), transaction.atomic():
        Outcome.objects.create(due_ref=line.due_ref, n=n, state=9, fen=line.fen, case_id=under.pk)
    assert pay.reissued() == []
