"""What was billed and paid for somebody (缴费情况): by month and payer, on which base. From bills.

A month counts when what was billed for it at first, the person's and the employer's part, is paid,
or when what another fund paid for it (代缴) has arrived; a one-off payment is no month's. A
difference that was billed since (补差) takes no month away: until all is paid the month counts on
the base that was billed first.
What was paid before this system's own bills is not known here: it comes with papers. Of a month
taken over open (接管欠缴) only the open part is: its base is that of the wage. Of residents
it is the January of the year that counts, when the own part and what is paid on behalf are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import MILLION
from insurance.collection.keys import payers_of
from insurance.collection.rules.bounds import base_for
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, Terms, terms_for
from insurance.policy import parameters as policy
from insurance.policy.rounding import TO_FEN

BILLED = """
WITH one AS (
    SELECT l.payer_id, l.month, l.part, l.run_id, l.fen AS first,
        l.fen + coalesce(d.fen, 0) AS owed, coalesce(a.fen, 0) AS paid
    FROM collection_billline l
    LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_billline
        WHERE key_id = l.id AND key_id <> id) d ON true
    LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation
        WHERE key_id = l.id AND (%(paid_by)s::timestamptz IS NULL OR EXISTS (
            SELECT FROM collection_match m
            WHERE m.id = match_id AND m.recorded_at <= %(paid_by)s))) a ON true
    WHERE l.payer_id = ANY (%(payers)s) AND l.person_id = ANY (%(persons)s)
        AND l.scheme = %(scheme)s AND l.part IN (1, 2, 5) AND l.key_id = l.id
        AND l.run_id NOT IN (SELECT id FROM collection_billrun WHERE kind = 'ONE_OFF')
        AND l.month BETWEEN %(since)s AND %(until)s)
SELECT o.payer_id, o.month, coalesce(sum(o.first) FILTER (WHERE o.part <> 2), 0)::bigint,
    coalesce(sum(o.owed) FILTER (WHERE o.part <> 2), 0)::bigint, sum(o.paid)::bigint,
    sum(o.paid) >= sum(least(o.first, o.owed)), sum(o.paid) >= sum(o.owed), (
        SELECT w.monthly_fen FROM enrolment_wage w
        WHERE w.person_id = ANY (%(persons)s) AND w.valid @> o.month AND w.superseded_at IS NULL
            AND w.payer_id IS NOT DISTINCT FROM
                CASE WHEN o.payer_id = ANY (%(persons)s) THEN NULL ELSE o.payer_id END
        ORDER BY w.recorded_at DESC LIMIT 1),
    bool_or(o.run_id IN (SELECT id FROM collection_billrun WHERE kind IN ('TAKEN_OVER', 'AMENDED')))
FROM one o GROUP BY o.payer_id, o.month HAVING sum(o.owed) > 0
UNION ALL
SELECT NULL, f.month, sum(f.fen)::bigint, sum(f.fen)::bigint, sum(f.fen)::bigint, true, true, NULL,
    false
FROM collection_fundline f JOIN collection_fundpayment p ON p.list_id = f.list_id
    AND p.scheme = f.scheme
JOIN collection_fundreceipt r ON r.payment_id = p.id
WHERE f.person_id = ANY (%(persons)s) AND f.scheme = %(scheme)s
    AND f.month BETWEEN %(since)s AND %(until)s
GROUP BY f.month HAVING sum(f.fen) > 0
ORDER BY 2, 1 NULLS FIRST
"""


@dataclass(frozen=True)
class Billed:
    """What one payer was billed for somebody's month (某月应缴实缴)."""

    payer_id: int | None  # none: another fund
    month: Month
    first_fen: int  # the person's part, with what others pay of it, as billed at first
    owed_fen: int  # with what was billed by difference
    paid_fen: int  # of all parts
    first_paid: bool
    settled: bool  # with every difference
    wage_fen: int | None
    kind: str  # in which capacity
    is_rest: bool = False  # of what an old system billed only the rest is known

    @property
    def counts(self) -> bool:
        """Whether the month counts as paid."""
        return self.first_paid or self.settled

    @property
    def own_fen(self) -> int:
        """The person's part of what the month counts on."""
        return self.owed_fen if self.settled else self.first_fen


def billed_of(
    *, person_id: int, scheme: str, since: Month, until: Month, paid_by: datetime | None = None
) -> list[Billed]:
    """Give what was billed for a person from ``since`` to ``until``, as any entry, by month; of
    what was paid only that which was matched by ``paid_by``."""
    payers, persons = payers_of(person_id=person_id)
    values: dict[str, Any] = {
        "payers": payers,
        "persons": persons,
        "scheme": scheme,
        "since": since.first_day,
        "until": until.first_day,
        "paid_by": paid_by,
    }
    with connection.cursor() as cursor:
        cursor.execute(BILLED, values)
        rows = cursor.fetchall()
    alone = {None, *persons}
    return [
        Billed(
            payer_id=payer,
            month=Month.of(day),
            first_fen=first,
            owed_fen=owed,
            paid_fen=paid,
            first_paid=first_paid,
            settled=settled,
            wage_fen=wage,
            kind=FLEXIBLE if payer in alone else EMPLOYED,
            is_rest=is_rest,
        )
        for payer, day, first, owed, paid, first_paid, settled, wage, is_rest in rows
    ]


def terms_of(
    *, paid: list[Billed], scheme: str, region: str, on: date
) -> Mapping[tuple[str, Month], Terms]:
    """Give by capacity and month what was billed by, as known on a day.

    Raises:
        NotConfigured: a month has no figures.
    """
    return {
        (kind, month): terms_for(
            tree=policy.load(),
            scheme=scheme,
            kind=kind,
            region=region,
            month=month,
            known_on=on,
            demo=True,  # they tell the base that was billed; whether it might be is long decided
        )
        for kind, month in sorted({(one.kind, one.month) for one in paid})
    }


def base_of(*, billed: Billed, terms: Terms) -> int:
    """The base of the wage in force, when it is the one that was billed; else what was billed says
    the base, by the rate."""
    base = base_for(wage_fen=billed.wage_fen, bounds=terms.bounds, several=terms.several).fen
    if terms.person.of(base) == billed.own_fen or (billed.is_rest and billed.wage_fen):
        return base
    return Money(billed.own_fen * MILLION).divide(terms.person.ppm, TO_FEN).fen
