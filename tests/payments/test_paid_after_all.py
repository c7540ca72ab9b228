"""What was returned and is found to be paid is paid once: two decide it, and nothing is sent."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.cases.decide import decide
from backend.cases.models import Case
from payments import discrepancies, invariants
from payments.batches import seal
from payments.discrepancies import AlreadyDecided, DecisionNotPossible
from payments.ledger.models import Entry
from payments.models import Attempt, Batch, BatchState, Discrepancy, Outcome, OutcomeState
from payments.paid_after_all import NotOwedAnyMore, NotReturned, TriedAgain
from payments.reconcile import close_blockers, reconcile
from payments.reissue import count_ready
from payments.returned_list import write_returned_list
from payments.signing import CHECK
from payments.withdrawals import withdraw_returned
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import (
    BUSY,
    CLOSED_ACCOUNT,
    PAID,
    UNKNOWN,
    Said,
    balances,
    state_of,
)

pytestmark = pytest.mark.django_db

PAID_ONCE = {"5001.01": 13900, "5001.02": 6100, "1004": -20000}
DECISION = "PAID_AFTER_ALL"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def returned(code: str = BUSY) -> tuple[Batch, Attempt]:
    """A line that the bank returned."""
    batch = pay.answered(code)
    (line,) = pay.lines_of(batch)
    return batch, line


def contradicted(code: str = BUSY) -> tuple[Batch, Attempt]:
    """A line that the bank first returned and then calls paid."""
    batch, line = returned(code)
    pay.answer(batch, Said(line, PAID), part=2)
    return batch, line


def contradicted_after_close() -> tuple[Batch, Attempt]:
    """A line that came back when its month was closed, and that the bank then calls paid."""
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    close(batch)
    pay.answer(batch, Said(line, BUSY), part=2)
    pay.answer(batch, Said(line, PAID), part=3)
    return batch, line


def close(batch: Batch) -> None:
    """Reconcile the batch and close its month."""
    assert reconcile(batch_ids=[batch.id], now=NOW)
    pay.close_ledger(batch.book)


def proposed(kind: str = "EXTRA") -> Case:
    """Finance proposes that the line of the discrepancy was paid after all."""
    return discrepancies.propose(
        discrepancy_id=Discrepancy.objects.get(kind=kind, closed_at=None).id,
        decision=DECISION,
        evidence="查复书 演示-7",
        agency=builders.agency(),
        received_by=builders.chen().pk,
    )


def decided(kind: str = "EXTRA") -> Batch:
    """Two persons decide it; the batch in which the payment then stands."""
    pay.decided(proposed(kind))
    return Batch.objects.get(kind="FOUND")


def broken() -> set[str]:
    return {row.promise for row in invariants.broken_promises()}


def is_paid_once(line: Attempt) -> bool:
    """Its newest attempt is paid, no other is, and nothing more can go to its payee."""
    *before, newest = Attempt.objects.filter(due_ref=line.due_ref).order_by("n")
    return (
        state_of(newest) == OutcomeState.PAID
        and all(state_of(one) == OutcomeState.RETURNED for one in before)
        and count_ready(account_date=pay.PAY_DATE) == 0
        and pay.reissued() == []
    )


@pytest.mark.parametrize("code", [BUSY, CLOSED_ACCOUNT])
def test_what_the_bank_calls_paid_after_its_return_is_paid_once(code: str) -> None:
    batch, line = contradicted(code)

    decided()

    assert is_paid_once(line)
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_it_is_put_down_under_the_decision_in_a_batch_that_goes_nowhere() -> None:
    batch, line = contradicted()
    case = pay.decided(proposed())

    found = Batch.objects.get(kind="FOUND")
    answer = Outcome.objects.get(due_ref=line.due_ref, n=2)

    assert (found.state, found.fen, found.line_count) == (BatchState.CLOSED, 20000, 1)
    assert (found.no, found.made_by) == (f"{batch.no[:-1]}F1", case.received_by)
    assert (found.closed_at, found.checked_by, found.sent_at) == (case.decided_at, None, None)
    assert (answer.state, answer.case_id, answer.return_file_id) == (8, case.pk, None)
    assert not hasattr(found, "bankfile")


def test_each_decision_has_a_batch_of_its_own() -> None:
    batch = pay.answered(BUSY, BUSY)
    pay.answer(batch, *(Said(line, PAID) for line in pay.lines_of(batch)), part=2)

    pay.decide_discrepancy(batch, DECISION)

    numbers = Batch.objects.filter(kind="FOUND").order_by("id").values_list("no", flat=True)
    assert [no[-3:] for no in numbers] == ["-F1", "-F2"]
    assert broken() == set()


def test_nothing_that_waited_for_a_reissue_waits_any_more(tmp_path: Path) -> None:
    contradicted(CLOSED_ACCOUNT)

    decided()

    assert set(Discrepancy.objects.values_list("kind", "decision")) == {
        ("RETURNED", DECISION),
        ("EXTRA", DECISION),
    }
    assert write_returned_list(period=pay.PERIOD, path=tmp_path / "returned.csv") == 0


def test_the_month_closes_after_the_decision() -> None:
    batch, _ = contradicted()
    assert reconcile(batch_ids=[batch.id], now=NOW) is False

    decided()

    assert reconcile(batch_ids=[batch.id], now=NOW)
    told = close_blockers(book_id=batch.book_id, month=pay.PERIOD.first_day)
    assert [one for one in told if batch.no in one or "F1" in one] == []
    pay.close_ledger(batch.book)
    assert broken() == set()


def test_what_stood_in_the_liability_is_paid_out_of_it() -> None:
    batch, line = contradicted_after_close()

    decided()

    (entry,) = Entry.objects.filter(rule="reissue.sent.liability")
    assert entry.month == pay.PERIOD.next.first_day
    assert is_paid_once(line)
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_what_was_returned_before_the_close_is_expense_of_the_month_after() -> None:
    batch, line = returned()
    close(batch)
    pay.answer(batch, Said(line, PAID), part=2)

    found = decided()

    entry = Entry.objects.get(source="payments.sent", source_id=str(found.id))
    assert (entry.rule, entry.month) == ("payment.sent", pay.PERIOD.next.first_day)
    assert is_paid_once(line)
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_what_was_open_then_unpaid_is_expense_again() -> None:
    batch = pay.answered(UNKNOWN)
    (line,) = pay.lines_of(batch)
    pay.decide_discrepancy(batch, "RETURNED")
    pay.answer(batch, Said(line, PAID), part=2)

    decided()

    assert is_paid_once(line)
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_a_late_return_that_never_was_is_decided_so() -> None:
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, BUSY), part=2)

    decided("LATE_RETURN")

    assert is_paid_once(line)
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_two_words_of_the_bank_about_one_line_are_settled_together() -> None:
    contradicted_after_close()

    decided("LATE_RETURN")

    assert not Discrepancy.objects.filter(closed_at=None).exists()
    assert broken() == set()


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_what_was_tried_again_meanwhile_is_overpaid_and_not_decided_so(steps: int) -> None:
    batch, line = returned()
    (again,) = pay.reissued()
    if steps > 0:
        pay.send(again)
    if steps > 1:
        pay.answer(again)
    pay.answer(batch, Said(line, PAID), part=2)

    with pytest.raises(TriedAgain, match=f"二次发放批次 {again.no}.*追回"):
        proposed()
    pay.decide_discrepancy(batch, "CLEARED")

    assert reconcile(batch_ids=[batch.id], now=NOW)
    assert broken() == set()


def test_a_reissue_that_came_back_too_waits_for_the_word_about_the_first() -> None:
    batch, line = returned()
    (again,) = pay.reissued()
    pay.send(again)
    pay.answer(batch, Said(line, PAID), part=2)
    pay.answer(again, Said(pay.lines_of(again)[0], BUSY))
    assert pay.reissued() == []

    found = decided()

    assert Attempt.objects.get(due_ref=line.due_ref, n=3).batch_id == found.id
    assert is_paid_once(line)
    assert balances(batch.book) == PAID_ONCE
    assert broken() == set()


def test_a_reissue_between_proposal_and_decision_makes_it_void() -> None:
    batch, line = returned()
    pay.answer(batch, Said(line, PAID), part=2)
    case = proposed()
    Discrepancy.objects.filter(kind="EXTRA").update(closed_at=NOW)
    (again,) = pay.reissued()
    Discrepancy.objects.filter(kind="EXTRA").update(closed_at=None)

    with pytest.raises(TriedAgain, match=again.no), transaction.atomic():
        pay.decided(case)

    assert not Batch.objects.filter(kind="FOUND").exists()


def test_what_is_withdrawn_is_overpaid_and_not_decided_so() -> None:
    batch = pay.answered(BUSY)
    (line,) = pay.lines_of(batch)
    withdraw_returned(select=f"SELECT {line.due_ref:d}", source="演示")
    pay.answer(batch, Said(line, PAID), part=2)

    with pytest.raises(NotOwedAnyMore, match="追回"):
        proposed()


def test_what_may_be_paid_is_not_withdrawn_before_that_is_decided() -> None:
    batch, line = contradicted()
    select = f"SELECT {line.due_ref:d}"

    assert withdraw_returned(select=select, source="演示") == 0

    pay.decide_discrepancy(batch, "CLEARED")
    assert withdraw_returned(select=select, source="演示") == 2


def test_what_was_never_returned_is_not_decided_so() -> None:
    batch = pay.answered(PAID)
    pay.answer(batch, Said(pay.lines_of(batch)[0], UNKNOWN), part=2)

    with pytest.raises(NotReturned):
        proposed()


def test_what_is_not_ours_is_not_decided_so() -> None:
    batch = pay.answered(PAID)
    stranger = pay.lines_of(batch)[0]
    stranger.due_ref = 99_000_001
    pay.answer(batch, Said(stranger), part=2)

    with pytest.raises(NotReturned, match="不是我方明细"):
        proposed()


@pytest.mark.parametrize("code", [BUSY, UNKNOWN])
def test_only_a_contradicted_return_is_decided_so(code: str) -> None:
    returned(code)

    with pytest.raises(DecisionNotPossible):
        proposed("RETURNED" if code == BUSY else "UNKNOWN")


def test_it_is_decided_once() -> None:
    batch, _ = contradicted_after_close()
    other = proposed("LATE_RETURN")
    decided()

    with pytest.raises(AlreadyDecided), transaction.atomic():
        pay.decided(other)

    assert balances(batch.book) == PAID_ONCE


def test_when_the_bank_says_paid_once_more_nobody_is_asked_again() -> None:
    batch, line = contradicted()
    decided()

    pay.answer(batch, Said(line, PAID), part=3)

    assert not Discrepancy.objects.filter(closed_at=None).exists()


def test_when_the_bank_says_returned_once_more_people_are_asked() -> None:
    batch, line = contradicted()
    decided()

    pay.answer(batch, Said(line, BUSY), part=3)

    row = Discrepancy.objects.get(closed_at=None)
    assert (row.kind, row.reason, row.n) == ("EXTRA", "CONTRADICTS", 1)
    assert is_paid_once(line)


def test_what_nobody_decided_is_not_closed() -> None:
    batch = put_in_by_hand(pay.answered(PAID))

    with pytest.raises(DatabaseError, match="not decided"), transaction.atomic():
        Batch.objects.filter(id=batch.id).update(state="CLOSED")


def test_no_such_batch_is_signed_for_a_bank() -> None:
    batch = put_in_by_hand(pay.answered(PAID))

    with pytest.raises(DatabaseError, match="may not go"), transaction.atomic():
        pay.sign(batch, CHECK)


def test_a_decision_about_another_line_does_not_pay_this_one() -> None:
    batch, _ = contradicted()
    case = pay.decided(proposed())
    (line,) = pay.lines_of(put_in_by_hand(batch))

    with pytest.raises(DatabaseError, match="decided case"), transaction.atomic():
        Outcome.objects.create(
            due_ref=line.due_ref, n=line.n, state=8, fen=line.fen, case_id=case.pk
        )


def test_a_reissue_on_its_way_is_not_paid_by_such_a_decision() -> None:
    contradicted()
    case = decide(
        case_id=proposed().pk,
        approve=True,
        reason="",
        key=builders.member(role="REVIEWER").key,
        role="REVIEWER",
        now=NOW,
        acts={"DISCREPANCY": lambda case: case.pk},
    )
    Discrepancy.objects.update(closed_at=NOW)
    (again,) = pay.reissued()
    (line,) = pay.lines_of(pay.send(again))

    with pytest.raises(DatabaseError, match="decided case"), transaction.atomic():
        Outcome.objects.create(due_ref=line.due_ref, n=2, state=8, fen=line.fen, case_id=case.pk)


def put_in_by_hand(of: Batch) -> Batch:
    """Somebody puts a line, of which nobody decided anything, into such a batch and seals it."""
    batch = Batch.objects.create(
        no=f"{of.no}-F9",
        book=of.book,
        bank=of.bank,
        kind="FOUND",
        period=of.period,
        ordinal=9,
        pay_date=of.pay_date,
    )
    pay.add(batch, pay.Line(builders.wang()))
    seal(batch_ids=[batch.id], made_by=None, now=NOW)
    batch.refresh_from_db()
    return batch
