"""List what the fund pays for who draws benefit (代缴名册): medical, near retirement also pension.

All who draw at once, each month by what is known now less what was listed so far: what is known
late – a claim, a job, a death – is put right in the next list. A month in which somebody else
insures the person is not paid for again. What is held waits with the benefit itself, until the
first period that is not held.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.collection.models import FundList
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.standing import weakest
from insurance.unemployment.contribution_booking import hold_lists
from insurance.unemployment.contributions import RULES, fund_contribution, fund_terms
from insurance.unemployment.paid_months import SCHEME
from payments.ledger.models import Book

# Who draws in which months until the period, and what is paid for them so far. Benefit is due for
# the month of a death; holds for want of an account or of a verified figure are not the person's.
KNOWN = """
WITH drawing AS MATERIALIZED (
    SELECT p.canonical_id AS person_id, e.id AS source_id, u.region, m.month::date AS month,
        coalesce(u.pension_months @> m.month::date, false) AS near
    FROM unemployment_claim_in_force u JOIN benefits_entitlement e ON e.id = u.entitlement_id
    JOIN people_canonical p ON p.party_id = e.person_id
    JOIN benefits_component c ON c.entitlement_id = e.id AND c.component = 'UNEMPLOYMENT'
        AND c.superseded_at IS NULL AND lower(c.valid) <= %(period)s
    CROSS JOIN LATERAL generate_series(lower(c.valid)::timestamp,
        least(upper(c.valid) - 1, %(period)s)::timestamp, interval '1 month') m (month)
    WHERE e.book_id = %(book)s
        AND NOT EXISTS (SELECT FROM benefits_stop s WHERE s.entitlement_id = e.id
            AND s.superseded_at IS NULL AND s.valid @> m.month::date)
        AND NOT EXISTS (SELECT FROM benefits_hold h WHERE h.entitlement_id = e.id
            AND h.superseded_at IS NULL AND h.valid @> m.month::date
            AND h.valid @> %(period)s::date)
        AND NOT EXISTS (SELECT FROM people_death x
            JOIN people_canonical o ON o.party_id = x.person_id
            WHERE o.canonical_id = p.canonical_id AND x.superseded_at IS NULL
                AND x.death_date < m.month::date)),
listed AS MATERIALIZED (
    SELECT p.canonical_id AS person_id, max(f.source_id) AS source_id, max(f.region) AS region,
        f.scheme, f.month, sum(f.fen)::bigint AS fen, sum(f.account_fen)::bigint AS account_fen
    FROM collection_fundline f JOIN collection_fundlist l ON l.id = f.list_id
        AND l.book_id = %(book)s
    JOIN people_canonical p ON p.party_id = f.person_id
    GROUP BY p.canonical_id, f.scheme, f.month),
wanted AS MATERIALIZED (
    SELECT DISTINCT ON (d.person_id, s.scheme, d.month)
        d.person_id, d.source_id, d.region, s.scheme, d.month
    FROM drawing d CROSS JOIN (VALUES ('310'), ('110')) s (scheme)
    WHERE (s.scheme = '310' OR d.near)
        AND NOT EXISTS (SELECT FROM enrolment_enrolment n
            JOIN people_canonical o ON o.party_id = n.person_id
            WHERE o.canonical_id = d.person_id AND n.scheme = s.scheme
                AND n.kind IN ('EMPLOYED', 'FLEXIBLE') AND n.superseded_at IS NULL
                AND n.valid @> d.month)
    ORDER BY d.person_id, s.scheme, d.month, d.source_id DESC)
"""

PLACES = f"{KNOWN} SELECT DISTINCT region, scheme, month FROM wanted ORDER BY 1, 2, 3"

# Months whose figures are not there are left as they are.
DIFFERENCE = f"""
{KNOWN},
said AS (
    SELECT * FROM jsonb_to_recordset(%(said)s::jsonb) AS s (region text, scheme text, month date,
        fen bigint, account_fen bigint)),
difference AS (
    SELECT coalesce(w.person_id, l.person_id) AS person_id,
        coalesce(w.source_id, l.source_id) AS source_id, coalesce(w.region, l.region) AS region,
        coalesce(w.scheme, l.scheme) AS scheme, coalesce(w.month, l.month) AS month,
        coalesce(s.fen, 0) - coalesce(l.fen, 0) AS fen,
        coalesce(s.account_fen, 0) - coalesce(l.account_fen, 0) AS account_fen
    FROM wanted w LEFT JOIN said s USING (region, scheme, month)
    FULL JOIN listed l ON l.person_id = w.person_id AND l.scheme = w.scheme AND l.month = w.month
    WHERE w.person_id IS NULL OR s.fen IS NOT NULL)
"""

COUNT = f"{DIFFERENCE} SELECT count(*) FROM difference WHERE fen <> 0"
LIST = f"""
{DIFFERENCE}
INSERT INTO collection_fundline
    (list_id, person_id, source_id, region, scheme, month, fen, account_fen)
SELECT %(list)s, person_id, source_id, region, scheme, month, fen, account_fen
FROM difference WHERE fen <> 0
"""


@dataclass(frozen=True)
class Figure:
    """What is paid for a month in a region and scheme (代缴标准)."""

    region: str
    scheme: str
    month: date
    fen: int
    account_fen: int
    standing: str
    steps: list[dict[str, Any]]

    def said(self) -> dict[str, object]:
        """As SQL reads it."""
        return {
            "region": self.region,
            "scheme": self.scheme,
            "month": self.month.isoformat(),
            "fen": self.fen,
            "account_fen": self.account_fen,
        }

    def kept(self) -> dict[str, object]:
        """As the list keeps it."""
        return {
            "region": self.region,
            "scheme": self.scheme,
            "month": str(Month.of(self.month)),
            "amount": str(Money(self.fen)),
            "to_account": str(Money(self.account_fen)),
            "standing": self.standing,
            "steps": self.steps,
        }


def list_contributions(
    *, period: Month, today: date, tell: Callable[[str], None]
) -> list[FundList]:
    """List a period's contributions of each book of the fund, once; [] when nothing is new.

    What has no figures that may count is told, and paid for when they are known.
    """
    books = Book.objects.filter(scheme=SCHEME).order_by("pk")
    found = (_list(book, period, today, tell) for book in books)
    return [one for one in found if one is not None]


@transaction.atomic
def _list(book: Book, period: Month, today: date, tell: Callable[[str], None]) -> FundList | None:
    hold_lists()
    with connection.cursor() as cursor:
        if FundList.objects.filter(book=book, period=period.first_day).exists():
            return None
        values: dict[str, Any] = {"book": book.pk, "period": period.first_day}
        cursor.execute(PLACES, values)
        figures = _figures(cursor.fetchall(), today, tell)
        values["said"] = json.dumps([one.said() for one in figures])
        cursor.execute(COUNT, values)
        (lines,) = cursor.fetchone()
        if not lines:
            return None
        made = FundList.objects.create(
            book=book,
            period=period.first_day,
            figures=[one.kept() for one in figures],
            policy_version=policy.version(),
            line_count=lines,
        )
        cursor.execute(LIST, values | {"list": made.pk})
        if cursor.rowcount != lines:
            raise AssertionError(f"{lines} differences were counted, {cursor.rowcount} listed")
        record(
            name="unemployment.list_contributions",
            subject_kind="collection.fund_list",
            subject_id=str(made.pk),
            rows=1 + lines,
        )
        faultpoint("unemployment.contributions.listed")
    return made


def _figures(
    places: list[tuple[str, str, date]], today: date, tell: Callable[[str], None]
) -> list[Figure]:
    found, missing = [], dict[str, str]()
    for region, scheme, day in places:
        try:
            found.append(_figure(region, scheme, Month.of(day), today))
        except (NotConfigured, NotVerified) as unknown:
            missing.setdefault(unknown.detail, RULES[scheme])
    for sentence in missing:
        tell(f"  暂不代缴：{sentence}")
    return found


def _figure(region: str, scheme: str, month: Month, today: date) -> Figure:
    terms = fund_terms(
        tree=policy.load(),
        scheme=scheme,
        region=region,
        month=month,
        known_on=today,
        demo=is_demo(),
    )
    found = fund_contribution(terms=terms)
    return Figure(
        region=region,
        scheme=scheme,
        month=month.first_day,
        fen=found.fen,
        account_fen=found.account_fen,
        standing=weakest(standings=(one.standing for one in terms.sources)).value,
        steps=kept(steps=found.steps),
    )
