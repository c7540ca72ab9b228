"""What a batch comes to on three sides (三方核对): business, books, bank; the difference opened.

Difference = books − bank = returned + not known + paid too little − paid too much. Whatever else
there were is unexplained.
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from payments.ledger.models import Entry, Posting
from payments.models import Batch, OutcomeState

# By the newest word of the bank on each line; 0: it has said nothing.
BY_STATE = """
SELECT coalesce(o.state, 0), count(*), sum(a.fen), coalesce(sum(o.fen), 0),
    coalesce(sum(o.fen - a.fen) FILTER (WHERE o.fen > a.fen), 0),
    count(*) FILTER (WHERE o.fen > a.fen),
    coalesce(sum(a.fen - o.fen) FILTER (WHERE o.fen < a.fen), 0),
    count(*) FILTER (WHERE o.fen < a.fen)
FROM payments_attempt a LEFT JOIN LATERAL (SELECT p.state, p.fen
    FROM payments_outcome p WHERE p.due_ref = a.due_ref AND p.n = a.n
    ORDER BY p.state DESC LIMIT 1) o ON true
WHERE a.batch_id = %s GROUP BY 1
"""
# The bank has paid, as instructed or otherwise.
PAID = (OutcomeState.AMOUNT_DIFFERS, OutcomeState.NAME_DIFFERS, OutcomeState.PAID)
SENT_SOURCE = "payments.sent"


@dataclass(frozen=True)
class Summed:
    """So many lines, so many fen."""

    count: int = 0
    fen: int = 0

    def __add__(self, other: "Summed") -> "Summed":
        return Summed(self.count + other.count, self.fen + other.fen)


@dataclass(frozen=True)
class Totals:
    """The three sides, and what lies between books and bank."""

    business: Summed
    booked_fen: int | None  # None: nothing is booked before it is sent
    vouchers: tuple[int, ...]
    bank: Summed | None  # None: the bank has not answered
    returned: Summed
    unknown: Summed
    too_little: Summed
    too_much: Summed

    @property
    def difference_fen(self) -> int | None:
        """Books less bank; None while one of them is silent."""
        if self.booked_fen is None or self.bank is None:
            return None
        return self.booked_fen - self.bank.fen

    @property
    def unexplained_fen(self) -> int | None:
        """What the parts of the difference leave over: it must be nothing."""
        if self.difference_fen is None:
            return None
        parts = self.returned.fen + self.unknown.fen + self.too_little.fen - self.too_much.fen
        return self.difference_fen - parts


def totals(*, batch: Batch, answered: bool) -> Totals:
    """Add a batch up on each side; of the bank only when it has ``answered``."""
    entries = Entry.objects.filter(source=SENT_SOURCE, source_id=str(batch.pk)).order_by("pk")
    vouchers = tuple(entries.values_list("pk", flat=True))
    booked: int | None = None
    if vouchers:
        booked = Posting.objects.filter(entry__in=vouchers).aggregate(fen=Sum("dr_fen"))["fen"]
    by_state = _by_state(batch.pk) if answered else {}
    none = _Answered()
    states = {state: by_state.get(state, none) for state in (0, *OutcomeState)}
    paid = [states[state] for state in PAID]
    open_states = [states[s] for s in states if s not in (*PAID, OutcomeState.RETURNED)]
    returned = states[OutcomeState.RETURNED]
    return Totals(
        business=Summed(batch.line_count, batch.fen),
        booked_fen=booked,
        vouchers=vouchers,
        bank=sum((Summed(one.count, one.bank_fen) for one in paid), Summed()) if answered else None,
        returned=Summed(returned.count, returned.fen),
        unknown=sum((Summed(one.count, one.fen) for one in open_states), Summed()),
        too_little=sum((one.too_little for one in paid), Summed()),
        too_much=sum((one.too_much for one in paid), Summed()),
    )


@dataclass(frozen=True)
class _Answered:
    count: int = 0
    fen: int = 0
    bank_fen: int = 0
    too_much: Summed = Summed()
    too_little: Summed = Summed()


def _by_state(batch_id: int) -> dict[int, _Answered]:
    with connection.cursor() as cursor:
        cursor.execute(BY_STATE, [batch_id])
        return {
            int(state): _Answered(
                int(count),
                int(fen),
                int(bank),
                Summed(int(n), int(more)),
                Summed(int(m), int(less)),
            )
            for state, count, fen, bank, more, n, less, m in cursor.fetchall()
        }
