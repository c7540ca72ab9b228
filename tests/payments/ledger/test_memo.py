"""What is to be recovered stands in the memo register, not in the cash books."""

import pytest

from backend.people.models import Person
from payments.ledger import memo
from payments.ledger.invariants import broken_promises
from payments.ledger.memo import MemoDiffers, MoreThanOwed
from payments.ledger.models import Entry, MemoEntry
from tests import builders
from tests.payments.ledger.conftest import Books

ROWS = "SELECT %(book)s::int, %(party)s::bigint, %(id)s::text, %(fen)s::bigint"


def register(
    books: Books, person: Person, fen: int, *, source_id: str = "1", beyond_zero: bool = False
) -> int:
    return memo.append(
        select=ROWS,
        parameters={
            "book": books.residents.id,
            "party": person.pk,
            "id": source_id,
            "fen": fen,
        },
        source="test",
        beyond_zero=beyond_zero,
    )


def settle(books: Books, person: Person, fen: int, *, source_id: str = "receipt") -> bool:
    return memo.settle(
        book=books.residents, party_id=person.pk, fen=fen, source="test", source_id=source_id
    )


def test_an_overpayment_is_registered_and_no_voucher_written(books: Books) -> None:
    wang = builders.wang()

    assert register(books, wang, 20000) == 1
    assert memo.outstanding(book=books.residents, party_id=wang.pk) == 20000
    assert not Entry.objects.exists()


def test_many_are_registered_by_one_statement(books: Books) -> None:
    wang, chen = builders.wang(), builders.chen()

    added = memo.append(
        select="SELECT %(book)s::int, party, '2026-11/' || party, 500::bigint "
        "FROM unnest(%(parties)s::bigint[]) AS t (party)",
        parameters={"book": books.residents.id, "parties": [wang.pk, chen.pk]},
        source="test",
    )

    assert added == 2


def test_what_a_run_registers_is_settled_like_anything_else(books: Books) -> None:
    """It may be lowered by what a later run finds, also below what came back meanwhile."""
    wang = builders.wang()
    register(books, wang, 20000, beyond_zero=True)
    settle(books, wang, 5000)
    assert broken_promises() == []

    register(books, wang, -20000, source_id="2", beyond_zero=True)

    assert memo.outstanding(book=books.residents, party_id=wang.pk) == -5000
    assert broken_promises() == []


def test_the_same_source_is_registered_once(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)

    assert register(books, wang, 20000) == 0
    assert MemoEntry.objects.count() == 1


def test_the_same_source_with_another_amount_is_refused(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)

    with pytest.raises(MemoDiffers):
        register(books, wang, 20001)


def test_a_recovery_lowers_what_is_owed(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)

    settle(books, wang, 15000)

    assert memo.outstanding(book=books.residents, party_id=wang.pk) == 5000


def test_the_last_fen_may_be_settled(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)

    settle(books, wang, 20000)

    assert memo.outstanding(book=books.residents, party_id=wang.pk) == 0


def test_more_than_is_owed_is_not_settled(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)

    with pytest.raises(MoreThanOwed, match=r"待追回 200\.00 元"):
        settle(books, wang, 20001)


def test_a_receipt_settles_once(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)

    assert settle(books, wang, 5000)
    assert not settle(books, wang, 5000)
    assert memo.outstanding(book=books.residents, party_id=wang.pk) == 15000


def test_a_receipt_does_not_settle_another_amount_later(books: Books) -> None:
    wang = builders.wang()
    register(books, wang, 20000)
    settle(books, wang, 5000)

    with pytest.raises(MemoDiffers):
        settle(books, wang, 5001)
