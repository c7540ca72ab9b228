"""Money in 支出户 for what tests send (演示拨款): just what it lacks, by a voucher of its own."""

import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db import transaction

from payments.ledger.months import open_day
from payments.ledger.post import post
from payments.models import Batch
from payments.money_held import hold_money

SOURCE = "tests.funds"
DAY = date(2026, 11, 1)
_papers = itertools.count(1)


def cover(batches: Iterable[Batch]) -> None:
    """Let arrive what these batches come to beyond what is there."""
    needs, days = Counter[int](), dict[int, date]()
    for batch in batches:
        needs[batch.book_id] += batch.fen
        days[batch.book_id] = batch.pay_date
    for book_id, fen in needs.items():
        fund(book_id, fen, day=days[book_id])


@transaction.atomic
def fund(book_id: int, fen: int, *, day: date = DAY) -> None:
    """Let arrive what a book lacks to hold so much."""
    lacking = fen - hold_money(book_ids=[book_id])[book_id]
    if lacking > 0:
        post(
            rule="funding.arrived",
            book_id=book_id,
            business_date=open_day(book_id=book_id, day=day),
            source=SOURCE,
            source_id=str(next(_papers)),
            items=[lacking],
            summary="演示拨款",
        )
