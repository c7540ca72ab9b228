"""Only what the bank confirmed unpaid is paid again, once, in full, to an account that works."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.people.models import Alias, Death, Person
from payments import discrepancies
from payments.account_changes import let_count
from payments.models import BatchKind, BatchState, Discrepancy, PayeeAccount, Withdrawn
from payments.reissue import count_ready
from payments.returned_list import write_returned_list
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import (
    BUSY,
    CLOSED_ACCOUNT,
    OTHER_ACCOUNT,
    PAID,
    PAY_DATE,
    PERIOD,
    UNKNOWN,
    Said,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_a_returned_line_is_paid_again() -> None:
    first = pay.answered(BUSY)

    (batch,) = pay.reissued()

    assert (batch.kind, batch.state, batch.no) == (
        BatchKind.REISSUE,
        BatchState.SEALED,
        "34080001-170-202611-NSB-R1",
    )
    assert (batch.line_count, batch.fen) == (1, first.fen)


def test_it_names_the_original_and_carries_the_full_amount() -> None:
    (original,) = pay.lines_of(pay.answered(BUSY))

    (batch,) = pay.reissued()

    (line,) = pay.lines_of(batch)
    assert (line.due_ref, line.n) == (original.due_ref, 2)
    assert (line.returned_n, line.returned_state) == (1, 9)
    assert (line.payee_id, line.fen, line.parts) == (
        original.payee_id,
        original.fen,
        original.parts,
    )


@pytest.mark.parametrize("code", [PAID, UNKNOWN])
def test_what_is_not_confirmed_unpaid_is_not_paid_again(code: str) -> None:
    pay.answered(code)

    assert pay.reissued() == []


def test_a_batch_without_an_answer_is_not_paid_again() -> None:
    person = builders.wang()
    pay.account(person)
    pay.sent(pay.Line(person))

    assert pay.reissued() == []


def test_nothing_is_paid_to_an_account_that_the_bank_refused() -> None:
    pay.answered(CLOSED_ACCOUNT)

    assert pay.reissued() == []


def test_a_refused_account_is_not_paid_to_before_the_day_of_its_change(tmp_path: Path) -> None:
    (line,) = pay.lines_of(pay.answered(CLOSED_ACCOUNT))
    case = builders.case(
        party=Person.objects.get(pk=line.payee_id),
        content={
            "bank": "NSB",
            "account_no": OTHER_ACCOUNT,
            "holder_name": "王秀英",
            "from_date": "2027-02-01",
            "evidence": "新卡(演示)",
            "holder_is_payee": False,
        },
    )

    assert write_returned_list(period=PERIOD, path=tmp_path / "before.csv") == 1

    pay.decided(case)
    assert write_returned_list(period=PERIOD, path=tmp_path / "cooling.csv") == 1
    let_count(today=date(2027, 1, 1))

    assert pay.reissued() == []
    assert write_returned_list(period=PERIOD, path=tmp_path / "after.csv") == 0


def test_whose_account_ends_and_has_no_other_is_called(tmp_path: Path) -> None:
    wang = builders.wang()
    PayeeAccount.objects.create(
        payee_id=wang.pk,
        bank="NSB",
        account_no=pay.ACCOUNT,
        holder_name="王秀英",
        valid=SqlRange(builders.IN_OFFICE_SINCE, date(2027, 1, 1)),
    )
    batch = pay.sent(pay.Line(wang))

    pay.answer(batch, Said(pay.lines_of(batch)[0], CLOSED_ACCOUNT))

    assert write_returned_list(period=PERIOD, path=tmp_path / "returned.csv") == 1


@pytest.mark.parametrize("merged", [False, True])
def test_who_died_meanwhile_is_not_paid_again(*, merged: bool) -> None:
    (line,) = pay.lines_of(pay.answered(BUSY))
    known_as = builders.chen().pk if merged else line.payee_id
    if merged:
        Alias.objects.create(party_id=line.payee_id, survivor_id=known_as, case_id=1)
    Death.objects.create(person_id=known_as, death_date=PAY_DATE, source="POLICE", evidence="演示")

    assert pay.reissued() == []
    assert count_ready(account_date=PAY_DATE) == 0


def test_a_corrected_account_is_paid_to() -> None:
    (original,) = pay.lines_of(pay.answered(CLOSED_ACCOUNT))
    pay.correct(original)

    (batch,) = pay.reissued()

    assert pay.lines_of(batch)[0].account_no == OTHER_ACCOUNT


def test_nothing_is_paid_to_somebody_whose_payments_are_held() -> None:
    (original,) = pay.lines_of(pay.answered(BUSY))

    assert pay.reissued(barred=[original.payee_id]) == []
    assert len(pay.reissued()) == 1


def test_a_line_is_paid_again_once() -> None:
    pay.answered(BUSY)

    assert len(pay.reissued()) == 1
    assert pay.reissued() == []


def test_what_comes_back_again_is_paid_a_third_time() -> None:
    pay.answered(BUSY)
    (second,) = pay.reissued()
    pay.send(second)
    pay.answer(second, Said(pay.lines_of(second)[0], BUSY))

    (third,) = pay.reissued()

    assert third.no.endswith("-R2")
    assert pay.lines_of(third)[0].n == 3


def test_a_reissue_that_was_paid_is_not_paid_again() -> None:
    pay.answered(BUSY)
    (second,) = pay.reissued()
    pay.send(second)
    pay.answer(second)

    assert pay.reissued() == []


def test_an_undecided_late_return_waits() -> None:
    batch = pay.answered(PAID)
    pay.answer(batch, Said(pay.lines_of(batch)[0], BUSY), part=2)

    assert pay.reissued() == []


def test_a_late_return_that_people_accepted_is_paid_again() -> None:
    batch = pay.answered(PAID)
    pay.answer(batch, Said(pay.lines_of(batch)[0], BUSY), part=2)
    row = Discrepancy.objects.get(kind="LATE_RETURN")
    pay.decided(
        discrepancies.propose(
            discrepancy_id=row.id,
            decision="CLEARED",
            evidence="查复书 演示-2",
            agency=builders.agency(),
            received_by=builders.chen().pk,
        )
    )

    assert len(pay.reissued()) == 1


def test_a_withdrawn_due_is_never_paid_again() -> None:
    (original,) = pay.lines_of(pay.answered(BUSY))
    Withdrawn.objects.create(due_ref=original.due_ref, source="benefits")

    assert pay.reissued() == []


def test_the_exception_is_closed_by_the_reissue() -> None:
    pay.answered(BUSY)

    pay.reissued()

    (row,) = Discrepancy.objects.all()
    assert (row.decision, row.closed_at) == ("REISSUED", builders.NOW)


def test_all_lines_that_are_ready_go_together() -> None:
    pay.answered(BUSY, PAID, CLOSED_ACCOUNT, BUSY)

    assert count_ready(account_date=PAY_DATE) == 2
    assert [batch.line_count for batch in pay.reissued()] == [2]


def test_a_reissue_needs_three_signatures_of_its_own() -> None:
    pay.answered(BUSY)
    (batch,) = pay.reissued()

    sent = pay.send(batch)

    assert sent.state == BatchState.SENT
    assert len({sent.checked_by, sent.approved_by, sent.sent_by}) == 3
