"""Load what the check sheet of a person looks at (核对表的取数); writes nothing."""

from datetime import datetime

from django.utils import timezone

from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import family_of, is_double_changed
from insurance.accounts.entries import balance
from insurance.benefits.drawn import draws
from insurance.collection.keys import payers_of
from insurance.collection.models import BillLine
from insurance.enrolment.models import Enrolment, Scheme
from insurance.enrolment.temporary_accounts import household_untold, temporary_account
from insurance.pension import approval, archive_facts
from insurance.pension.award_place import place_terms
from insurance.pension.award_place_of import elsewhere_of, untold_of
from insurance.pension.both_schemes import expected_retirement
from insurance.pension.check_sheet import Item, Known, check_sheet
from insurance.pension.models import PeriodKind
from insurance.pension.paid_months import SCHEME, history_of
from insurance.pension.retirement import minimum_months
from insurance.policy import parameters as policy
from payments.models import PayeeAccount

FIRST_MONTH = Month(1951, 1)
RESIDENTS = Scheme.RESIDENT_PENSION


def check_sheet_of(*, person: Person, region: str, now: datetime) -> tuple[Item, ...]:
    """Give the sheet of a person as of now.

    Raises:
        NotConfigured: the least months of the retirement month, those of a place of award.
    """
    return check_sheet(known=_known(person, region, now))


def _known(person: Person, region: str, now: datetime) -> Known:
    today, family = timezone.localdate(now), family_of(party_id=person.pk)
    facts = archive_facts.current(person_id=person.pk)
    approved = approval.current(person_id=person.pk)
    history = history_of(
        person_id=person.pk, since=FIRST_MONTH, until=Month.of(today), region=region, on=today
    )
    retires = expected_retirement(person=person, facts=facts)
    least = minimum_months(tree=policy.load(), region=region, month=retires, demo=True)
    place = place_terms(tree=policy.load(), region=region, month=retires, demo=True)
    temporary = temporary_account(person_id=person.pk)
    return Known(
        birth_month=Month.of(facts.birth_month) if facts else None,
        id_month=Month.of(person.birth_date),
        deemed_months=facts.deemed_months if facts else 0,
        months_here=history.months,
        brought_months=history.brought_months + history.one_off_months,
        months_least=least.whole,
        past_age=retires < Month.of(today),
        enrolled_before=_enrolled_before(family),
        open_months=history.open_months,
        difference_months=history.differences,
        account_fen=sum(balance(person_id=one, scheme=SCHEME) for one in family),
        has_payee_account=PayeeAccount.objects.filter(
            payee=person.pk, superseded_at__isnull=True, valid__contains=today
        ).exists(),
        special_work=facts is not None
        and facts.archiveperiod_set.filter(kind=PeriodKind.SPECIAL).exists(),
        approval_no=approved.document_no if approved else "",
        other_schemes=_other_schemes(person.pk, family),
        doubly_changed=is_double_changed(party_id=person.pk, now=now),
        elsewhere=elsewhere_of(person_id=person.pk, region=region),
        months_of_place=place.least_months,
        temporary_since=Month.of(temporary.valid.lower) if temporary else None,
        household_untold_since=household_untold(person=person, region=region),
        places_untold=untold_of(person_id=person.pk),
    )


def _enrolled_before(family: list[int]) -> Month | None:
    """Since when somebody was insured before the first month that was billed here."""
    enrolments = Enrolment.objects.filter(
        person__in=family, scheme=SCHEME, superseded_at__isnull=True
    )
    first = min((row.valid.lower for row in enrolments), default=None)
    payers, persons = payers_of(person_id=family[0])
    lines = BillLine.objects.filter(payer_id__in=payers, person_id__in=persons, scheme=SCHEME)
    billed = lines.order_by("month").values_list("month", flat=True).first()
    if first is None or (billed is not None and billed <= first):
        return None
    return Month.of(first)


def _other_schemes(person_id: int, family: list[int]) -> list[str]:
    found = []
    residents = Enrolment.objects.filter(
        person__in=family, scheme=RESIDENTS, superseded_at__isnull=True
    )
    if residents.exists():
        found.append("居民养老保险参保")
    if draws(person_id=person_id, scheme=RESIDENTS.value):
        found.append("居民养老待遇")
    return found
