"""Somebody leaves (减员): insured up to and including a last month.

Months that are over go with it: on those no benefit may rest.
"""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import connection, transaction

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people.deaths import current_death
from backend.people.models import Organisation, Person
from backend.people.queries import canonical_id, family_of
from backend.web.scope import whole_city
from insurance.enrolment import store
from insurance.enrolment.assess import SCHEMES_OF, NotEnrolled, decide_leave
from insurance.enrolment.known import held_by, of_payer, person_in_register, record_change
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, Source
from insurance.enrolment.reach import earliest_for
from insurance.enrolment.rests import Blocker, months_lost, refuse_rested_on
from insurance.enrolment.roll_end import end_years

RESIDENT_SCHEMES = SCHEMES_OF[Kind.RESIDENT]

SHORTENED = """
SELECT e.id AS enrolment_id, daterange(lower(e.valid), %(until)s::date) AS valid,
    %(source)s AS source, NULL::bigint AS source_id, NULL::bigint AS case_id
FROM enrolment_enrolment e WHERE e.id = ANY (%(ids)s)
"""


@transaction.atomic
def leave(
    *,
    person_id: int,
    schemes: Collection[str],
    payer_id: int | None,
    last_month: Month,
    today: date,
    blockers: Sequence[Blocker],
    by: Staff | None = None,
) -> list[Enrolment]:
    """End enrolments with ``last_month``; give them as they are now, in the order of the schemes.

    Raises:
        RuleSaysNo: the first rule that is broken; nothing is written.
        MonthsRestedOn: a benefit rests on months that are over.
        NotConfigured, NotVerified: how far back the desk may speak.
    """
    person = person_in_register(person_id=person_id)
    lock_person(person_id=person.pk)
    payer = None if payer_id is None else canonical_id(party_id=payer_id)
    if not schemes:
        raise NotEnrolled("没有写明停保哪些险种。")
    held = held_by(person_id=person.pk)
    earliest = _earliest(person, payer, schemes, last_month, today)
    decided = [
        decide_leave(
            held=held,
            scheme=scheme,
            payer_id=payer,
            last_month=last_month,
            today=today,
            earliest=earliest,
        )
        for scheme in sorted(set(schemes))
    ]
    ending = [row.enrolment_id for row, already in decided if not already]
    _refuse_rested_on(
        person.pk, [row.scheme for row, already in decided if not already], last_month, today,
        blockers,
    )  # fmt: skip
    if ending:
        values = {"ids": ending, "until": last_month.next.first_day, "source": Source.DESK}
        were = list(Enrolment.objects.filter(pk__in=ending))
        with connection.cursor() as cursor:
            rows = sum(store.rewrite(cursor=cursor, select=SHORTENED, parameters=values))
            rows += sum(end_years(cursor=cursor, was=was) for was in were)
        record_change(
            name="enrolment.left",
            party_id=person.pk,
            rows=rows,
            by=by,
            details={"payer": payer, "schemes": sorted(schemes), "last_month": str(last_month)},
        )
    return list(
        Enrolment.objects.filter(
            of_payer(party_id=payer),
            person__in=family_of(party_id=person.pk),
            scheme__in=schemes,
            valid__endswith=last_month.next.first_day,
            superseded_at__isnull=True,
        ).order_by("scheme")
    )


def _refuse_rested_on(
    person_id: int,
    schemes: Sequence[str],
    last_month: Month,
    today: date,
    blockers: Sequence[Blocker],
) -> None:
    """Months that are over are not taken away where a benefit rests on them."""
    death = current_death(person_id=person_id)
    months = months_lost(
        last_month=last_month, today=today, died=Month.of(death.death_date) if death else None
    )
    if months is None:
        return
    with whole_city():  # of whichever agency
        for scheme in schemes:
            refuse_rested_on(
                blockers=blockers,
                person_id=person_id,
                scheme=scheme,
                months=months,
            )


def _earliest(
    person: Person, payer_id: int | None, schemes: Collection[str], last_month: Month, today: date
) -> Month:
    """The first month that the desk may take away from who is insured so."""
    kind = Kind.FLEXIBLE if payer_id is None else Kind.EMPLOYED
    if payer_id is not None and RESIDENT_SCHEMES.issuperset(schemes):
        kind = Kind.RESIDENT
    payer = Organisation.objects.filter(pk=payer_id).first()
    district = payer.district[:6] if payer else person.district
    return earliest_for(kind=kind, district=district, month=last_month.next, today=today)
