"""Tell a person of a decided case (告知): the rows are written in the decision's own transaction.

Messages are sent by jobs (``send.py``), the rest by the people at desk and telephone.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access.constraints import violated
from backend.cases import kinds
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.notices.gateway import gateway
from backend.notices.models import Notice, NoticeStep, StepState
from backend.notices.routes import Channel, Route, Way, routes
from backend.notices.send import in_state, order_message
from backend.notices.text import Matter, text_of
from backend.people.contacts import contacts_of, is_mobile
from backend.people.models import ContactKind, Person
from backend.people.queries import family_of, sights

# What was given up within these days is told too, and what came up within them reaches nobody for
# sure: who takes an account over changes the number first.
FRESH_CONTACTS = timedelta(days=90)


def give_notices(*, case: Case, more: str, call_back: bool) -> int:
    """Tell the party of a decided case by every way that reaches it; rows written.

    ``more`` is what the text says beside what was decided; ``call_back``: an answer is wanted. A
    way that was told of the case already is not told again.
    """
    decided_at = case.decided_at or case.received_at
    on = timezone.localdate(decided_at)
    matter = Matter(
        agency=case.agency.name,
        label=kinds.kind_of(code=case.kind, on=on).label,
        case_id=case.pk,
        decided_on=on,
        more=more,
    )
    text = text_of(matter=matter, demo=is_demo())
    found = _routes(case, decided_at, call_back=call_back)
    return sum(_give(case, route, text) for route in found)


def give_otherwise(*, notice_id: int) -> int:
    """Tell somebody by letter, or at the window, whom a message or a call did not reach; rows
    written."""
    notice = in_state(StepState.FAILED).filter(pk=notice_id).select_related("case").first()
    if notice is None or notice.former:
        return 0
    case = notice.case
    found = _routes(case, case.decided_at or case.received_at, call_back=False, by_phone=False)
    return sum(_give(case, route, notice.text) for route in found)


def _routes(
    case: Case, decided_at: datetime, *, call_back: bool, by_phone: bool = True
) -> tuple[Route, ...]:
    contacts = contacts_of(
        party_ids=family_of(party_id=case.party_id),
        changed_since=decided_at - FRESH_CONTACTS,
    )
    phones = [
        Way(one.value, one.former, mobile=is_mobile(one.value), fresh=one.fresh)
        for one in contacts
        if by_phone and one.kind == ContactKind.PHONE
    ]
    addresses = [
        Way(one.value, one.former, fresh=one.fresh)
        for one in contacts
        if one.kind == ContactKind.ADDRESS
    ]
    if not any(way.reaches for way in addresses):
        addresses += _by_the_village(case)
    return routes(
        phones=phones, addresses=addresses, sms=gateway() is not None, call_back=call_back
    )


def _by_the_village(case: Case) -> list[Way]:
    """Where no address is known since long, the village hands the letter over."""
    person = Person.objects.filter(pk=case.party_id).first()
    if person is None or person.village_id is None:
        return []
    on = timezone.localdate(case.received_at)
    return [Way(f"由{sights(party_ids=[person.village_id], on=on)[person.village_id].name}转交")]


def _give(case: Case, route: Route, text: str) -> int:
    values = {"case": case, "channel": route.channel.name, "address": route.address}
    try:
        with transaction.atomic():
            notice = Notice.objects.create(
                party_id=case.party_id, former=route.former, text=text, **values
            )
    except IntegrityError as error:
        if violated(error) != "notices_notice_once":
            raise
        return 0
    NoticeStep.of(notice, StepState.QUEUED).save(force_insert=True)
    if route.channel is Channel.SMS:
        order_message(notice=notice)
    return 2
