"""Who retires in a few months (退休预审名单): by the facts recognised, set-wise.

Whose recognised archive holds special work (特殊工种) is listed for the month of that age too.
Of whom nothing is recognised yet the month of the ID card counts, and of women both categories: who
might retire is listed, and the list says what is missing. Nothing is decided by it.

Who draws an allowance for illness retires at the age too, and is listed until it is a pension.

Also who was insured once and is not now (断缴、失业): only whose relation went to another place, or
whose account was paid out, is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.dated import NATION
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import Resolved
from backend.people.queries import family_of
from insurance.accounts.models import Direction, EntryKind, TransferStage
from insurance.policy import parameters as policy
from insurance.policy.retirement import YEAR_MONTHS, Category, DelayRule, delay_rule

SCHEME = "110"
PREVIEW, SPECIAL_AGE = "retirement.preview_months", "retirement.special_work_age"

# Twin of ``policy.retirement.retirement`` and of ``Route.SPECIAL``; months count from the year 0.
UPCOMING = """
WITH rule (category, base_months, step_months, max_months, first_month, special_months) AS (
    SELECT * FROM unnest(%(categories)s::text[], %(bases)s::integer[], %(steps)s::integer[],
        %(mosts)s::integer[], %(firsts)s::integer[], %(specials)s::integer[])),
insured AS (
    SELECT DISTINCT ON (1) coalesce(a.survivor_id, e.person_id) AS person_id,
        CASE WHEN e.valid @> %(month)s::date THEN e.payer_id END AS payer_id,
        e.district, e.valid @> %(month)s::date AS insured
    FROM enrolment_enrolment e LEFT JOIN people_alias a ON a.party_id = e.person_id
    WHERE e.scheme = %(scheme)s AND e.superseded_at IS NULL AND lower(e.valid) <= %(month)s::date
        AND (%(payers)s::bigint[] IS NULL
            OR e.valid @> %(month)s::date AND e.payer_id = ANY (%(payers)s))
        AND (%(district)s::text IS NULL OR e.district = %(district)s)
    ORDER BY 1, e.valid @> %(month)s::date DESC, upper(e.valid) DESC, e.id DESC),
born AS (
    SELECT i.*, f.id AS facts_id, r.*, coalesce(f.birth_month, p.birth_date) AS birth
    FROM insured i JOIN people_person p ON p.party_id = i.person_id
    LEFT JOIN pension_archivefacts f ON f.person_id = i.person_id AND f.superseded_at IS NULL
    JOIN rule r ON r.category = f.category
        OR f.id IS NULL AND (p.sex = 1) = (r.category = 'M60')),
original AS (
    SELECT b.*, (extract(year FROM birth) * 12 + extract(month FROM birth))::integer - 1
        + base_months AS month_no FROM born b),
reached AS (
    SELECT o.*, month_no + greatest(0, least(max_months,
        floor((month_no - first_month) / step_months::numeric)::integer + 1)) AS retires_no,
        false AS special
    FROM original o
    UNION ALL
    SELECT o.*, month_no - base_months + special_months, true
    FROM original o
    WHERE EXISTS (SELECT FROM pension_archiveperiod s
        WHERE s.facts_id = o.facts_id AND s.kind = 'SPECIAL'))
SELECT r.person_id, r.payer_id, r.district, r.facts_id, min(r.retires_no) AS retires_no,
    array_agg(r.category ORDER BY r.retires_no),
    EXISTS (SELECT FROM payments_payeeaccount c WHERE c.payee_id = r.person_id
        AND c.superseded_at IS NULL AND c.valid @> %(month)s::date),
    EXISTS (SELECT FROM accounts_accountentry a
        WHERE a.person_id = r.person_id AND a.scheme = %(scheme)s),
    EXISTS (SELECT FROM pension_retirementapproval a
        WHERE a.person_id = r.person_id AND a.superseded_at IS NULL
            AND a.after_allowance = EXISTS (SELECT FROM benefits_entitlement e
                WHERE e.person_id = r.person_id AND e.scheme = %(scheme)s)),
    (array_agg(r.special ORDER BY r.retires_no))[1], r.insured
FROM reached r
WHERE r.retires_no BETWEEN %(from)s AND %(until)s
    AND NOT EXISTS (SELECT FROM benefits_entitlement e
        WHERE e.person_id = r.person_id AND e.scheme = %(scheme)s
            AND (e.item_ordinal IS NULL OR e.item_until IS NOT NULL))
    AND NOT EXISTS (SELECT FROM people_death d
        WHERE d.person_id = r.person_id AND d.superseded_at IS NULL)
    AND NOT EXISTS (SELECT FROM accounts_accountentry a
        WHERE a.person_id = r.person_id AND a.scheme = %(scheme)s AND a.kind = ANY (%(gone)s)
            AND NOT EXISTS (SELECT FROM accounts_accountentry b
                WHERE b.person_id = a.person_id AND b.scheme = a.scheme AND b.id > a.id
                    AND b.kind = ANY (%(back)s)))
    AND (SELECT t.direction FROM accounts_transferstep s JOIN accounts_transfer t
            ON t.id = s.transfer_id
        WHERE t.person_id = r.person_id AND t.scheme = %(scheme)s AND s.stage = %(settled)s
        ORDER BY s.recorded_at DESC LIMIT 1) IS DISTINCT FROM %(out)s
GROUP BY r.person_id, r.payer_id, r.district, r.facts_id, r.insured
HAVING (min(r.retires_no), r.person_id) > (%(after_no)s, %(after_person)s)
ORDER BY retires_no, r.person_id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Upcoming:
    """Somebody who retires soon, or might (预审人员); ``missing`` as codes of ``check_sheet``."""

    person_id: int
    payer_id: int | None
    district: str
    month: Month
    categories: tuple[str, ...]  # more than one: it is not recognised which
    recognised: bool
    approved: bool
    missing: tuple[str, ...]
    special_work: bool  # the month is that of special work, if its years are enough
    insured: bool  # now; else the district is that of the last time


@dataclass(frozen=True)
class Position:
    """Behind whom a page begins."""

    month: Month
    person_id: int


def preview_window(*, month: Month, region: str) -> MonthRange:
    """Give the retirement months that are looked at in a month."""
    found = policy.load().resolve_any(PREVIEW, region, month.first_day)
    return MonthRange(
        month.plus(found.part("first").whole), month.plus(found.part("last").whole).next
    )


def upcoming(
    *,
    window: MonthRange,
    on: date,
    most: int,
    payer_id: int | None = None,
    district: str | None = None,
    after: Position | None = None,
) -> list[Upcoming]:
    """Give who retires in a window of months, the earliest first; insured through an employer now,
    or last in a district, when one is named."""
    assert window.end is not None
    tree = policy.load()
    rules = [delay_rule(tree=tree, category=category) for category in Category]
    values: dict[str, Any] = {
        **_columns(rules, special=tree.resolve_any(SPECIAL_AGE, NATION, on)),
        "scheme": SCHEME,
        "settled": TransferStage.SETTLED.value,
        "out": Direction.OUT.value,
        "gone": [EntryKind.LUMP_SUM.value, EntryKind.TRANSFER_OUT.value],
        "back": [EntryKind.CREDIT.value, EntryKind.TRANSFER_IN.value],
        "month": on.replace(day=1),
        "payers": None if payer_id is None else family_of(party_id=payer_id),
        "district": district,
        "from": window.start.index,
        "until": window.end.previous.index,
        "after_no": after.month.index if after else 0,
        "after_person": after.person_id if after else 0,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(UPCOMING, values)
        return [_row(*row) for row in cursor.fetchall()]


def _columns(rules: Sequence[DelayRule], special: Resolved) -> dict[str, list[Any]]:
    return {
        "categories": [rule.category.name for rule in rules],
        "bases": [rule.base_months for rule in rules],
        "steps": [rule.step_months for rule in rules],
        "mosts": [rule.max_months for rule in rules],
        "firsts": [rule.first_month.index for rule in rules],
        "specials": [special.part(rule.category.name).whole * YEAR_MONTHS for rule in rules],
    }


def _row(
    person_id: int,
    payer_id: int | None,
    district: str,
    facts_id: int | None,
    month_no: int,
    categories: list[str],
    has_payee_account: bool,
    has_account: bool,
    approved: bool,
    special_work: bool,
    insured: bool,
) -> Upcoming:
    there = {"ARCHIVE": facts_id, "PAYEE_ACCOUNT": has_payee_account, "ACCOUNT": has_account}
    return Upcoming(
        person_id=person_id,
        payer_id=payer_id,
        district=district,
        month=Month.from_index(month_no),
        categories=tuple(dict.fromkeys(categories)),
        recognised=facts_id is not None,
        approved=approved,
        missing=tuple(code for code, found in there.items() if not found),
        special_work=special_work,
        insured=insured,
    )
