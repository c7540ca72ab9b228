"""Owe what a decision gives back (应退库款), and keep it after all (撤回): register and accounts.

The decision takes the money out of what is matched, or closes the suspense; until the treasury has
paid, it is owed line by line. What does not go back after all is where it was: matched beyond what
is billed, or in suspense again.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from insurance.collection.matching.allocate import close_match, open_match, record_match
from insurance.collection.matching.credit_accounts import credit_again
from insurance.collection.models import (
    Channel,
    LinePart,
    Match,
    MatchKind,
    MatchTotal,
    RefundState,
    Suspense,
    TreasuryRefund,
)
from insurance.collection.refund_answers import channel_of

# What a refund's match took from keys of its payer, month and part, given back to them.
GIVEN_BACK = """
WITH given AS MATERIALIZED (
    SELECT a.key_id, l.payer_id, l.scheme, l.month, l.part, -sum(a.fen)::bigint AS fen,
        -sum(a.account_fen)::bigint AS account_fen
    FROM collection_treasuryrefund t JOIN collection_allocation a ON a.match_id = t.match_id
    JOIN collection_billline l ON l.id = a.key_id
        AND (l.payer_id, l.month, l.part) = (t.payer_id, t.month, t.part)
    WHERE t.id = ANY (%(refunds)s)
    GROUP BY 1, 2, 3, 4, 5),
summed AS (
    INSERT INTO match_made SELECT key_id, payer_id, scheme, month, part, fen, account_fen
    FROM given)
INSERT INTO collection_allocation (key_id, match_id, funds_id, fen, account_fen)
SELECT key_id, %(match)s, key_id, fen, account_fen FROM given
"""

WAITING_AGAIN = """
INSERT INTO collection_suspense (receipt_id, match_id, fen, reason, owner_role, opened_on, decision)
SELECT s.receipt_id, %(match)s, s.fen, s.reason, s.owner_role, s.opened_on, ''
FROM collection_treasuryrefund t JOIN collection_suspense s ON s.id = t.suspense_id
WHERE t.id = ANY (%(refunds)s)
"""


def owe_match(*, match: Match, person_id: int | None) -> int:
    """Owe what a match of a refund took back, by payer, month and part; the rows written."""
    totals = MatchTotal.objects.filter(match=match, fen__lt=0).order_by("payer_id", "month", "part")
    made = [
        TreasuryRefund(
            case_id=match.case_id or 0,
            match=match,
            channel=channel_of(part=LinePart(one.part)),
            payer_id=one.payer_id,
            person_id=person_id,
            scheme=one.scheme,
            month=one.month,
            part=one.part,
            fen=-one.fen,
            decided_on=match.matched_on,
        )
        for one in totals
    ]
    return len(TreasuryRefund.objects.bulk_create(made))


def owe_suspense(*, suspense: Suspense, case_id: int, day: date) -> TreasuryRefund:
    """Owe a suspense that goes back to whoever paid it."""
    receipt = suspense.receipt
    return TreasuryRefund.objects.create(
        case_id=case_id,
        suspense=suspense,
        channel=Channel(receipt.channel),
        payer_id=receipt.payer_id,
        person_id=receipt.person_id,
        scheme=receipt.scheme,
        month=receipt.month,
        fen=suspense.fen,
        decided_on=day,
    )


def keep_after_all(*, refunds: Sequence[TreasuryRefund], case_id: int, today: date) -> int:
    """Withdraw refunds that the treasury has not paid: as if nobody had asked; rows written.

    The caller holds the refunds' rows, the matches and the transaction.
    """
    match = open_match(kind=MatchKind.UNDONE, period=Month.of(today), today=today, case_id=case_id)
    for refund in refunds:
        refund.state, refund.undone = RefundState.WITHDRAWN, match
        refund.save(update_fields=["state", "undone"])
    values: dict[str, Any] = {"refunds": [refund.pk for refund in refunds], "match": match.pk}
    rows = len(refunds)
    with connection.cursor() as cursor:
        for statement in (GIVEN_BACK, WAITING_AGAIN):
            cursor.execute(statement, values)
            rows += cursor.rowcount
    rows += close_match(match=match)
    record_match(match=match, rows=rows + 1)
    credit_again(match=match, refunds=refunds)
    return rows
