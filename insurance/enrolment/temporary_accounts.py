"""Open and find temporary accounts (临时基本养老保险缴费账户)."""

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet

from backend.deployment import is_demo
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.enrolment.households import Household, household_of
from insurance.enrolment.models import Enrolment, Scheme, Source, TemporaryAccount
from insurance.enrolment.temporary import Joiner, age_terms, is_of_age, is_temporary
from insurance.policy import parameters as policy

SCHEME = Scheme.EMPLOYEE_PENSION


def is_newcomer(*, person_id: int) -> bool:
    """Tell whether somebody was never insured here in 110, under whatever entry."""
    return not _enrolments(person_id).exists()


def open_temporary(
    *,
    person: Person,
    household: Household,
    month: Month,
    district: str,
    roster_file: int | None = None,
) -> int:
    """Open a temporary account for a newcomer where the rule says so; an earlier one, of an
    enrolment that was taken back, is closed. Rows written.

    Raises:
        NotConfigured, NotVerified: the ages.
    """
    before = _current(person.pk)
    for row in before:
        close(row)
    terms = age_terms(tree=policy.load(), region=district, month=month, demo=is_demo())
    joiner = Joiner(person.birth_date, Sex(person.sex), household.region, district)
    if not is_temporary(joiner=joiner, month=month, terms=terms):
        return len(before)
    TemporaryAccount.objects.create(
        person_id=person.pk,
        scheme=SCHEME,
        household=household.region,
        evidence=household.evidence,
        valid=SqlRange(month.first_day, None),
        source=Source.DESK if roster_file is None else Source.ROSTER,
        source_id=roster_file,
    )
    return len(before) + 1


def temporary_account(*, person_id: int) -> TemporaryAccount | None:
    """Give a person's temporary account; none where of the enrolments since its month, as joined or
    as corrected (更正), none is left."""
    enrolments = _enrolments(person_id)
    return next(
        (
            row
            for row in _current(person_id)
            if enrolments.filter(valid__overlap=SqlRange(row.valid.lower, None)).exists()
        ),
        None,
    )


def household_untold(*, person: Person, region: str) -> Month | None:
    """Give the month in which somebody newly joined past the age, and has no temporary account:
    where roster or desk told no place of the household, nobody said whether it is one.

    Raises:
        NotConfigured: the ages.
    """
    first = _enrolments(person.pk).order_by("valid__startswith", "pk").first()
    if first is None:
        return None
    month = Month.of(first.valid.lower)
    terms = age_terms(tree=policy.load(), region=region, month=month, demo=True)
    sex = Sex(person.sex)
    joined = is_of_age(birth_date=person.birth_date, sex=sex, month=month, terms=terms)
    told = household_of(person_id=person.pk, month=month) or temporary_account(person_id=person.pk)
    return month if joined and told is None else None


def _enrolments(person_id: int) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(
        person__in=family_of(party_id=person_id), scheme=SCHEME, superseded_at__isnull=True
    )


def _current(person_id: int) -> list[TemporaryAccount]:
    rows = TemporaryAccount.objects.filter(
        person__in=family_of(party_id=person_id), superseded_at__isnull=True
    )
    return list(rows.order_by("pk"))
