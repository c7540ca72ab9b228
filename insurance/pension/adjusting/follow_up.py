"""Adjust again whom something else is known of since (调整重算): before a month is opened.

A death taken back, months found, a stop, an award that begins earlier or later, another birth
month, an earlier year's adjustment: whoever may be concerned is listed, and what differs is written
by difference, by the figures of the decided run. No new decision is needed: the law's was taken for
everybody, and the facts have cases of their own.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from django.db import connection, transaction

from backend.deployment import is_demo
from backend.jobs.models import Job, JobState
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.pension.adjusting import adjusting_run
from insurance.pension.adjusting import adjusting_sql as sql
from insurance.pension.adjusting.adjusting_run import (
    CHUNK_JOB,
    LOCK,
    OPEN_JOB,
    SEAL_JOB,
    Asked,
    begin,
    districts_drawn_in,
    is_busy,
    known_now,
    refresh_statistics,
    without_part,
)
from insurance.pension.adjusting.basic_raise import ExtraBeforeUnknown, RaiseTerms
from insurance.pension.adjusting.figures import basic_terms, with_districts
from insurance.pension.adjusting.kind_sql import DRAWN_IN, KINDS
from insurance.pension.adjusting.models import Change, Kind, Run
from insurance.policy import parameters as policy

JOBS = (OPEN_JOB, CHUNK_JOB, SEAL_JOB)
DRAWN_IN_OF_D = DRAWN_IN.replace("e.", "d.")

# What this adjustment itself wrote, or closed, since the run before is no news.
OWN = """EXISTS (SELECT FROM benefits_component n WHERE n.entitlement_id = c.entitlement_id
            AND n.case_id = %(case_id)s AND n.recorded_at = c.superseded_at)"""


def _changed(alias: str) -> str:
    """The row was written or superseded since the run before."""
    return f"({alias}.recorded_at > %(known_before)s OR {alias}.superseded_at > %(known_before)s)"


LIST_CHANGES = f"""
WITH said AS (
    SELECT DISTINCT ON (entitlement_id) entitlement_id, left_out, district FROM adjusting_row
    WHERE run_id = ANY (%(earlier)s) ORDER BY entitlement_id, run_id DESC)
INSERT INTO adjusting_change (run_id, entitlement_id)
SELECT %(run_id)s, e.id
FROM benefits_entitlement e
WHERE e.book_id = ANY (%(books)s)
    AND ($scope OR EXISTS (SELECT FROM said s WHERE s.entitlement_id = e.id)) AND e.id IN (
    SELECT id FROM benefits_entitlement WHERE recorded_at > %(known_before)s
  UNION ALL
    SELECT d.id FROM benefits_entitlement d JOIN people_death x ON x.person_id = d.person_id
    WHERE x.confirmed AND x.death_date < %(since)s AND {_changed("x")}
  UNION ALL
    SELECT d.id FROM benefits_entitlement d
    JOIN pension_archivefacts f ON f.person_id = d.person_id
    WHERE {_changed("f")}
  UNION ALL
    SELECT s.entitlement_id FROM benefits_stop s
    WHERE s.valid @> %(since)s::date AND {_changed("s")}
  UNION ALL
    SELECT h.entitlement_id FROM benefits_hold h WHERE h.reason = 'IN_PRISON'
        AND h.case_id IS NULL AND h.valid @> %(since)s::date AND {_changed("h")}
  UNION ALL
    SELECT entitlement_id FROM adjusting_paidmonths WHERE recorded_at > %(known_before)s
  UNION ALL  -- in custody, but was not said to be; was said to, but is not
    SELECT d.id FROM benefits_entitlement d LEFT JOIN said s ON s.entitlement_id = d.id
    WHERE CASE WHEN d.person_id = ANY (%(without)s) THEN s.left_out NOT IN (%(custody)s, 'DIED')
        ELSE s.left_out = %(custody)s AND NOT EXISTS (SELECT FROM benefits_hold h
            WHERE h.entitlement_id = d.id AND h.reason = 'IN_PRISON' AND h.case_id IS NULL
                AND h.superseded_at IS NULL AND h.valid @> %(since)s::date) END
  UNION ALL  -- where nobody drew when it was decided
    SELECT d.id FROM benefits_entitlement d
    WHERE %(fresh)s::text[] <> '{{}}' AND d.book_id = ANY (%(books)s)
        AND $drawn_in = ANY (%(fresh)s)
  UNION ALL  -- by another place than was said
    SELECT w.entitlement_id FROM pension_award w JOIN said s USING (entitlement_id)
    WHERE w.recorded_at > %(known_before)s AND s.district NOT IN ('', w.region)
  UNION ALL  -- amounts of the month before or of the first month
    SELECT entitlement_id FROM (
        SELECT c.entitlement_id, c.component, c.fen,
            c.valid * daterange(%(before)s, %(since)s, '[]') AS days,
            c.superseded_at IS NULL AS is_new
        FROM benefits_component c
        WHERE c.valid && daterange(%(before)s, %(since)s, '[]') AND CASE
            WHEN c.superseded_at IS NULL THEN c.recorded_at > %(known_before)s
                AND c.case_id IS DISTINCT FROM %(case_id)s
            ELSE c.recorded_at <= %(known_before)s AND c.superseded_at > %(known_before)s
                AND NOT {OWN} END) c
    GROUP BY entitlement_id, component, fen, days
    HAVING count(*) FILTER (WHERE is_new) <> count(*) FILTER (WHERE NOT is_new)
  UNION ALL  -- what it wrote itself, and somebody changed since
    SELECT c.entitlement_id FROM benefits_component c
    WHERE c.case_id = %(case_id)s AND c.superseded_at > %(known_before)s AND NOT {OWN})
"""


def advance(*, period: Month) -> list[str]:
    """Bring every adjustment to what is known before a month is opened, once for the month; the
    jobs that are still to be done, if any.

    Jobs that failed are not waited for: nothing technical costs people their pay day.
    """
    open_jobs = Job.objects.filter(kind__in=JOBS, state__in=[JobState.QUEUED, JobState.RUNNING])
    keys = list(open_jobs.order_by("pk").values_list("key", flat=True))
    if keys or is_busy():
        return keys
    for kind, region, since in _adjustments():
        asked = Asked(kind, region, since)
        run = open_follow_up(asked=asked, period=period)
        if run is not None:
            return adjusting_run.chunk_keys(run=run)
    return []


@transaction.atomic
def open_follow_up(*, asked: Asked, period: Month) -> Run | None:
    """Open a run over those of whom something else is known; None where there is nobody, or the
    month had its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    if is_busy():
        return None
    before = _runs(asked)
    if any(run.period == period.first_day for run in before):
        return None
    last, decided = before[-1], [run for run in before if run.decided][-1]
    fresh = _fresh_districts(asked, last)
    figures = with_districts(kept=last.parameters, raised=fresh) if fresh else {}
    refresh_statistics()
    mark = transaction.savepoint()
    run = Run.objects.create(
        kind=asked.kind,
        region=asked.region,
        since=asked.since.first_day,
        ordinal=last.ordinal + 1,
        case_id=decided.case_id,
        period=period.first_day,
        known_at=known_now(),
        policy_version=policy.version() if fresh else last.policy_version,
        parameters={
            **last.parameters,
            **figures,
            "earlier": [earlier.pk for earlier in before],
            "without": without_part(since=asked.since, custody=decided.custody),
            "chunks": [],
        },
    )
    listed = _list_changes(run, last, sorted(fresh))
    if not listed:
        transaction.savepoint_rollback(mark)
        return None
    run.parameters["chunks"] = _ranges(run)
    run.save(update_fields=["parameters"])
    begin(run=run, listed=listed)
    return run


def _fresh_districts(asked: Asked, last: Run) -> Mapping[str, RaiseTerms]:
    """By how much the standard rises where nobody drew when the raise was decided, as is known now.

    What may not count there is left to the follow-up after it is verified: it costs nobody else the
    pay day.
    """
    if asked.kind is not Kind.BASIC:
        return {}
    drawn = districts_drawn_in(books=last.parameters["books"], since=asked.since)
    kept = last.parameters
    known = {*kept.get("drawn", ()), *(one["district"] for one in kept["terms"])}
    found: dict[str, RaiseTerms] = {}
    for district in sorted(set(drawn) - known):
        with suppress(NotConfigured, NotVerified, ExtraBeforeUnknown):
            found |= basic_terms(
                tree=policy.load(),
                region=asked.region,
                districts=[district],
                since=asked.since,
                demo=is_demo(),
            )
    return found


def _list_changes(run: Run, last: Run, fresh: Sequence[str]) -> int:
    scope = KINDS[Kind(run.kind)]["scope"]
    statement = LIST_CHANGES.replace("$scope", scope).replace("$drawn_in", DRAWN_IN_OF_D)
    with connection.cursor() as cursor:
        cursor.execute(
            statement, sql.parameters(run=run, known_before=last.known_at, fresh=list(fresh))
        )
        return int(cursor.rowcount)


def _ranges(run: Run) -> list[list[int]]:
    ids = list(
        Change.objects.filter(run=run).order_by("entitlement").values_list("entitlement", flat=True)
    )
    size = adjusting_run.CHUNK_SIZE
    parts = [ids[start : start + size] for start in range(0, len(ids), size)]
    return [[part[0], part[-1]] for part in parts]


def _adjustments() -> list[tuple[Kind, str, Month]]:
    """All that were decided, the earlier first: a later one counts on it."""
    runs = Run.objects.filter(ordinal=1).order_by("since", "pk")
    return [(Kind(run.kind), run.region, Month.of(run.since)) for run in runs]


def _runs(asked: Asked) -> list[Run]:
    runs = Run.objects.filter(kind=asked.kind, region=asked.region, since=asked.since.first_day)
    return list(runs.order_by("ordinal"))
