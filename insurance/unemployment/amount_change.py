"""Pay another amount from a month on (失业保险金标准调整): all who draw, by difference, at once.

A case of two people says from which month; the figures are those in force. What each claim should
be paid from then on takes the place of what it is paid, where that differs: repeated, it writes
nothing. What was missed since, the monthly run pays. Set-wise twin of ``schedule``: a few thousand
people draw at a time, so the decision itself writes them.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people.supersede import AlreadySuperseded
from insurance.policy import parameters as policy
from insurance.policy.standing import mark_of_amount, weakest
from insurance.unemployment.models import AmountChange
from insurance.unemployment.paid_months import SCHEME
from insurance.unemployment.schedule import Segment, amounts_kept, amounts_of, schedule
from payments.ledger.models import Book

DRAWING = """
SELECT u.region, max(upper(c.valid)) FROM unemployment_claim_in_force u
JOIN benefits_entitlement e ON e.id = u.entitlement_id AND e.book_id = ANY (%(books)s)
JOIN benefits_component c ON c.entitlement_id = e.id AND c.component = 'UNEMPLOYMENT'
    AND c.superseded_at IS NULL AND upper(c.valid) > %(since)s
GROUP BY u.region ORDER BY u.region
"""

# What is in force from ``since`` on, month by month as it should be. A row of which any month
# differs gives way to what lay before, and to its months as they should be.
WANTED = """
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
said AS (
    SELECT * FROM jsonb_to_recordset(%(said)s::jsonb) AS s (region text, conditions text,
        since date, until date, fen bigint, standing text)),
wanted AS MATERIALIZED (
    SELECT c.id AS component_id, c.entitlement_id, c.valid * daterange(s.since, s.until) AS valid,
        s.fen, s.standing, (s.fen, s.standing) <> (c.fen, c.standing) AS differs
    FROM unemployment_claim_in_force u
    JOIN benefits_entitlement e ON e.id = u.entitlement_id AND e.book_id = ANY (%(books)s)
    JOIN benefits_component c ON c.entitlement_id = e.id AND c.component = 'UNEMPLOYMENT'
        AND c.superseded_at IS NULL AND upper(c.valid) > %(since)s
    JOIN said s ON s.region = u.region AND s.conditions = u.conditions_standing
        AND c.valid && daterange(s.since, s.until)),
differing AS (SELECT component_id FROM wanted GROUP BY 1 HAVING bool_or(differs))
"""

COUNT = f"{WANTED} SELECT count(*) FROM differing"

CHANGE = f"""
{WANTED},
closed AS (
    UPDATE benefits_component c SET superseded_at = (SELECT at FROM moment)
    FROM differing d WHERE c.id = d.component_id AND c.superseded_at IS NULL
    RETURNING c.entitlement_id, c.valid, c.fen, c.standing, c.case_id),
piece AS (
    SELECT entitlement_id, daterange(lower(valid), %(since)s) AS valid, fen, standing, case_id
    FROM closed WHERE lower(valid) < %(since)s
  UNION ALL
    SELECT w.entitlement_id, w.valid, w.fen, w.standing, %(case_id)s
    FROM wanted w JOIN differing d USING (component_id)),
put AS (
    INSERT INTO benefits_component
        (entitlement_id, component, fen, standing, valid, case_id, recorded_at)
    SELECT entitlement_id, 'UNEMPLOYMENT', fen, standing, valid, case_id, (SELECT at FROM moment)
    FROM piece
    RETURNING 1)
SELECT (SELECT count(*) FROM differing), (SELECT count(*) FROM closed), (SELECT count(*) FROM put)
"""


class AmountUnchanged(Refusal):
    """Everybody is paid by these figures already (标准没有变化)."""

    code = "unemployment_amount_unchanged"


class ChangeTooEarly(Refusal):
    """Nothing changes before its first month has come (尚未到调整的起始月)."""

    code = "unemployment_amount_too_early"


@dataclass(frozen=True)
class Asked:
    """From which month on an agency pays by the figures in force."""

    region: str
    books: tuple[int, ...]
    since: Month
    document: str


@dataclass(frozen=True)
class Figures:
    """What each region pays from a month on, until its last claim ends."""

    by_region: dict[str, tuple[Segment, ...]]
    policy_version: str

    def said(self) -> list[dict[str, Any]]:
        """As SQL reads it; how an amount is marked depends on what the months rest on, too."""
        return [
            {
                "region": region,
                "conditions": conditions.value,
                "since": segment.months.start.first_day.isoformat(),
                "until": _end(segment).isoformat(),
                "fen": segment.amount.fen,
                "standing": mark_of_amount(
                    standing=weakest(standings=(conditions, segment.standing)), demo=is_demo()
                ),
            }
            for region, segments in self.by_region.items()
            for segment in segments
            for conditions in Standing
            if conditions is not Standing.DEMO or is_demo()
        ]

    def kept(self) -> dict[str, Any]:
        """As the change keeps it: amounts with their steps, by region."""
        return {
            region: amounts_kept(segments=segments) for region, segments in self.by_region.items()
        }


def check(case: Case) -> int:
    """At its receipt an UNEMPLOYMENT_AMOUNT case changes what somebody is paid; writes nothing.

    Content: ``region`` of the agency, ``from_month``, ``document`` that published the amount.

    Raises:
        ContentInvalid, MonthInvalid, ProposalWaits, ChangeTooEarly, AmountUnchanged;
        NotConfigured, AmountOutOfBounds: a figure.
    """
    asked = _asked(case)
    content.require_only_proposal(case, region=asked.region)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _values(asked, _figures(asked), case))
        if not cursor.fetchone()[0]:
            raise AmountUnchanged(f"{asked.since} 起的失业保险金都已按现行标准，没有变化。")
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of an UNEMPLOYMENT_AMOUNT case; rows written.

    Raises:
        as ``check``, but for ProposalWaits and AmountUnchanged; AlreadySuperseded.
    """
    asked = _asked(case)
    figures = _figures(asked)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('unemployment.amount'))")
        cursor.execute(CHANGE, _values(asked, figures, case))
        differing, closed, put = cursor.fetchone()
    if differing != closed:
        raise AlreadySuperseded("有待遇项目刚刚被更新，请刷新后重办。")
    AmountChange.objects.create(
        region=asked.region,
        since=asked.since.first_day,
        document=asked.document,
        figures=figures.kept(),
        policy_version=figures.policy_version,
        component_count=put,
        case_id=case.pk,
    )
    return int(1 + closed + put)


def _asked(case: Case) -> Asked:
    region = content.choice(case, "region", "地区", (case.agency.region,))
    document = content.text(case, "document", "公布文件的名称或文号")
    since = Month.parse(case.content.get("from_month"))
    if content.day_of(case) < since.first_day:
        raise ChangeTooEarly(f"{since} 起的标准尚未开始执行。", since=str(since))
    books = Book.objects.filter(agency__region=region, scheme=SCHEME).values_list("pk", flat=True)
    return Asked(region, tuple(books), since, document)


def _figures(asked: Asked) -> Figures:
    """By the figures in force, of any standing: how far they count, the amounts are marked."""
    tree = policy.load()
    with connection.cursor() as cursor:
        cursor.execute(DRAWING, {"since": asked.since.first_day, "books": list(asked.books)})
        drawing: list[tuple[str, date]] = cursor.fetchall()
    return Figures(
        by_region={
            region: schedule(
                months=MonthRange(asked.since, Month.of(last)),
                amount_of=amounts_of(tree=tree, region=region),
            )
            for region, last in drawing
        },
        policy_version=tree.version,
    )


def _values(asked: Asked, figures: Figures, case: Case) -> dict[str, Any]:
    return {
        "since": asked.since.first_day,
        "books": list(asked.books),
        "said": json.dumps(figures.said()),
        "case_id": case.pk,
    }


def _end(segment: Segment) -> date:
    assert segment.months.end is not None
    return segment.months.end.first_day
