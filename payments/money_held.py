"""What may leave 支出户 (支出户余额): what arrived, less what was paid out and what is on its way.

The database says no as well, whoever asks: a batch is released, and a voucher lowers 支出户, only
while something is left (``payments_free_fen``).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from payments.models import Batch

HOLD = "SELECT pg_advisory_xact_lock(hashtext('payments.cash'), b) FROM unnest(%s::int[]) AS u (b)"
FREE = "SELECT b, payments_free_fen(b) FROM unnest(%s::int[]) AS u (b)"


class BatchNotCovered(Refusal):
    """支出户 does not hold what the batches come to (支出户余额不足)."""

    code = "batch_not_covered"


def require_covered(*, batches: Sequence[Batch]) -> None:
    """Refuse to release what 支出户 does not hold; until the transaction ends nobody else spends
    out of these books.

    Raises:
        BatchNotCovered.
    """
    needs = Counter[int]()
    for batch in batches:
        needs[batch.book_id] += batch.fen
    names = {batch.book_id: batch.book.name for batch in batches}
    for book_id, left in hold_money(book_ids=needs).items():
        if needs[book_id] > left:
            lacking = Money(needs[book_id] - left)
            raise BatchNotCovered(
                f"账套“{names[book_id]}”的支出户可用余额 {Money(left)} 元，本次放款"
                f" {Money(needs[book_id])} 元，差 {lacking} 元，待拨款到账后再放款。",
                book=book_id,
                lacking=str(lacking),
            )


def hold_money(*, book_ids: Iterable[int]) -> dict[int, int]:
    """Let nobody else spend out of these books until this transaction ends; what is left in each,
    in fen."""
    ids = sorted(set(book_ids))
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [ids])
    return free(book_ids=ids)


def free(*, book_ids: Iterable[int]) -> dict[int, int]:
    """Give what is left in 支出户 of each of these books, in fen."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, [sorted(set(book_ids))])
        return {book_id: int(fen) for book_id, fen in cursor.fetchall()}
