"""Persons who can be told something, and notices of their cases, for tests; invented (演示)."""

from datetime import UTC, datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.cases.models import Case
from backend.notices.give import give_notices
from backend.notices.models import Notice, StepState
from backend.people import contacts
from backend.people.models import ContactKind, PartyContact, Person
from tests import builders

MOBILE, OTHER_MOBILE, LANDLINE = "13800001234", "13900005678", "0556-1234567"
DEAD = "13700000000"
ADDRESS = "演示路1号2幢301室"
LONG_AGO = datetime(2025, 3, 1, tzinfo=UTC)


def reach(person: Person, **content: object) -> None:
    """A person's telephone number or address: the first was left long ago, another is of today."""
    known = PartyContact.objects.filter(party=person.pk)
    for name in list(content):
        kind = ContactKind[name.upper()]
        if not known.filter(kind=kind).exists():
            PartyContact.objects.create(
                party_id=person.pk,
                kind=kind,
                value=str(content.pop(name)),
                valid=SqlRange(LONG_AGO.date(), None),
                recorded_at=LONG_AGO,
            )
    if content:
        changed(person, **content)


def changed(person: Person, **content: object) -> None:
    """A person leaves a telephone number or an address today."""
    asked = {"evidence": "本人到窗口(演示)", **content}
    with transaction.atomic():
        contacts.apply(builders.case(kind="CONTACT_CHANGE", party=person, content=asked))


def told(
    person: Person,
    *,
    kind: str = "IDENTITY_CHANGE",
    more: str = "",
    call_back: bool = False,
    received_by: int | None = None,
) -> Case:
    """A case of a person, decided now, of which the person is told."""
    case = builders.case(kind=kind, party=person, received_by=received_by)
    case.decided_at = timezone.now()
    give_notices(case=case, more=more, call_back=call_back)
    return case


def ways(case: Case) -> list[tuple[str, str, bool]]:
    """By which channel, to where, whether that was given up."""
    return sorted(Notice.objects.filter(case=case).values_list("channel", "address", "former"))


def state_of(notice: Notice) -> StepState:
    """Where a notice stands."""
    return StepState(max(notice.steps.values_list("state", flat=True)))
