"""Take each month's account part of a pension out of the account (待遇支付), set-wise.

A pension goes on for life: when the account is empty the pool pays on, and nothing leaves here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from backend.kernel.months import Month

PAY_OUT = """
WITH given (person_id, scheme, for_month, fen, source_id) AS MATERIALIZED ({select}),
fresh AS (
    SELECT g.* FROM given g WHERE NOT EXISTS (
        SELECT FROM accounts_accountentry e WHERE e.source = 'DUE' AND e.kind = 'PAYOUT'
            AND e.part = 'WHOLE' AND e.source_id = g.source_id AND e.for_month = g.for_month
            AND e.person_id = g.person_id AND e.scheme = g.scheme)),
held AS (
    SELECT e.person_id, e.scheme, sum(e.fen)::bigint AS fen FROM accounts_accountentry e
    WHERE (e.person_id, e.scheme) IN (SELECT person_id, scheme FROM fresh)
    GROUP BY e.person_id, e.scheme),
wanted AS (
    SELECT f.*, coalesce(h.fen, 0) - coalesce(sum(f.fen) OVER (
        PARTITION BY f.person_id, f.scheme ORDER BY f.for_month, f.source_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS left_fen
    FROM fresh f LEFT JOIN held h USING (person_id, scheme)),
taken AS (
    INSERT INTO accounts_accountentry
        (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
    SELECT person_id, scheme, 'PAYOUT', 'WHOLE', for_month, %(arrival)s, -least(fen, left_fen),
        'DUE', source_id
    FROM wanted WHERE fen > 0 AND left_fen > 0
    RETURNING fen)
SELECT (SELECT count(*) FROM taken), (SELECT coalesce(-sum(fen), 0)::bigint FROM taken),
    (SELECT coalesce(sum(fen), 0)::bigint FROM wanted WHERE fen > 0)
"""

LOCK = """
SELECT accounts_lock(array_agg(DISTINCT person_id)) FROM ({select})
    AS given (person_id, scheme, for_month, fen, source_id)
"""


@dataclass(frozen=True)
class PaidOut:
    """What left the accounts, and what the pool has to bear (支付结果)."""

    rows: int
    fen: int
    from_pool_fen: int


def pay_out(*, select: str, parameters: Mapping[str, Any], arrival: Month) -> PaidOut:
    """Take what ``select`` gives as (person_id, scheme, for_month, fen, source_id of the due), as
    far as the accounts go.

    A due whose part left before is left alone. ``arrival`` is the month in which it leaves. The
    caller records its act and holds the transaction.
    """
    values = {**parameters, "arrival": arrival.first_day}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK.format(select=select), values)
        cursor.execute(PAY_OUT.format(select=select), values)
        rows, fen, wanted = cursor.fetchone()
    return PaidOut(rows=rows, fen=fen, from_pool_fen=wanted - fen)
