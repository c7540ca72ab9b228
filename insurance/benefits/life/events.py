"""Prison, detention, disappearance (服刑、羁押、失踪): cases tell events, months follow from all.

An act puts down or withdraws one event and then brings the holds and stops of the person's
pensions to what all events say together (``timeline``). The monthly run finds back pay and what
was paid too much by itself.
"""

from dataclasses import dataclass

from django.db import transaction

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.effective_month import Effective
from insurance.benefits.effective_month_of import effective_of, keep
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.life.settle import form_rules, lock_events, settle, told_of
from insurance.benefits.life.timeline import Form, Told, Topic, stretches

DOCUMENT_MAX = 120


class EventKnown(Refusal):
    """The same event is on record (该情形已登记)."""

    code = "life_event_known"


class NoEvent(Refusal):
    """There is no such event to withdraw (没有可撤销的情形)."""

    code = "life_event_not_there"


@dataclass(frozen=True)
class Asked:
    """What a case asks: an event to put down, or the number of one that it withdraws."""

    person: int
    topic: Topic
    event: Told | None = None
    effective: Effective | None = None
    document: str = ""
    withdraws: int = 0


def check_custody(case: Case) -> int:
    """At its receipt a PRISON case can be decided as it asks; writes nothing.

    Content: ``form``, ``from_date``, ``document`` (文书名称和文号); or ``withdraws`` (an event)
    alone. From which month on it counts the rule says; ``from_month`` may say it too.

    Raises:
        ContentInvalid, EventKnown, NoEvent; EffectiveMonthDiffers, NotConfigured, NotVerified;
        TimelineInvalid: with what is known it makes no sense.
    """
    return _check(case, Topic.CUSTODY)


def decide_custody(case: Case) -> int:
    """The act of a PRISON case; rows written. Raises as ``check_custody``."""
    return _decide(case, Topic.CUSTODY)


def check_missing(case: Case) -> int:
    """At its receipt a MISSING case can be decided as it asks; writes nothing.

    Content and refusals as in ``check_custody``. Whom a court declared dead is no matter of this
    but of a DEATH case (source COURT).
    """
    return _check(case, Topic.MISSING)


def decide_missing(case: Case) -> int:
    """The act of a MISSING case; rows written."""
    return _decide(case, Topic.MISSING)


def _check(case: Case, topic: Topic) -> int:
    asked = _asked(case, topic)
    stretches(told=_told_with(asked, case), by=form_rules())
    return 0


def _decide(case: Case, topic: Topic) -> int:
    asked = _asked(case, topic)
    with transaction.atomic():
        lock_events(person_id=asked.person)
        stretches(told=_told_with(asked, case), by=form_rules())
        rows = 1
        if asked.event is None or asked.effective is None:
            close(_current(asked, case))
        else:
            rows += keep(case, asked.effective)
            LifeEvent.objects.create(
                person_id=asked.person,
                topic=topic.name,
                form=asked.event.form.name,
                from_date=asked.event.day,
                from_month=asked.event.month.first_day,
                document=asked.document,
                case_id=case.pk,
            )
        return rows + settle(person_id=asked.person, topic=topic)


def _asked(case: Case, topic: Topic) -> Asked:
    person = family_of(party_id=case.party_id)[0]
    if "withdraws" in case.content:
        content.text(case, "reason", "撤销原因")
        return Asked(person, topic, withdraws=content.number(case, "withdraws", "情形"))
    allowed = tuple(form.name for form in Form if form.topic is topic)
    form = Form[content.choice(case, "form", "情形", allowed)]
    day = content.day(case, "from_date", "发生日期")
    if day > content.day_of(case):
        raise ContentInvalid("发生日期不能晚于今天。", case_id=case.pk)
    document = content.text(case, "document", "文书名称和文号", most=DOCUMENT_MAX)
    effective = effective_of(case, event=form.name, label=form.label, day=day)
    told = Told(form, day, effective.month, case.pk)
    return Asked(person, topic, told, effective, document)


def _told_with(asked: Asked, case: Case) -> list[Told]:
    """All events as they will be when the case is decided.

    Raises:
        EventKnown, NoEvent.
    """
    current = LifeEvent.objects.filter(
        person__in=family_of(party_id=asked.person),
        topic=asked.topic.name,
        superseded_at__isnull=True,
    )
    new = asked.event
    if new is None:
        gone = _current(asked, case)
        return [told_of(event) for event in current if event.pk != gone.pk]
    known = [told_of(event) for event in current]
    if any((told.form, told.day) == (new.form, new.day) for told in known):
        raise EventKnown(f"{new.day}“{new.form.label}”已登记。", case_id=case.pk)
    return [*known, new]


def _current(asked: Asked, case: Case) -> LifeEvent:
    event = LifeEvent.objects.filter(
        pk=asked.withdraws,
        person__in=family_of(party_id=asked.person),
        topic=asked.topic.name,
        superseded_at__isnull=True,
    ).first()
    if event is None:
        raise NoEvent("没有这条可撤销的情形。", case_id=case.pk)
    return event
