"""Which months somebody paid for here, and on what base (实际缴费月份、缴费基数): read from bills.

A month counts when what was billed for it at first, the person's and the employer's part, is paid,
or when another fund paid for it (代缴). A difference that was billed since (补差) takes no month
away: until all is paid the month counts on the base that was billed first. What went away with the
relation (转移) counts no more.
What was paid before this system's own bills is not known here: it comes with papers.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import MILLION
from insurance.accounts.sent_away import counts_since
from insurance.collection.keys import payers_of
from insurance.collection.rules.bounds import Several, base_for
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, Terms, terms_for
from insurance.pension.index import PaidMonth
from insurance.pension.several import counted_bases
from insurance.policy import parameters as policy

SCHEME = "110"
SEVERAL = "pension.index_several_employers"

BILLED = """
WITH one AS (
    SELECT l.payer_id, l.month, l.part, l.fen AS first, l.fen + coalesce(d.fen, 0) AS owed,
        coalesce(a.fen, 0) AS paid
    FROM collection_billline l
    LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_billline
        WHERE key_id = l.id AND key_id <> id) d ON true
    LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation
        WHERE key_id = l.id) a ON true
    WHERE l.payer_id = ANY (%(payers)s) AND l.person_id = ANY (%(persons)s)
        AND l.scheme = %(scheme)s AND l.part IN (1, 2) AND l.key_id = l.id
        AND l.month BETWEEN %(since)s AND %(until)s)
SELECT o.payer_id, o.month, coalesce(sum(o.first) FILTER (WHERE o.part = 1), 0)::bigint,
    coalesce(sum(o.owed) FILTER (WHERE o.part = 1), 0)::bigint,
    bool_and(o.paid >= least(o.first, o.owed)), sum(o.paid) >= sum(o.owed), (
        SELECT w.monthly_fen FROM enrolment_wage w
        WHERE w.person_id = ANY (%(persons)s) AND w.valid @> o.month AND w.superseded_at IS NULL
            AND w.payer_id IS NOT DISTINCT FROM
                CASE WHEN o.payer_id = ANY (%(persons)s) THEN NULL ELSE o.payer_id END
        ORDER BY w.recorded_at DESC LIMIT 1)
FROM one o GROUP BY o.payer_id, o.month HAVING sum(o.owed) > 0
UNION ALL
SELECT max(f.person_id), f.month, sum(f.fen)::bigint, sum(f.fen)::bigint, true, true, NULL
FROM collection_fundline f JOIN collection_fundpayment p ON p.list_id = f.list_id
    AND p.scheme = f.scheme
WHERE f.person_id = ANY (%(persons)s) AND f.scheme = %(scheme)s
    AND f.month BETWEEN %(since)s AND %(until)s
GROUP BY f.month HAVING sum(f.fen) > 0
ORDER BY 2, 1
"""


@dataclass(frozen=True)
class History:
    """What was paid here, and what was billed and is not."""

    paid: tuple[PaidMonth, ...]
    open_months: tuple[Month, ...]
    differences: tuple[Month, ...] = ()  # months that count, and of which a difference is not paid

    @property
    def months(self) -> int:
        """How many months were paid for; two employers make one month."""
        return len({one.month for one in self.paid})


@dataclass(frozen=True)
class _Row:
    payer_id: int
    month: Month
    first_fen: int  # the person's part as billed at first
    owed_fen: int  # with what was billed by difference
    counts: bool
    settled: bool  # with every difference
    wage_fen: int | None

    @property
    def own_fen(self) -> int:
        """The person's part of what the month counts on."""
        return self.owed_fen if self.settled else self.first_fen


def history_of(*, person_id: int, since: Month, until: Month, region: str, on: date) -> History:
    """Give what a person paid for the months from ``since`` to ``until``, as known on a day."""
    payers, persons = payers_of(person_id=person_id)
    values: dict[str, Any] = {
        "payers": payers,
        "persons": persons,
        "scheme": SCHEME,
        "since": counts_since(person_id=person_id, scheme=SCHEME, since=since).first_day,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(BILLED, values)
        rows = [_Row(row[0], Month.of(row[1]), *row[2:]) for row in cursor.fetchall()]
    paid = [row for row in rows if row.counts or row.settled]
    counted = {row.month for row in paid}
    capacity = {row: FLEXIBLE if row.payer_id in persons else EMPLOYED for row in paid}
    terms = {key: _terms(*key, region, on) for key in {(capacity[row], row.month) for row in paid}}
    bases = [PaidMonth(row.month, _base(row, terms[capacity[row], row.month])) for row in paid]
    rule = policy.load().resolve(SEVERAL, region, until.first_day, demo=True)
    return History(
        paid=counted_bases(
            paid=bases,
            ceilings={month: of.bounds.ceiling_fen for (_, month), of in terms.items()},
            rule=Several[rule.text],
        ),
        open_months=tuple(sorted({row.month for row in rows} - counted)),
        differences=tuple(sorted({row.month for row in paid if not row.settled})),
    )


def _base(row: _Row, terms: Terms) -> int:
    """The base of the wage in force, when it is the one that was billed; else what was billed says
    the base, by the rate."""
    base = base_for(wage_fen=row.wage_fen, bounds=terms.bounds, several=terms.several).fen
    if terms.person.of(base) == row.own_fen:
        return base
    return Money(row.own_fen * MILLION).divide(terms.person.ppm, Rounding.HALF_UP_FEN).fen


def _terms(kind: str, month: Month, region: str, on: date) -> Terms:
    return terms_for(
        tree=policy.load(),
        scheme=SCHEME,
        kind=kind,
        region=region,
        month=month,
        known_on=on,
        demo=True,  # they tell the base that was billed; whether it might be is long decided
    )
