"""A batch is settled when each line is paid or returned and nothing waits for people."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from payments import discrepancies
from payments.bank_folders import bank_folder
from payments.batches import seal
from payments.models import Batch, BatchState, Discrepancy
from payments.reconcile import Standing, close_blockers, open_decisions, reconcile, standings
from payments.returned_list import HEADER, write_returned_list
from payments.tasks import receive_return_job
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, CLOSED_ACCOUNT, PAID, PERIOD, UNKNOWN, Said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_in_file_is_paid_and_returned_and_unknown() -> None:
    stands = stand(pay.answered(PAID, CLOSED_ACCOUNT, UNKNOWN, PAID))

    assert (stands.lines, stands.paid, stands.returned, stands.unknown) == (4, 2, 1, 1)
    assert (stands.paid_fen, stands.returned_fen, stands.unknown_fen) == (40000, 20000, 20000)


def test_a_batch_without_an_answer_is_unknown() -> None:
    assert stand(pay.sent()).unknown == 1


def test_a_line_paid_with_another_amount_is_unknown_whole() -> None:
    batch = pay.sent()
    pay.answer(batch, Said(pay.lines_of(batch)[0], fen=20001))

    assert stand(batch).unknown_fen == 20000


def test_a_payment_that_came_back_counts_as_returned() -> None:
    batch = pay.answered(PAID)
    pay.answer(batch, Said(pay.lines_of(batch)[0], CLOSED_ACCOUNT), part=2)

    assert (stand(batch).paid, stand(batch).returned) == (0, 1)


def test_a_batch_is_closed_when_all_is_settled() -> None:
    batch = pay.answered(PAID, PAID)

    assert reconcile(batch_ids=[batch.id], now=NOW)
    batch.refresh_from_db()
    assert (batch.state, batch.closed_at) == (BatchState.CLOSED, NOW)


def test_a_returned_line_does_not_keep_its_batch_open() -> None:
    assert reconcile(batch_ids=[pay.answered(PAID, BUSY).id], now=NOW)


def test_people_must_decide_first() -> None:
    batch = pay.answered(PAID, UNKNOWN)

    assert not reconcile(batch_ids=[batch.id], now=NOW)
    assert open_decisions(batch=batch) == 1
    assert Batch.objects.get(id=batch.id).state == BatchState.RETURNED


def test_a_late_return_must_be_decided_first() -> None:
    batch = pay.answered(PAID)
    pay.answer(batch, Said(pay.lines_of(batch)[0], CLOSED_ACCOUNT), part=2)

    assert not reconcile(batch_ids=[batch.id], now=NOW)


def test_it_is_closed_when_people_have_decided() -> None:
    batch = pay.answered(UNKNOWN)
    pay.decided(
        discrepancies.propose(
            discrepancy_id=Discrepancy.objects.get().id,
            decision="PAID",
            evidence="查复书 演示-3",
            agency=builders.agency(),
            received_by=builders.chen().pk,
        )
    )

    assert reconcile(batch_ids=[batch.id], now=NOW)


def test_a_batch_that_the_bank_has_not_answered_is_not_closed() -> None:
    batch = pay.sent()

    assert not reconcile(batch_ids=[batch.id], now=NOW)
    assert Batch.objects.get(id=batch.id).state == BatchState.SENT


def test_reconciling_again_changes_nothing() -> None:
    batch = pay.answered(PAID)
    reconcile(batch_ids=[batch.id], now=NOW)

    assert reconcile(batch_ids=[batch.id], now=builders.KEY_MADE_AT)
    assert Batch.objects.get(id=batch.id).closed_at == NOW


def test_a_month_is_blocked_by_what_is_not_settled() -> None:
    batch = pay.answered(PAID)

    told = close_blockers(book_id=batch.book_id, month=PERIOD.first_day)

    assert f"批次 {batch.no} 为“已回盘”，尚未平账" in told


def test_empty_and_closed_batches_block_nothing() -> None:
    batch = pay.answered(PAID)
    reconcile(batch_ids=[batch.id], now=NOW)
    drafts = Batch.objects.filter(state=BatchState.DRAFT)
    seal(batch_ids=list(drafts.values_list("id", flat=True)), made_by=None, now=NOW)

    assert close_blockers(book_id=batch.book_id, month=PERIOD.first_day) == []


def test_the_returned_list_names_whose_account_was_refused(tmp_path: Path) -> None:
    refused = pay.lines_of(pay.answered(PAID, CLOSED_ACCOUNT, BUSY))[1]
    path = tmp_path / "returned.csv"

    assert write_returned_list(period=PERIOD, path=path) == 1
    assert path.read_text(encoding="utf-8").splitlines() == [
        ",".join(HEADER),
        f"{refused.due_ref}-1,NSB,{refused.account_no},王秀英,200.00,CLOSED",
    ]


def test_the_returned_list_holds_no_formula(tmp_path: Path) -> None:
    wang, path = builders.wang(), tmp_path / "returned.csv"
    pay.account(wang, holder_name="=1+1")
    batch = pay.sent(pay.Line(wang, holder_name="=1+1"))
    pay.answer(batch, *(pay.Said(line, CLOSED_ACCOUNT) for line in pay.lines_of(batch)))

    write_returned_list(period=PERIOD, path=path)

    assert ",'=1+1," in path.read_text(encoding="utf-8")


def test_what_is_paid_again_is_no_longer_listed(tmp_path: Path) -> None:
    (line,) = pay.lines_of(pay.answered(CLOSED_ACCOUNT))
    pay.correct(line)
    pay.reissued()

    assert write_returned_list(period=PERIOD, path=tmp_path / "returned.csv") == 0


def test_those_that_are_settled_are_closed_though_another_is_not() -> None:
    settled, other = pay.answered(PAID), pay.answered(UNKNOWN, scheme=pay.EMPLOYEES)

    assert not reconcile(batch_ids=[settled.id, other.id], now=NOW)
    states = Batch.objects.in_bulk([settled.id, other.id])
    assert states[settled.id].state == BatchState.CLOSED
    assert states[other.id].state == BatchState.RETURNED


@pytest.mark.parametrize(
    ("code", "state"), [(PAID, BatchState.CLOSED), (UNKNOWN, BatchState.RETURNED)]
)
def test_the_job_that_reads_the_answer_closes_the_batch_when_nothing_is_open(
    code: str, state: BatchState
) -> None:
    batch = pay.sent()
    content = pay.return_bytes(batch=batch, said=[Said(pay.lines_of(batch)[0], code)])
    name = f"HP340800NSB{batch.bankfile.serial:08d}_01.txt"
    (bank_folder(bank="NSB", name="returns") / name).write_bytes(content)

    receive_return_job(arguments={"bank": "NSB", "name": name})

    assert Batch.objects.get(id=batch.id).state == state


def stand(batch: Batch) -> Standing:
    """Where the lines of one batch stand."""
    return standings(batch_ids=[batch.id])[batch.id]
