"""No batch is released beyond what its book's 支出户 holds, however many at once."""

from functools import partial
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from backend.city.promises import CAPABILITIES
from payments import bank_files, money_invariants
from payments.batches import seal
from payments.ledger.models import Posting
from payments.ledger.post import MoneyNotHeld, post
from payments.ledger.reverse import reverse
from payments.models import Batch, BatchState
from payments.money_held import BatchNotCovered, hold_money
from payments.signing import APPROVE, CHECK, SEND, sign_batches
from tests import builders, funds
from tests.at_once import at_once
from tests.builders import NOW, Member
from tests.conftest import OwnDatabase
from tests.payments import payment_builders as pay


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def ready(sealed: Batch | None = None) -> Batch:
    """A batch whose file is written, and no money for it."""
    batch = pay.sign(pay.sign(sealed or pay.sealed(), CHECK), APPROVE)
    bank_files.prepare_file(batch_id=batch.id)
    return batch


def ready_elsewhere(first: Batch) -> Batch:
    """The batch of the same book at another bank."""
    batch = Batch.objects.get(book=first.book_id, bank="CSB", period=first.period)
    pay.add(batch, pay.Line(builders.li()))
    seal(batch_ids=[batch.id], made_by=None, now=NOW)
    batch.refresh_from_db()
    return ready(batch)


def release(*batches: Batch, by: Member | None = None) -> list[Batch]:
    key = (by or builders.member(role=SEND.role)).key
    digests = {batch.id: batch.digest for batch in batches}
    return sign_batches(step=SEND, digests=digests, key=key, now=NOW)


def spend(book_id: int, fen: int, *, rule: str = "pool.remitted_up") -> None:
    """Something else leaves 支出户."""
    post(
        rule=rule, book_id=book_id, business_date=funds.DAY, source="test", source_id=rule,
        items=[fen], summary="演示",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_batch_is_released_by_the_last_fen_and_not_beyond() -> None:
    batch = ready()
    funds.fund(batch.book_id, batch.fen - 1)
    with pytest.raises(BatchNotCovered, match=r"差 0\.01 元"):
        release(batch)

    funds.fund(batch.book_id, batch.fen)
    release(batch)

    batch.refresh_from_db()
    assert batch.state == BatchState.SENDING
    assert hold_money(book_ids=[batch.book_id]) == {batch.book_id: 0}


@pytest.mark.django_db
def test_what_is_on_its_way_is_not_spent_by_anything_else() -> None:
    batch = pay.sign(pay.approved(), SEND)

    with pytest.raises(MoneyNotHeld), transaction.atomic():
        spend(batch.book_id, 1)
    arrived = Posting.objects.get(account__code="1004").entry_id
    with pytest.raises(MoneyNotHeld), transaction.atomic():
        reverse(entry_id=arrived, business_date=funds.DAY, reason="记错", reversed_by=None)
    pay.deliver(batch)
    funds.fund(batch.book_id, 1)
    spend(batch.book_id, 1)

    assert money_invariants.broken_promises() == []


@pytest.mark.django_db
def test_the_database_releases_nothing_that_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.signing.require_covered", lambda batches: None)

    with pytest.raises(IntegrityError, match="not covered"), transaction.atomic():
        release(ready())


@pytest.mark.django_db
def test_the_check_names_a_book_that_is_overdrawn() -> None:
    book = pay.book()
    spend(book.pk, 5, rule="payment.sent")

    (broken,) = money_invariants.broken_promises()

    assert (broken.subject, broken.found) == (f"账套 {book.pk}", "-5")
    assert money_invariants in CAPABILITIES


def test_two_batches_at_once_do_not_both_spend_the_same_money(own_database: OwnDatabase) -> None:
    first = ready()
    second = ready_elsewhere(first)
    funds.fund(first.book_id, first.fen)
    by = [builders.member(role=SEND.role) for _ in range(2)]

    answers = at_once(
        *(partial(release, batch, by=one) for batch, one in zip((first, second), by, strict=True))
    )

    refused = [one for one in answers if isinstance(one, BatchNotCovered)]
    assert len(refused) == 1, answers
    with transaction.atomic():
        assert hold_money(book_ids=[first.book_id]) == {first.book_id: 0}
