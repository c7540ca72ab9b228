"""Set off credits (抵缴): what was matched beyond what is billed now pays other lines of its payer
and scheme, before bills go out, which ask for the less. What a payer was asked for already and may
still pay in time is left to his payment."""

from datetime import date

from django.db import connection, transaction

from backend.kernel.months import Month
from insurance.collection.matching import cleared
from insurance.collection.matching.allocate import (
    allocate,
    close_match,
    open_match,
    parts_of,
    record_match,
    take_back,
    wait_for_others,
)
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.match_receipts import order_of
from insurance.collection.models import LinePart, Match, MatchKind
from insurance.collection.rules.lines import Part
from insurance.collection.rules.match import OWN_PARTS, YEARLY, purse_of_credit

SET_OFF_JOB = "collection.set_off"

# Keys that may have been paid more than is billed now, or credited another part than belongs to
# the account. ``excess_fen`` is a credit; the account part of what is not in excess is put right.
STOOD = """
CREATE TEMP TABLE match_stood ON COMMIT DROP AS
WITH reduced AS (SELECT DISTINCT key_id FROM collection_billline
    WHERE fen < 0 OR key_id <> id AND fen = 0),
stood AS (
    SELECT l.id AS key_id, l.payer_id, l.person_id, l.scheme, l.month, l.part,
        l.fen + coalesce(d.fen, 0) AS fen,
        l.account_fen + coalesce(d.account_fen, 0) AS account_fen,
        coalesce(a.fen, 0) AS matched, coalesce(a.account_fen, 0) AS credited
    FROM reduced r JOIN collection_billline l ON l.id = r.key_id
    LEFT JOIN LATERAL (SELECT sum(fen)::bigint AS fen, sum(account_fen)::bigint AS account_fen
        FROM collection_billline WHERE key_id = r.key_id AND key_id <> id) d ON true
    LEFT JOIN LATERAL (SELECT sum(fen)::bigint AS fen, sum(account_fen)::bigint AS account_fen
        FROM collection_allocation WHERE key_id = r.key_id) a ON true)
SELECT *, greatest(matched - fen, 0) AS excess_fen,
    CASE WHEN fen <= 0 THEN 0 ELSE (2 * account_fen * least(matched, fen) + fen) / (2 * fen) END
        - credited AS change
FROM stood WHERE matched > fen OR matched > 0 AND fen > 0
    AND (2 * account_fen * matched + fen) / (2 * fen) <> credited
"""

# Whose account does not hold any more what would be taken from it: people decide on those.
KEEP = """
DELETE FROM match_stood s USING (
    SELECT t.person_id, t.scheme FROM (SELECT person_id, scheme, -sum(change) AS fen
        FROM match_stood WHERE change < 0 GROUP BY 1, 2) t
    WHERE t.fen > coalesce((SELECT sum(e.fen) FROM accounts_accountentry e
        WHERE e.person_id = t.person_id AND e.scheme = t.scheme), 0)) short
WHERE s.change < 0 AND s.person_id = short.person_id AND s.scheme = short.scheme
"""

CREDITS = """
SELECT s.key_id, s.payer_id, s.scheme, s.excess_fen, %(today)s::date, NULL::date,
    CASE WHEN s.scheme = ANY (%(yearly)s) AND s.part = ANY (%(own)s) THEN s.person_id END,
    NULL::smallint, p.purse::smallint[]
FROM match_stood s
JOIN (SELECT unnest(%(parts)s::int[]) AS part, unnest(%(purses)s::text[]) AS purse) p
    ON p.part = s.part
WHERE s.excess_fen > 0
"""

GIVEN = "SELECT funds_id, sum(fen)::bigint FROM match_made GROUP BY funds_id"
PUT_RIGHT = "SELECT key_id, 0::bigint FROM match_stood WHERE excess_fen = 0 AND change <> 0"


@transaction.atomic
def set_off(*, period: Month, today: date) -> int:
    """Set credits off and enter in the accounts what that moves; rows written, 0 where it is
    nothing. A second call finds nothing.
    """
    match = set_off_credits(period=period, today=today)
    return 0 if match is None else 1 + credit_accounts(match=match)


@transaction.atomic
def set_off_credits(*, period: Month, today: date) -> Match | None:
    """Let what was matched beyond what is billed now pay other lines of its payer and scheme; None
    when nothing moves. What pays nothing stays where it is: a credit, for the next time or refund.
    """
    wait_for_others()
    order = order_of(today=today)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.match_stood")
        cursor.execute(STOOD)
        cursor.execute(cleared.NO_CREDIT, cleared.VALUES)
        cursor.execute(KEEP)
        cursor.execute("ANALYZE match_stood")
        cursor.execute("SELECT EXISTS (SELECT FROM match_stood)")
        if not cursor.fetchone()[0]:
            return None
    purses = {LinePart[part.name].value: parts_of(purse=purse_of_credit(part)) for part in Part}
    values = {
        "today": today,
        "yearly": list(YEARLY),
        "own": [LinePart[part.name].value for part in OWN_PARTS],
        "parts": list(purses),
        "purses": [f"{{{','.join(map(str, purse))}}}" for purse in purses.values()],
    }
    with transaction.atomic():
        match = open_match(kind=MatchKind.CREDITS, period=period, today=today, order=order)
        rows = allocate(match=match, select=CREDITS, parameters=values, order=order)
        rows += take_back(match=match, select=GIVEN, parameters={})
        rows += take_back(match=match, select=PUT_RIGHT, parameters={})
        if not rows:
            transaction.set_rollback(True)
            return None
        rows += close_match(match=match)
        record_match(match=match, rows=rows + 1)
    return match
