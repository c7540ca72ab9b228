"""What the register knows before somebody joins or leaves (办理前已知情况)."""

from dataclasses import dataclass

from django.db.models import Q

from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.months import Month, MonthRange
from backend.people import deaths
from backend.people.models import Alias, Organisation, Party, PartyKind, Person
from backend.people.queries import canonical_id, family_of
from insurance.enrolment.assess import Held, Known, PayerUnknown, PersonUnknown
from insurance.enrolment.models import Deregistration, Enrolment, Kind, Wage, WageSource

PAYER_KINDS = {
    Kind.EMPLOYED: (PartyKind.EMPLOYER, PartyKind.INSTITUTION),
    Kind.RESIDENT: (PartyKind.VILLAGE,),
}


@dataclass(frozen=True)
class Payer:
    """Who pays for somebody, and where; no id for those who pay alone."""

    party_id: int | None
    district: str
    gone_from: Month | None = None


def person_in_register(*, person_id: int) -> Person:
    """Give the person as whom this one lives on.

    Raises:
        PersonUnknown.
    """
    person = Person.objects.filter(pk=canonical_id(party_id=person_id)).first()
    if person is None:
        raise PersonUnknown(person_id=person_id)
    return person


def payer_in_register(*, payer_id: int | None, kind: Kind, person: Person) -> Payer:
    """Give the employer or village, or nobody for a flexible worker.

    Raises:
        PayerUnknown: also a village for an employee, and anybody for a flexible worker.
    """
    if kind is Kind.FLEXIBLE and payer_id is None:
        return Payer(None, person.district)
    party_id = canonical_id(party_id=payer_id or 0)
    fits = Party.objects.filter(pk=party_id, kind__in=PAYER_KINDS.get(kind, ())).exists()
    if not fits:
        raise PayerUnknown(payer_id=payer_id)
    district = Organisation.objects.get(pk=party_id).district[:6]
    gone = Deregistration.objects.filter(payer=party_id, superseded_at__isnull=True).first()
    return Payer(party_id, district, Month.of(gone.valid.lower) if gone else None)


def known_of(*, person: Person, payer: Payer) -> Known:
    """Gather what the rules of joining ask for."""
    death = deaths.current_death(person_id=person.pk)
    return Known(
        born=Month.of(person.birth_date),
        died=Month.of(death.death_date) if death else None,
        payer_gone_from=payer.gone_from,
        held=held_by(person_id=person.pk),
        declared_fen=_declared(person_id=person.pk, payer_id=payer.party_id),
    )


def _declared(*, person_id: int, payer_id: int | None) -> dict[int, int]:
    """The highest wage that an employer declared of a person for each year, under any entries."""
    if payer_id is None:
        return {}
    rows = Wage.objects.filter(
        person__in=family_of(party_id=person_id),
        payer__in=family_of(party_id=payer_id),
        wage_source=WageSource.DECLARED,
        superseded_at__isnull=True,
    )
    highest: dict[int, int] = {}
    for valid, fen in rows.values_list("valid", "monthly_fen"):
        highest[valid.lower.year] = max(fen, highest.get(valid.lower.year, 0))
    return highest


def held_by(*, person_id: int) -> tuple[Held, ...]:
    """Give the current enrolments of a person and of all who were merged into this one.

    A payer that was merged is its survivor.
    """
    rows = list(
        Enrolment.objects.filter(
            person__in=family_of(party_id=person_id), superseded_at__isnull=True
        ).order_by("pk")
    )
    payers = {row.payer_id for row in rows if row.payer_id is not None}
    lives_on: dict[int, int | None] = dict(
        Alias.objects.filter(party__in=payers).values_list("party", "survivor")
    )
    return tuple(
        Held(
            enrolment_id=row.pk,
            scheme=row.scheme,
            kind=row.kind,
            payer_id=lives_on.get(row.payer_id or 0, row.payer_id),
            months=months_of(row),
        )
        for row in rows
    )


def of_payer(*, party_id: int | None) -> Q:
    """Let enrolments be those at a payer, under whatever entry; without it of who pays alone."""
    return Q(payer=None) if party_id is None else Q(payer__in=family_of(party_id=party_id))


def months_of(row: Enrolment) -> MonthRange:
    """Give the months of a row."""
    upper = row.valid.upper
    return MonthRange(Month.of(row.valid.lower), Month.of(upper) if upper else None)


def record_change(
    *, name: str, party_id: int, rows: int, by: Staff | None, details: dict[str, object]
) -> None:
    """Write the act that changed somebody's enrolments."""
    record(
        name=name,
        subject_kind="people.party",
        subject_id=str(party_id),
        rows=rows,
        staff_id=by.pk if by else None,
        person_id=by.person_id if by else None,
        party_id=party_id,
        details=details,
    )
