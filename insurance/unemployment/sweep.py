"""Find who has work again, draws a pension, went to prison or died (失业人员状态清查): before a
month is paid.

Over all who are registered at once. Who draws benefit is held, by a case that a person decides; the
registration of anybody else simply ends, as of who died: two people confirmed that, and it ends the
benefit by itself. A false death opens it again. Nothing is found twice: a case that was refused
stays so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from backend.access.models import Agency
from backend.audit.record import record
from backend.cases.acts import CaseAct
from backend.cases.receive import Matter, receive_many
from backend.kernel.months import Month
from backend.people.queries import sights
from insurance.benefits.effective_month_of import effective_by
from insurance.unemployment import registration as registrations
from insurance.unemployment.assess import StopEvent
from insurance.unemployment.jobs import NEW_JOBS
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.spells import drawn_months
from insurance.unemployment.stop_case import KIND, STOP_MONTH, begin

FACTS = {
    "REEMPLOYED": "{payer}自 {since} 起为此人参保。",
    "PENSION": "此人自 {since} 起享受基本养老保险待遇。",
    "IN_PRISON": "登记的服刑情形自 {since} 起。",
}
LOT = 500  # each person is locked until the lot is written
ACTS: Mapping[str, CaseAct] = {f"{KIND}.RECEIVED": begin}

# ``event`` gives what is known of each registration; the earliest that no case told yet counts.
FOUND = f"""
WITH person AS (
    SELECT r.id, coalesce(a.survivor_id, r.person_id) AS person_id, lower(r.valid) AS registered_on,
        date_trunc('month', lower(r.valid))::date AS month, j.payer_id
    FROM unemployment_registration r JOIN unemployment_jobendreport j ON j.id = r.job_end_id
    LEFT JOIN people_alias a ON a.party_id = r.person_id
    WHERE r.end_reason = '' AND r.superseded_at IS NULL),
member AS (
    SELECT p.id, x.person_id, p.month, p.registered_on, (SELECT array_agg(o.party_id)
        FROM people_canonical c JOIN people_canonical o ON o.canonical_id = c.canonical_id
        WHERE c.party_id = p.payer_id) AS payers
    FROM person p CROSS JOIN LATERAL (
        SELECT p.person_id UNION ALL
        SELECT a.party_id FROM people_alias a WHERE a.survivor_id = p.person_id) x),
job AS ({NEW_JOBS}),
event AS (
    SELECT id, 'REEMPLOYED' AS event, payer_id, since, since AS day FROM job
  UNION ALL
    SELECT m.id, 'PENSION', NULL, greatest(e.start_month, m.month), greatest(e.start_month, m.month)
    FROM member m JOIN benefits_entitlement e ON e.person_id = m.person_id
        AND e.scheme IN ('110', '170')
  UNION ALL
    SELECT m.id, 'IN_PRISON', NULL, l.from_month, l.from_date
    FROM member m JOIN benefits_lifeevent l ON l.person_id = m.person_id
        AND l.form = 'SENTENCED' AND l.superseded_at IS NULL AND l.from_date >= m.registered_on
    WHERE NOT EXISTS (SELECT FROM benefits_lifeevent f WHERE f.person_id = l.person_id
        AND f.form = 'ACQUITTED' AND f.superseded_at IS NULL AND f.from_date >= l.from_date)
  UNION ALL
    SELECT m.id, 'DIED', NULL, x.death_date, x.death_date
    FROM member m JOIN people_death x ON x.person_id = m.person_id AND x.confirmed
        AND x.superseded_at IS NULL),
told AS (
    SELECT v.*, c.entitlement_id, concat_ws('/', 'unemployment', c.entitlement_id, v.event,
        to_char(v.since, 'YYYY-MM')) AS origin
    FROM event v JOIN person p ON p.id = v.id
    LEFT JOIN LATERAL (SELECT c.entitlement_id FROM unemployment_claim c
        JOIN member m ON m.person_id = c.person_id AND m.id = p.id
        JOIN benefits_component k ON k.entitlement_id = c.entitlement_id
            AND k.superseded_at IS NULL AND upper(k.valid) > v.since
        WHERE v.event <> 'DIED' AND c.registered_on = p.registered_on
            AND NOT EXISTS (SELECT FROM benefits_stop s
                WHERE s.entitlement_id = c.entitlement_id AND s.superseded_at IS NULL
                AND upper_inf(s.valid) AND lower(s.valid) <= v.since)
        LIMIT 1) c ON true
    WHERE v.since <= %(period)s)
SELECT DISTINCT ON (t.id) t.id, p.person_id, t.event, t.payer_id, t.since, t.day,
    t.entitlement_id, t.origin, b.agency_id
FROM told t JOIN person p ON p.id = t.id
LEFT JOIN benefits_entitlement e ON e.id = t.entitlement_id
LEFT JOIN ledger_book b ON b.id = e.book_id
WHERE t.entitlement_id IS NULL
    OR NOT EXISTS (SELECT FROM cases_case c WHERE c.origin = t.origin)
        AND NOT EXISTS (SELECT FROM cases_case w WHERE w.kind = '{KIND}'
            AND w.state IN ('RECEIVED', 'REVIEWED')
            AND (w.content->>'entitlement')::bigint = t.entitlement_id)
ORDER BY t.id, t.since, t.event LIMIT %(lot)s
"""


# Ended by a death that is on record no more, and nothing has come after.
ALIVE = """
SELECT r.id FROM unemployment_registration r
WHERE r.end_reason = 'DIED' AND r.superseded_at IS NULL AND NOT EXISTS (
    SELECT FROM people_canonical p JOIN people_canonical q ON q.canonical_id = p.canonical_id
    LEFT JOIN people_death x ON x.person_id = q.party_id AND x.confirmed
        AND x.superseded_at IS NULL
    LEFT JOIN unemployment_registration l ON l.person_id = q.party_id
        AND l.superseded_at IS NULL AND lower(l.valid) > lower(r.valid)
    WHERE p.party_id = r.person_id AND num_nonnulls(x.id, l.id) > 0)
ORDER BY r.id
"""


@dataclass(frozen=True)
class Found:
    """What ended somebody's time out of work, as another part of the system knows it."""

    registration_id: int
    person_id: int
    event: str
    payer_id: int | None
    since: date
    day: date  # of the event; a month is known by its first
    entitlement_id: int | None  # None: nothing is drawn
    origin: str
    agency_id: int | None


@dataclass(frozen=True)
class Swept:
    """How many were held, and how many registrations just ended, or were opened again."""

    held: int
    ended: int
    reopened: int = 0


def sweep(*, period: Month) -> Swept:
    """Hold whoever draws benefit and should not from ``period`` on, and end registrations.

    Some persons at a time, each lot whole or not at all. Repeated, it writes nothing.
    """
    reopened = _reopen()
    held = ended = 0
    while lot := _found(period):
        agencies = Agency.objects.in_bulk({one.agency_id for one in lot if one.agency_id})
        drawing = [one for one in lot if _is_due(one, agencies)]
        idle = [one for one in lot if one not in drawing]
        with transaction.atomic():
            _hold(drawing, agencies, period.first_day)
            _end(idle)
        held, ended = held + len(drawing), ended + len(idle)
    return Swept(held, ended, reopened)


@transaction.atomic
def _reopen() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ALIVE)
        found = [registration_id for (registration_id,) in cursor.fetchall()]
    for row in Registration.objects.filter(pk__in=found).order_by("pk"):
        registrations.reopen(row=row)
    if found:
        record(
            name="unemployment.reopened",
            subject_kind="unemployment.registration",
            subject_id="",
            rows=2 * len(found),
            details={"registrations": found},
        )
    return len(found)


def _found(period: Month) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"period": period.first_day, "lot": LOT})
        return [Found(*row) for row in cursor.fetchall()]


def _is_due(one: Found, agencies: Mapping[int, Agency]) -> bool:
    """Whether benefit would still be paid for a month that the event takes away."""
    if one.entitlement_id is None or one.agency_id is None:
        return False
    effective = effective_by(
        event=one.event,
        label=StopEvent[one.event].label,
        day=one.day,
        region=agencies[one.agency_id].region,
        key=STOP_MONTH,
        any_standing=True,
    )
    drawn = drawn_months(claim=Claim.objects.get(entitlement=one.entitlement_id))
    return any(month >= effective.month for month in drawn)


def _hold(drawing: Sequence[Found], agencies: Mapping[int, Agency], on: date) -> None:
    matters = dict[int, list[Matter]]()
    payers = {one.payer_id for one in drawing if one.payer_id is not None}
    names = {payer: sight.name for payer, sight in sights(party_ids=payers, on=on).items()}
    for one in drawing:
        assert one.agency_id is not None  # of the book that pays it
        matters.setdefault(one.agency_id, []).append(_matter(one, names.get(one.payer_id or 0, "")))
    for agency_id, of_agency in matters.items():
        receive_many(kind=KIND, agency=agencies[agency_id], matters=of_agency, acts=ACTS)


def _matter(one: Found, payer: str) -> Matter:
    since = Month.of(one.since)
    content = {
        "entitlement": one.entitlement_id,
        "event": one.event,
        "event_date": one.day.isoformat(),
        "facts": FACTS[one.event].format(payer=payer, since=since),
    }
    return Matter(one.person_id, content, one.origin)


def _end(idle: Sequence[Found]) -> None:
    rows = Registration.objects.in_bulk([one.registration_id for one in idle])
    for one in idle:
        registrations.end(
            row=rows[one.registration_id],
            reason=EndReason(one.event),
            ended_on=one.since,
            case_id=None,
        )
    if idle:
        record(
            name="unemployment.swept",
            subject_kind="unemployment.registration",
            subject_id="",
            rows=2 * len(idle),
            details={"registrations": [one.registration_id for one in idle]},
        )
