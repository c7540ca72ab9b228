"""Take each month's account part of a pension out of the account (待遇支付), set-wise.

A pension goes on for life: when the account is empty the pool pays on, and nothing leaves here.
Accounts under entries that were merged into one are one person's, and pay the same pension. What
the bank returned after it had been paid comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from backend.kernel.months import Month

# Whose account it is says the family: who lives on, and all entries that were merged into it.
GIVEN = """
DROP TABLE IF EXISTS pg_temp.account_given, pg_temp.account_holder;
CREATE TEMPORARY TABLE account_given ON COMMIT DROP AS
SELECT g.*, coalesce(a.survivor_id, g.person_id) AS lives_on_as
FROM ({select}) AS g (person_id, scheme, for_month, fen, source_id, n)
LEFT JOIN people_alias a ON a.party_id = g.person_id
WHERE fen > 0 AND NOT EXISTS (
    SELECT FROM accounts_accountentry e WHERE e.source = 'DUE' AND e.kind = 'PAYOUT'
        AND e.part = 'WHOLE' AND e.source_id = g.source_id AND e.for_month = g.for_month
        AND e.scheme = g.scheme AND e.n = g.n);
CREATE TEMPORARY TABLE account_holder ON COMMIT DROP AS
WITH owner AS (SELECT DISTINCT lives_on_as, scheme FROM account_given)
SELECT lives_on_as, scheme, lives_on_as AS person_id FROM owner
UNION ALL
SELECT o.lives_on_as, o.scheme, a.party_id FROM owner o
JOIN people_alias a ON a.survivor_id = o.lives_on_as
"""

# Only who has an account waits here for whoever draws on it at the same time.
LOCK = """
ANALYZE account_given, account_holder;
SELECT accounts_lock(array_agg(DISTINCT h.person_id)) FROM account_holder h
WHERE EXISTS (SELECT FROM accounts_accountentry e
    WHERE e.person_id = h.person_id AND e.scheme = h.scheme)
"""

# Dues one after the other take from accounts one after the other, the survivor's first. Nothing
# leaves in a closed year, nor before what came in last: a year never closes below zero.
TAKE = """
WITH held AS (
    SELECT h.lives_on_as, h.scheme, h.person_id, sum(e.fen)::bigint AS fen,
        max(e.arrival_month) AS last_month
    FROM account_holder h
    JOIN accounts_accountentry e ON e.person_id = h.person_id AND e.scheme = h.scheme
    GROUP BY 1, 2, 3 HAVING sum(e.fen) > 0),
holding AS (
    SELECT h.*, (sum(fen) OVER (PARTITION BY lives_on_as, scheme
        ORDER BY person_id <> lives_on_as, person_id) - fen)::bigint AS before
    FROM held h),
wanted AS (
    SELECT g.*, (sum(fen) OVER (PARTITION BY lives_on_as, scheme
        ORDER BY for_month, source_id, n) - fen)::bigint AS before
    FROM account_given g),
leaving AS (
    SELECT h.person_id, h.scheme, w.for_month, w.source_id, w.n,
        greatest(%(arrival)s, h.last_month, o.first_open) AS arrival,
        least(w.before + w.fen, h.before + h.fen) - greatest(w.before, h.before) AS fen
    FROM wanted w JOIN holding h USING (lives_on_as, scheme)
    LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
        FROM accounts_interestrun GROUP BY scheme) o USING (scheme)),
taken AS (
    INSERT INTO accounts_accountentry
        (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id, n)
    SELECT person_id, scheme, 'PAYOUT', 'WHOLE', for_month, arrival, -fen, 'DUE', source_id, n
    FROM leaving WHERE fen > 0
    RETURNING fen)
SELECT (SELECT count(*) FROM taken), (SELECT coalesce(-sum(fen), 0)::bigint FROM taken),
    (SELECT coalesce(sum(fen), 0)::bigint FROM account_given)
"""

# In the month in which it left, as if it never had; where that year is closed, the January after.
RETURN = """
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id, n)
SELECT e.person_id, e.scheme, 'RETURNED', 'WHOLE', e.for_month,
    greatest(e.arrival_month, o.first_open), -e.fen, 'DUE', e.source_id, e.n
FROM ({select}) AS g (source_id, n)
JOIN accounts_accountentry e ON e.source = 'DUE' AND e.source_id = g.source_id
    AND e.kind = 'PAYOUT' AND e.n = g.n
LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) o ON o.scheme = e.scheme
ON CONFLICT (source_id, source, kind, part, for_month, person_id, scheme, n) DO NOTHING
"""


@dataclass(frozen=True)
class PaidOut:
    """What left the accounts, and what the pool has to bear (支付结果)."""

    rows: int
    fen: int
    from_pool_fen: int


def pay_out(*, select: str, parameters: Mapping[str, Any], arrival: Month) -> PaidOut:
    """Take what ``select`` gives as (person_id, scheme, for_month, fen, source_id of the due, n of
    its attempt), as far as the accounts go.

    An attempt whose part left before is left alone. ``arrival`` is the month in which it leaves.
    The caller records its act and holds the transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GIVEN.format(select=select), parameters)
        cursor.execute(LOCK)
        cursor.execute(TAKE, {"arrival": arrival.first_day})
        rows, fen, wanted = cursor.fetchone()
    return PaidOut(rows=rows, fen=fen, from_pool_fen=wanted - fen)


def give_back(*, select: str, parameters: Mapping[str, Any]) -> int:
    """Put back what left for the attempts that ``select`` gives as (due, n); rows written.

    What came back before, or never left, is left alone. The caller records its act.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RETURN.format(select=select), parameters)
        return int(cursor.rowcount)
