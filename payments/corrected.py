"""What payees had of single amounts that are corrected, and owe back of it (更正前已付、应退差额).

Who is due more is paid the rest; who had more owes the difference, as the memo register keeps it
and nothing takes it back by itself. What a bank returned was not had.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.people.queries import canonical_id
from payments.ledger import memo
from payments.withdrawals import withdraw_returned

SOURCE = "payments.corrected"  # its numbers: the due, then the case that corrects

# What went to a bank; beside each what of it was found before to be owed back.
HAD = f"""
SELECT a.payee_id, b.book_id, a.due_ref, a.fen,
    coalesce((SELECT sum(m.fen) FROM ledger_memoentry m
        WHERE m.source = '{SOURCE}'
            AND split_part(m.source_id, '/', 1) = a.due_ref::text), 0)::bigint
FROM payments_attempt a JOIN payments_batch b ON b.id = a.batch_id
WHERE a.n = 1 AND a.due_ref = ANY (%(due_refs)s)
    AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = a.due_ref)
ORDER BY a.due_ref
"""
OWED_BACK = """
SELECT %(book)s::int AS book_id, %(party)s::bigint AS party_id, %(source_id)s AS source_id,
    %(fen)s::bigint AS fen
"""
RETURNED_DIFFERENCE = f"""
SELECT m.book_id, m.party_id, split_part(m.source_id, '/', 1) || '/returned' AS source_id,
    -sum(m.fen)::bigint AS fen
FROM ledger_memoentry m WHERE m.source = '{SOURCE}' AND EXISTS (
    SELECT FROM payments_withdrawn w WHERE w.due_ref::text = split_part(m.source_id, '/', 1))
GROUP BY m.book_id, m.party_id, split_part(m.source_id, '/', 1) HAVING sum(m.fen) <> 0
"""
# Whoever owes back the whole owes no difference besides.
WHOLE_INSTEAD = f"""
SELECT m.book_id, m.party_id, a.due_ref || '/undone' AS source_id, -sum(m.fen)::bigint AS fen
FROM payments_attempt a JOIN ledger_memoentry m ON m.source = '{SOURCE}'
    AND split_part(m.source_id, '/', 1) = a.due_ref::text
WHERE a.n = 1 AND a.due_ref = ANY (%(due_refs)s)
GROUP BY m.book_id, m.party_id, a.due_ref HAVING sum(m.fen) <> 0
"""
# Of these all is owed back: whose payee is none any more as corrected.
WHOLLY = f"""
SELECT a.due_ref FROM payments_attempt a WHERE a.n = 1 AND a.fen = (
    SELECT sum(m.fen) FROM ledger_memoentry m WHERE m.source = '{SOURCE}'
        AND split_part(m.source_id, '/', 1) = a.due_ref::text)
"""


GIVEN = "SELECT unnest(%(due_refs)s::bigint[])"


@dataclass(frozen=True)
class Had:
    """What a payee had by a due, and what of it he owes back already (已付)."""

    due_ref: int
    book_id: int
    fen: int
    owed_back_fen: int


def withdraw(*, due_refs: Sequence[int], source: str) -> int:
    """What banks returned of these dues is neither had nor paid again; rows written.

    The caller holds the transaction and the reissues, and records its act.
    """
    rows = withdraw_returned(select=GIVEN, source=source, parameters={"due_refs": list(due_refs)})
    return rows + _difference_not_owed()


def withdraw_wholly_owed() -> int:
    """The same of all that is owed back wholly, before each reissue: else it would be paid again;
    rows written."""
    rows = withdraw_returned(select=WHOLLY, source=SOURCE)
    return rows + _difference_not_owed() if rows else 0


def had_of(*, due_refs: Sequence[int]) -> dict[int, tuple[Had, ...]]:
    """Give by payee what went to a bank of these dues, and did not come back."""
    found: dict[int, list[Had]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(HAD, {"due_refs": list(due_refs)})
        for payee, book, due_ref, fen, owed_back in cursor.fetchall():
            found[canonical_id(party_id=payee)].append(Had(due_ref, book, fen, owed_back))
    return {payee: tuple(rows) for payee, rows in found.items()}


def sums(had: Mapping[int, Sequence[Had]]) -> dict[int, int]:
    """How much each payee had, in fen."""
    return {payee: sum(one.fen for one in rows) for payee, rows in had.items()}


def owe_back(*, case_id: int, payee_id: int, had: Sequence[Had], due_fen: int) -> int:
    """Put down what he had beyond what is due to him, f(known now) − f(known so far); rows written.

    The caller holds the transaction and records its act.
    """
    rows, left = 0, due_fen
    for one in had:
        kept = min(one.fen, left)
        left -= kept
        more = one.fen - kept - one.owed_back_fen
        if more:
            values: dict[str, Any] = {
                "book": one.book_id,
                "party": payee_id,
                "source_id": f"{one.due_ref}/{case_id}",
                "fen": more,
            }
            rows += memo.append(
                select=OWED_BACK, parameters=values, source=SOURCE, beyond_zero=more < 0
            )
    return rows


def whole_instead(*, due_refs: Sequence[int]) -> int:
    """Let nothing be owed back as a difference of dues that are owed back whole; rows written."""
    values: dict[str, Any] = {"due_refs": list(due_refs)}
    return memo.append(select=WHOLE_INSTEAD, parameters=values, source=SOURCE, beyond_zero=True)


def _difference_not_owed() -> int:
    return memo.append(select=RETURNED_DIFFERENCE, parameters={}, source=SOURCE, beyond_zero=True)
