"""A batch is opened once, sealed whole, and its digest says everything that is paid."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.batches import NothingToSeal, batch_no, open_batches, recompute_digests, seal
from payments.models import Attempt, Batch, BatchKind, BatchState, Chunk
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import PAY_DATE, PERIOD, Line

pytestmark = pytest.mark.django_db


def test_there_is_a_draft_for_every_book_and_bank() -> None:
    pay.book()

    batches = open_batches(period=PERIOD, pay_date=PAY_DATE, today=PAY_DATE)

    assert {batch.no for batch in batches} == {
        f"34080001-{scheme}-202611-{bank}-1"
        for scheme in ("110", "170", "210")
        for bank in ("NSB", "CSB")
    }


def test_the_number_of_a_reissue_says_so() -> None:
    number = batch_no(book=pay.book(), bank="CSB", period=PERIOD, kind=BatchKind.REISSUE, ordinal=2)

    assert number == "34080001-170-202611-CSB-R2"


def test_a_month_is_opened_once() -> None:
    pay.book()
    open_batches(period=PERIOD, pay_date=PAY_DATE, today=PAY_DATE)

    with pytest.raises(IntegrityError, match="payments_batch"), transaction.atomic():
        open_batches(period=PERIOD, pay_date=PAY_DATE, today=PAY_DATE)


def test_sealing_counts_and_sums() -> None:
    batch = pay.sealed(Line(builders.wang(), (13900, 6100)), Line(builders.li(), (1, 0)))

    assert (batch.state, batch.line_count, batch.fen) == (BatchState.SEALED, 2, 20001)
    assert batch.sealed_at == NOW


def test_a_batch_without_lines_is_empty() -> None:
    batch = pay.draft()
    everything = list(Batch.objects.values_list("id", flat=True))

    seal(batch_ids=everything, made_by=None, now=NOW)

    states = dict(Batch.objects.values_list("id", "state"))
    assert states.pop(batch.id) == BatchState.SEALED
    assert set(states.values()) == {BatchState.EMPTY}


def test_a_batch_is_sealed_once() -> None:
    batch = pay.sealed()

    with pytest.raises(NothingToSeal):
        seal(batch_ids=[batch.id], made_by=None, now=NOW)


def test_all_batches_are_sealed_or_none() -> None:
    done = pay.sealed()
    other = Batch.objects.filter(state=BatchState.DRAFT)[0]

    with pytest.raises(NothingToSeal):
        seal(batch_ids=[other.id, done.id], made_by=None, now=NOW)
    assert Batch.objects.get(id=other.id).state == BatchState.DRAFT


def test_where_there_is_no_batch_nothing_is_sealed() -> None:
    assert seal(batch_ids=[], made_by=None, now=NOW) == 0
    assert recompute_digests(batch_ids=[]) == {}


def test_the_digest_is_that_of_the_lines() -> None:
    batch = pay.sealed(Line(builders.wang()), Line(builders.li(), account_no=pay.OTHER_ACCOUNT))

    assert recompute_digests(batch_ids=[batch.id])[batch.id] == batch.digest
    assert len(bytes.fromhex(batch.digest)) == 32


def test_the_digest_is_one_over_the_chunks() -> None:
    batch = pay.draft(Line(builders.wang()))
    for chunk in (1, 2):
        Attempt.objects.create(**line_of(batch, chunk=chunk, due_ref=400_000 + chunk))

    seal(batch_ids=[batch.id], made_by=None, now=NOW)

    batch.refresh_from_db()
    assert Chunk.objects.filter(batch=batch).count() == 3
    assert recompute_digests(batch_ids=[batch.id])[batch.id] == batch.digest


@pytest.mark.parametrize(
    "change",
    [
        {"fen": 20001, "parts": [13901, 6100]},
        {"account_no": pay.OTHER_ACCOUNT},
        {"holder_name": "王秀荣"},
        {"payee_id": 1},
        {"due_ref": 400_002},
        {"chunk": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_line_gives_another_digest(change: dict[str, Any]) -> None:
    batch = pay.draft(Line(builders.wang()))

    assert digest_with(batch, **change) != digest_with(batch)


def test_the_same_line_in_another_batch_gives_another_digest() -> None:
    batch = pay.draft(Line(builders.wang()))
    other = Batch.objects.exclude(id=batch.id)[0]

    assert digest_with(other) != digest_with(batch)


def line_of(batch: Batch, **change: Any) -> dict[str, Any]:
    """A second line to Wang, as told."""
    line = {
        "due_ref": 400_001,
        "n": 1,
        "batch_id": batch.id,
        "chunk": 0,
        "payee_id": builders.wang().pk,
        "fen": 20000,
        "parts": [13900, 6100],
        "account_no": pay.ACCOUNT,
        "holder_name": "王秀英",
    }
    return {**line, **change}


def digest_with(batch: Batch, **change: Any) -> str:
    """The digest of a draft if it had this line too; the line does not stay."""
    with transaction.atomic():
        Attempt.objects.create(**line_of(batch, **change))
        found = recompute_digests(batch_ids=[batch.id])[batch.id]
        transaction.set_rollback(True)
    return found
