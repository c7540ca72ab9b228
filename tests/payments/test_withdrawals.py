"""What came back after the close and is not owed after all leaves 暂收款."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from payments import invariants
from payments.batches import open_batches, seal
from payments.ledger.models import Entry
from payments.ledger.post import post
from payments.models import Attempt, Batch, BatchState, Discrepancy, Withdrawn
from payments.reconcile import close_blockers, reconcile
from payments.returned_list import write_returned_list
from payments.withdrawals import count_waiting, post_withdrawn
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import (
    BUSY,
    CLOSED_ACCOUNT,
    PAID,
    PERIOD,
    UNKNOWN,
    Said,
    balances,
)

pytestmark = pytest.mark.django_db

DECEMBER = date(2026, 12, 15)
JANUARY = date(2027, 1, 15)


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def close(batch: Batch) -> None:
    """Reconcile the batch and close its month."""
    assert reconcile(batch_ids=[batch.id], now=NOW)
    pay.close_ledger(batch.book)


def came_back_late(*, code: str = CLOSED_ACCOUNT) -> tuple[Batch, Attempt]:
    """A line paid in November that comes back when November is closed."""
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    close(batch)
    pay.answer(batch, Said(line, code), part=2)
    return batch, line


def withdraw(line: Attempt) -> None:
    """It is found not to be owed; its exception is closed."""
    Withdrawn.objects.create(due_ref=line.due_ref, source="benefits")
    Discrepancy.objects.filter(due_ref=line.due_ref).update(decision="WITHDRAWN", closed_at=NOW)


def broken() -> set[str]:
    """The promises that do not hold."""
    return {row.promise for row in invariants.broken_promises()}


def test_in_the_year_of_the_expense_it_lowers_the_expense() -> None:
    batch, line = came_back_late()
    withdraw(line)

    assert post_withdrawn(day=DECEMBER) == 1

    entry = Entry.objects.get(source="payments.withdrawn")
    assert (entry.rule, entry.red, entry.business_date) == ("withdrawn.same_year", True, DECEMBER)
    assert balances(batch.book) == {}
    assert broken() == set()


@pytest.mark.parametrize(
    ("day", "left"),
    [
        (date(2026, 12, 31), {}),
        (date(2027, 1, 1), {"5001.01": 13900, "5001.02": 6100, "4501": -20000}),
    ],
)
def test_after_the_year_it_is_other_income(day: date, left: dict[str, int]) -> None:
    batch, line = came_back_late()
    withdraw(line)

    post_withdrawn(day=day)

    assert balances(batch.book) == left
    assert broken() == set()


def test_it_is_posted_once_whatever_the_year() -> None:
    _, line = came_back_late()
    withdraw(line)
    post_withdrawn(day=DECEMBER)

    assert post_withdrawn(day=JANUARY) == 0
    assert Entry.objects.filter(source="payments.withdrawn").count() == 1


def test_in_a_closed_month_it_is_posted_in_the_next() -> None:
    _, line = came_back_late()
    withdraw(line)

    post_withdrawn(day=PERIOD.first_day)

    assert Entry.objects.get(source="payments.withdrawn").month == PERIOD.next.first_day


def test_what_came_back_in_its_own_month_needs_no_voucher() -> None:
    batch = pay.answered(CLOSED_ACCOUNT)
    withdraw(pay.lines_of(batch)[0])

    assert post_withdrawn(day=DECEMBER) == 0
    assert balances(batch.book) == {}


def test_what_is_still_owed_stays() -> None:
    batch, _ = came_back_late()

    assert post_withdrawn(day=DECEMBER) == 0
    assert balances(batch.book) == {"5001.01": 13900, "5001.02": 6100, "2001": -20000}


def test_a_reissue_from_liability_that_comes_back_is_withdrawn_once() -> None:
    batch, line = came_back_late(code=BUSY)
    pay.decide_discrepancy(batch, "CLEARED")
    (again,) = pay.reissued()
    pay.send(again)
    pay.answer(again, Said(pay.lines_of(again)[0], BUSY))
    withdraw(line)

    assert post_withdrawn(day=DECEMBER) == 1

    assert balances(batch.book) == {}
    assert broken() == set()


def test_an_open_line_found_unpaid_was_never_in_the_liability() -> None:
    batch = pay.answered(PAID, UNKNOWN)
    paid, unknown = pay.lines_of(batch)
    pay.close_ledger(batch.book)
    pay.answer(batch, Said(paid, BUSY), Said(unknown, BUSY), part=2)
    withdraw(paid)
    withdraw(unknown)

    assert post_withdrawn(day=DECEMBER) == 1
    assert balances(batch.book) == {}


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_at_every_step_the_liability_is_what_is_owed(steps: int) -> None:
    batch, _ = came_back_late(code=BUSY)
    pay.decide_discrepancy(batch, "CLEARED")
    (again,) = pay.reissued() if steps > 0 else (batch,)
    if steps > 1:
        pay.send(again)
    if steps > 2:
        pay.answer(again, Said(pay.lines_of(again)[0], UNKNOWN))

    assert broken() == set()


def test_what_was_open_and_became_expense_this_year_is_of_this_year() -> None:
    batch = pay.answered(UNKNOWN)
    (line,) = pay.lines_of(batch)
    pay.close_ledger(batch.book)
    post_something(batch, on=DECEMBER)
    pay.close_ledger(batch.book, month=PERIOD.next)
    pay.answer(batch, Said(line, PAID), part=2)
    pay.answer(batch, Said(line, BUSY), part=3)
    withdraw(line)

    post_withdrawn(day=JANUARY)

    assert Entry.objects.get(rule="payment.pending.paid").month == date(2027, 1, 1)
    assert balances(batch.book) == {"1004": 100, "1003": -100}


def test_a_month_is_not_closed_while_a_withdrawn_line_waits() -> None:
    batch, line = came_back_late()
    withdraw(line)

    told = close_blockers(book_id=batch.book_id, month=PERIOD.next.first_day)
    post_withdrawn(day=DECEMBER)

    assert "1 笔退回款已撤回，还没有从暂收款转出" in told
    assert count_waiting(book_id=batch.book_id) == 0


def test_a_withdrawn_line_that_nobody_posted_is_found() -> None:
    _, line = came_back_late()
    empty_drafts()
    withdraw(line)

    assert "撤回的退回款已从暂收款转出" in broken()


def test_while_a_run_is_under_way_its_withdrawn_lines_may_wait() -> None:
    _, line = came_back_late()
    empty_drafts()
    open_batches(period=PERIOD.next, pay_date=DECEMBER, today=DECEMBER)
    withdraw(line)

    assert broken() == set()


def test_nobody_is_called_about_what_is_not_owed(tmp_path: Path) -> None:
    _, line = came_back_late()
    withdraw(line)

    assert write_returned_list(period=PERIOD, path=tmp_path / "returned.csv") == 0


def empty_drafts() -> None:
    """Seal the drafts without lines, as the run's seal does."""
    drafts = Batch.objects.filter(state=BatchState.DRAFT).values_list("id", flat=True)
    seal(batch_ids=list(drafts), made_by=None, now=NOW)


def post_something(batch: Batch, *, on: date) -> None:
    """A yuan from the fiscal account, so that the month is there."""
    post(
        rule="funding.arrived",
        book_id=batch.book_id,
        business_date=on,
        source="test",
        source_id="1",
        items=[100],
        summary="演示",
    )
