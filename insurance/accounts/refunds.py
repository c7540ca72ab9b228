"""Give back the account part of doubled months (清退): what enrolment cleared, by difference.

Own contributions and collective aid of these months go back to the person, without the subsidy
(人社部发〔2014〕17号). A year's contribution goes back by months: so many twelfths as months of its
year were cleared. Each reading gives back f(known now) − f(given back so far), so that what comes
in later goes back at the next one. More than the account holds does not: ``owed_refunds`` lists
that for people. Where both enrolments were in one scheme, under whichever numbers of the person,
only collection knows which contribution was for which: it refunds those itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, QuerySet

from backend.audit.record import record
from backend.deployment import is_demo
from backend.kernel.months import Month
from insurance.accounts.entries import append, balance, lock
from insurance.accounts.facts import leaving_month
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    Outgoing,
    Part,
    Scheme,
)
from insurance.accounts.refund_steps import ContributionCleared, cleared_steps
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.retirement import month_said

PARTS = ("PERSON", "COLLECTIVE")
YEARLY = (Scheme.RESIDENT_PENSION,)  # one contribution a year, which stands in January
SHARE_RULE, TWELFTHS = "resident_pension.cleared_share", "TWELFTHS"
log = structlog.get_logger(__name__)

# What is still to go back of each case, person, part and contribution; ``cleared_share`` in
# ``shares.py`` is the rule of one of them.
OWED = """
WITH month AS (
    SELECT c.case_id, c.person_id, c.scheme, CASE WHEN c.scheme = ANY (%(yearly)s)
            THEN date_trunc('year', m)::date ELSE m::date END AS for_month,
        CASE WHEN c.scheme = ANY (%(yearly)s) THEN 12 ELSE 1 END AS whole
    FROM enrolment_cleared c CROSS JOIN LATERAL generate_series(c.from_month::timestamp,
        c.until_month::timestamp - interval '1 month', interval '1 month') AS m
    WHERE c.scheme = ANY (%(schemes)s)
        AND NOT EXISTS (SELECT FROM people_canonical o
            JOIN people_canonical f ON f.canonical_id = o.canonical_id
            JOIN enrolment_enrolment e ON e.person_id = f.party_id AND e.scheme = c.scheme
                AND e.superseded_at IS NULL AND e.valid && daterange(c.from_month, c.until_month)
            WHERE o.party_id = c.person_id)),
share AS (
    SELECT case_id, person_id, scheme, for_month, whole,
        sum(count(*)) OVER (PARTITION BY person_id, scheme, for_month ORDER BY case_id) AS until,
        count(*) AS months
    FROM month GROUP BY 1, 2, 3, 4, 5),
paid AS (
    SELECT e.person_id, e.scheme, e.part, e.for_month, greatest(sum(e.fen), 0)::bigint AS fen
    FROM accounts_accountentry e
    WHERE (e.person_id, e.scheme) IN (SELECT person_id, scheme FROM share)
        AND (e.kind = 'CREDIT' OR e.kind = 'REFUND' AND e.source = 'ALLOCATION')
        AND e.part = ANY (%(parts)s)
    GROUP BY 1, 2, 3, 4),
due AS (
    SELECT s.case_id, s.person_id, s.scheme, p.part, s.for_month,
        p.fen AS paid_fen, s.until, s.months, s.whole,
        (2 * p.fen * least(s.until, s.whole)::bigint + s.whole) / (2 * s.whole)
        - (2 * p.fen * least(s.until - s.months, s.whole)::bigint + s.whole) / (2 * s.whole) AS fen
    FROM share s JOIN paid p USING (person_id, scheme, for_month))
SELECT d.case_id, d.person_id, d.scheme, d.part, d.for_month, d.paid_fen, d.until, d.months,
    d.whole, h.fen AS had_fen, d.fen - h.fen AS fen
FROM due d CROSS JOIN LATERAL (
    SELECT coalesce(-sum(r.fen), 0)::bigint AS fen FROM accounts_accountentry r
    WHERE r.source = 'CASE' AND r.source_id = d.case_id AND r.kind = 'REFUND' AND r.part = d.part
        AND r.for_month = d.for_month AND r.person_id = d.person_id AND r.scheme = d.scheme) h
"""
TOTALS = f"""
SELECT case_id, person_id, scheme, sum(fen)::bigint FROM ({OWED}) o WHERE fen > 0
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
# How much of each contribution: as far as the account goes, one after the other.
EXPLAINED = f"""
SELECT part, for_month, paid_fen, until::int, months::int, whole, had_fen,
    least(fen, %(held)s - before)::bigint
FROM (SELECT o.*, (sum(fen) OVER (ORDER BY part, for_month) - fen)::bigint AS before
    FROM ({OWED}) o WHERE fen > 0 AND case_id = %(case)s AND person_id = %(person)s
        AND scheme = %(scheme)s) g
WHERE before < %(held)s ORDER BY part, for_month
"""
GIVEN = f"""
SELECT person_id, scheme, part, for_month, %(arrival)s::date,
    -least(fen, %(held)s - before)::bigint, case_id
FROM (SELECT o.*, (sum(fen) OVER (ORDER BY part, for_month) - fen)::bigint AS before
    FROM ({OWED}) o WHERE fen > 0 AND case_id = %(case)s AND person_id = %(person)s
        AND scheme = %(scheme)s) g
WHERE before < %(held)s
"""


@dataclass(frozen=True)
class Owed:
    """What a decided case has yet to give back to a person (待清退)."""

    case_id: int
    person_id: int
    scheme: str
    fen: int


def owed_refunds() -> list[Owed]:
    """List what was cleared and has not gone back: after a reading, what the accounts lack."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, _terms())
        return [Owed(*row) for row in cursor.fetchall()]


def refund_cleared(*, month: Month) -> int:
    """Refund in ``month`` all that was cleared and is still in the accounts; rows written.

    Raises:
        NotConfigured, NotVerified: a year's contribution is owed, and there is no rule for it that
            may be used.
    """
    with transaction.atomic():
        owing = owed_refunds()
        if any(owed.scheme in YEARLY for owed in owing):
            _require_twelfths(month)
        rows = sum(_tried(owed, month) for owed in owing)
        if rows:
            record(
                name="accounts.refund_cleared",
                subject_kind="accounts.refund",
                subject_id=str(month),
                rows=rows,
            )
    return rows


def _require_twelfths(month: Month) -> None:
    rule = policy.load().resolve(SHARE_RULE, "000000", month.first_day, demo=is_demo())
    if rule.text != TWELFTHS:
        raise ValueError(f"no such rule for cleared years: {rule.text}")


def _tried(owed: Owed, month: Month) -> int:
    """What the database refuses stays in the list for people; the month's end goes on."""
    try:
        with transaction.atomic():
            return _refund(owed, month)
    except IntegrityError as refused:
        log.warning("个人账户清退未办理", case_id=owed.case_id, reason=str(refused)[:200])
        return 0


def _refund(owed: Owed, month: Month) -> int:
    lock(person_ids=[owed.person_id])
    held = balance(person_id=owed.person_id, scheme=owed.scheme)
    if held <= 0:
        return 0
    leaves = leaving_month(person_ids=[owed.person_id], scheme=owed.scheme, month=month)
    n = _readings(owed) + 1
    values = {
        **_terms(),
        "case": owed.case_id,
        "person": owed.person_id,
        "scheme": owed.scheme,
        "held": held,
        "arrival": leaves.first_day,
    }
    steps = cleared_steps(cleared=_cleared(owed, values), held_fen=held)
    rows = append(
        select=GIVEN,
        parameters=values,
        kind=EntryKind.REFUND,
        source=EntrySource.CASE,
        n=n,
    )
    if not rows:
        return 0
    Outgoing.objects.create(
        person_id=owed.person_id,
        scheme=owed.scheme,
        kind=EntryKind.REFUND,
        payee_id=owed.person_id,
        month=leaves.first_day,
        fen=_given(owed, n),
        case_id=owed.case_id,
        n=n,
        reckoned=kept(steps=steps),
    )
    return rows + 1


def _cleared(owed: Owed, values: Mapping[str, Any]) -> list[ContributionCleared]:
    with connection.cursor() as cursor:
        cursor.execute(EXPLAINED, values)
        rows = cursor.fetchall()
    return [
        ContributionCleared(_said(owed.scheme, Month.of(month), Part(part)), *figures)
        for part, month, *figures in rows
    ]


def _said(scheme: str, month: Month, part: Part) -> str:
    when = f"{month.year}年" if scheme in YEARLY else month_said(month=month)
    return f"{when}{part.label}"


def _readings(owed: Owed) -> int:
    """How often this case gave something back to anybody."""
    return _entries(owed).aggregate(n=Max("n"))["n"] or 0


def _given(owed: Owed, n: int) -> int:
    return -sum(_entries(owed).filter(n=n).values_list("fen", flat=True))


def _entries(owed: Owed) -> QuerySet[AccountEntry]:
    return AccountEntry.objects.filter(
        source=EntrySource.CASE, source_id=owed.case_id, kind=EntryKind.REFUND
    )


def _terms() -> dict[str, Any]:
    return {"schemes": Scheme.values, "yearly": list(YEARLY), "parts": list(PARTS)}
