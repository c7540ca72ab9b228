"""Write entries of personal accounts (记账), set-wise and each once; read balances (余额)."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from backend.kernel.errors import Refusal
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource

APPEND = """
WITH given (person_id, scheme, part, for_month, arrival_month, fen, source_id) AS MATERIALIZED (
    {select}),
added AS (
    INSERT INTO accounts_accountentry
        (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id, n)
    SELECT person_id, scheme, %(entry_kind)s, part, for_month, arrival_month, fen,
        %(entry_source)s, source_id, %(entry_n)s FROM given
    ON CONFLICT (source_id, source, kind, part, for_month, person_id, scheme, n) DO NOTHING
    RETURNING 1)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM given)
"""

DIFFERING = """
WITH given (person_id, scheme, part, for_month, arrival_month, fen, source_id) AS MATERIALIZED (
    {select})
SELECT count(*) FROM given g LEFT JOIN accounts_accountentry e ON e.source = %(entry_source)s
    AND e.source_id = g.source_id AND e.kind = %(entry_kind)s AND e.part = g.part
    AND e.for_month = g.for_month AND e.person_id = g.person_id AND e.scheme = g.scheme
    AND e.n = %(entry_n)s
WHERE (e.fen, e.arrival_month) IS DISTINCT FROM (g.fen::bigint, g.arrival_month)
"""


class EntryDiffers(Refusal):
    """The same source was entered before with another amount (同一依据已按不同金额记账)."""

    code = "account_entry_differs"


def append(
    *, select: str, parameters: Mapping[str, Any], kind: EntryKind, source: EntrySource, n: int = 0
) -> int:
    """Enter what ``select`` gives as (person_id, scheme, part, for_month, arrival_month, fen,
    source_id); gives the rows added.

    What is there already, with the same amounts and arrival, is left alone; ``n`` tells several
    times of one source apart. One statement for any
    number of rows; the caller records its act and holds the transaction. ``select`` is a constant
    of our own, its values are ``parameters``.

    Raises:
        EntryDiffers: something is there with another amount or arrival; nothing is entered.
        IntegrityError: see ``accounts_entries_stand()``.
    """
    values = {**parameters, "entry_kind": kind.value, "entry_source": source.value, "entry_n": n}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(APPEND.format(select=select), values)
        added, given = cursor.fetchone()
        if added < given:
            cursor.execute(DIFFERING.format(select=select), values)
            (differing,) = cursor.fetchone()
            if differing:
                raise EntryDiffers(
                    f"有 {differing} 笔已按不同金额或到账月份记账。", source=source.value
                )
    return int(added)


def balance(*, person_id: int, scheme: str) -> int:
    """Give what an account holds, in fen."""
    rows = AccountEntry.objects.filter(person=person_id, scheme=scheme)
    return rows.aggregate(fen=Sum("fen"))["fen"] or 0


def lock(*, person_ids: Collection[int]) -> None:
    """Let nobody else take from these persons' accounts until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_lock(%s)", [sorted(person_ids)])
