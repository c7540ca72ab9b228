"""Bring holds and stops to what the events in a person's life say (人身情形落实).

All is told anew from all events each time: what is not wanted is closed, what is missing written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet

from backend.deployment import is_demo
from backend.kernel.months import Month, MonthRange
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.life.timeline import (
    MISSING_RULES,
    Form,
    Pay,
    Rule,
    RuleOf,
    Stretch,
    Told,
    Topic,
    rules,
    runs,
    stretches,
)
from insurance.benefits.models import Entitlement, Hold, HoldReason, Stop
from insurance.policy import parameters as policy

FORMS_KEY, NATION = "benefits.custody_forms", "000000"
PENSIONS = ("110", "170")  # an unemployment benefit ends in prison, by a case of its own
HOLDS = {Topic.CUSTODY: HoldReason.IN_PRISON, Topic.MISSING: HoldReason.MISSING}
Row = TypeVar("Row", Hold, Stop)


class Span(NamedTuple):
    """Months of an entitlement that are held or stopped, by the case that says so."""

    entitlement: int
    months: MonthRange
    case_id: int
    form: Form


@dataclass(frozen=True)
class Difference(Generic[Row]):
    """What is on the books and should not be, and what should be and is not."""

    surplus: tuple[Row, ...]
    missing: tuple[Row, ...]

    def settle(self) -> int:
        """Close the one, write the other; rows written."""
        for known in self.surplus:
            close(known)
        for row in self.missing:
            row.save(force_insert=True)
        return len(self.surplus) + len(self.missing)


def settle(*, person_id: int, topic: Topic) -> int:
    """Bring holds and stops of all pensions of a person to what the events say; rows written."""
    holds, stops = _differences(person_id, topic)
    return holds.settle() + stops.settle()


def settle_all(*, person_id: int) -> int:
    """Bring a pension that is awarded now, or found to be this person's, to what was told before;
    rows written. An event and an award know of each other, whichever comes first."""
    family = family_of(party_id=person_id)
    lock_events(person_id=family[0])
    told = LifeEvent.objects.filter(person__in=family, superseded_at__isnull=True)
    topics = sorted(set(told.values_list("topic", flat=True)))
    return sum(settle(person_id=person_id, topic=Topic[topic]) for topic in topics)


def lock_events(*, person_id: int) -> None:
    """Two acts that rest on one person's events one after the other, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('benefits.life/' || %s, 0))",
            [str(person_id)],
        )


def is_settled(*, person_id: int, topic: Topic) -> bool:
    """Tell whether there is nothing to settle."""
    return not any(d.surplus or d.missing for d in _differences(person_id, topic))


def stretches_of(*, person_ids: Sequence[int], topic: Topic) -> tuple[Stretch, ...]:
    """What all events of a person say as known now.

    Raises:
        TimelineInvalid; NotConfigured, NotVerified: the law of an event's month.
    """
    current = LifeEvent.objects.filter(
        person__in=person_ids, topic=topic.name, superseded_at__isnull=True
    )
    return stretches(told=[told_of(event) for event in current], by=form_rules())


def told_of(event: LifeEvent) -> Told:
    """Give a row as the rules read it."""
    return Told(Form[event.form], event.from_date, Month.of(event.from_month), event.case_id)


def form_rules() -> RuleOf:
    """What each form does, by the law of its first month; NotConfigured, NotVerified where that is
    not known.

    The first rule (of 2001) is applied to whoever was in custody already when it came.
    """
    tree, demo = policy.load(), is_demo()
    first_rule = min(row.valid.start for row in tree.parameters[FORMS_KEY].rows["value"])

    @cache
    def of_month(month: Month) -> Mapping[Form, Rule]:
        on = max(month.first_day, first_rule)
        return rules(custody=tree.resolve(FORMS_KEY, NATION, on, demo))

    return lambda form, month: MISSING_RULES.get(form) or of_month(month)[form]


def _differences(person_id: int, topic: Topic) -> tuple[Difference[Hold], Difference[Stop]]:
    family = family_of(party_id=person_id)
    told = stretches_of(person_ids=family, topic=topic)
    entitlements = Entitlement.objects.filter(person__in=family, scheme__in=PENSIONS).order_by("pk")
    ids = list(entitlements.values_list("pk", flat=True))
    return _holds(topic, ids, told), _stops(topic, family, ids, told)


def _holds(topic: Topic, ids: Sequence[int], told: Sequence[Stretch]) -> Difference[Hold]:
    """All holds of the topic's reason follow from its events, also those of the old system."""
    reason = HOLDS[topic]
    return _difference(
        current=Hold.objects.filter(entitlement__in=ids, reason=reason, superseded_at__isnull=True),
        wanted=_spans(ids, runs(of=told, pay=Pay.HELD)),
        row=lambda span: Hold(
            entitlement_id=span.entitlement,
            reason=reason,
            note=span.form.label,
            valid=_valid(span.months),
            case_id=span.case_id,
        ),
    )


def _stops(
    topic: Topic, family: Sequence[int], ids: Sequence[int], told: Sequence[Stretch]
) -> Difference[Stop]:
    """Stops by cases of the topic follow from its events; others are not touched."""
    cases = LifeEvent.objects.filter(person__in=family, topic=topic.name).values("case_id")
    return _difference(
        current=Stop.objects.filter(
            entitlement__in=ids, case_id__in=cases, superseded_at__isnull=True
        ),
        wanted=_spans(ids, runs(of=told, pay=Pay.STOPPED)),
        row=lambda span: Stop(
            entitlement_id=span.entitlement,
            reason=Form.SENTENCED.label,
            valid=_valid(span.months),
            case_id=span.case_id,
        ),
    )


def _difference(
    *, current: QuerySet[Row], wanted: Sequence[Span], row: Callable[[Span], Row]
) -> Difference[Row]:
    missing, surplus = list(wanted), []
    for known in current.order_by("pk"):
        same = next((span for span in missing if _is(known, span)), None)
        if same is not None:
            missing.remove(same)
        else:
            surplus.append(known)
    return Difference(tuple(surplus), tuple(row(span) for span in missing))


def _spans(ids: Sequence[int], found: Sequence[Stretch]) -> list[Span]:
    return [Span(e, one.months, one.case_id, one.form) for e in ids for one in found]


def _is(row: Hold | Stop, span: Span) -> bool:
    return (row.entitlement_id, row.valid, row.case_id) == (
        span.entitlement,
        _valid(span.months),
        span.case_id,
    )


def _valid(months: MonthRange) -> SqlRange:
    return SqlRange(months.start.first_day, months.end.first_day if months.end else None)
