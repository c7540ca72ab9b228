"""What others ask of the events in a person's life (人身情形查询): adjustments, death in prison."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.life.settle import told_of
from insurance.benefits.life.timeline import (
    Form,
    RuleOf,
    Topic,
    form_on,
    is_adjusted,
    stretches,
)


def without_adjustment(*, person_id: int, since: Month, by: RuleOf) -> bool:
    """Whether a person takes no part in an adjustment from a month on (不参加调整).

    ``by``: its rule. Who serves a sentence on its first day, in prison or outside of it; by what is
    known now. Whom a court acquits later takes part after all.
    """
    family = family_of(party_id=person_id)
    events = LifeEvent.objects.filter(
        person__in=family, topic=Topic.CUSTODY.name, superseded_at__isnull=True
    )
    of = stretches(told=[told_of(event) for event in events], by=by)
    return not is_adjusted(of=of, month=since)


def persons_without_adjustment(*, since: Month, by: RuleOf) -> frozenset[int]:
    """All persons who take no part in an adjustment: for a run over everybody.

    Entries that live on as another are named beside it.
    """
    told = defaultdict(list)
    events = LifeEvent.objects.filter(topic=Topic.CUSTODY.name, superseded_at__isnull=True)
    for event in events.order_by("person", "from_month"):
        told[event.person_id].append(told_of(event))
    families = {tuple(family_of(party_id=person)) for person in told}
    return frozenset(
        person
        for family in families
        if not is_adjusted(
            of=stretches(told=[one for p in family for one in told.get(p, ())], by=by),
            month=since,
        )
        for person in family
    )


def died_in_prison(*, person_ids: Sequence[int], death_date: date) -> bool:
    """Whether somebody died while serving a sentence in prison (服刑期间死亡)."""
    events = LifeEvent.objects.filter(
        person__in=person_ids, topic=Topic.CUSTODY.name, superseded_at__isnull=True
    )
    return form_on(told=[told_of(one) for one in events], day=death_date) is Form.SENTENCED
