"""Nobody draws the employees' and the residents' pension together (职工、居民养老待遇不能同时享受).

170 begins at 60, 110 often later. Who has the months for 110 is told so before 170 is awarded; an
award of 110 ends 170 from its own first month on, and the monthly run finds what was paid for both.
Where it was wrong, and is stopped from its first month on, 170 goes on as if it had never been.
The residents' account goes over by a switch of schemes before: who draws 110 leaves it no more.
"""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import Exists, OuterRef

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.accounts.entries import balance
from insurance.benefits.drawn import decided_stops, draws
from insurance.benefits.models import Entitlement, Stop
from insurance.collection.fund_months import months_by_fund
from insurance.enrolment.models import Scheme
from insurance.enrolment.queries import months_insured
from insurance.pension import archive_facts
from insurance.pension.models import ArchiveFacts
from insurance.pension.retirement import minimum_months
from insurance.policy import parameters as policy
from insurance.policy.retirement import Category, delay_rule, retirement

EMPLOYEES, RESIDENTS = Scheme.EMPLOYEE_PENSION, Scheme.RESIDENT_PENSION
REASON = "EMPLOYEES_PENSION"
FIRST_MINIMUM = Month(2011, 7)  # 社会保险法; who reached the age before needed no fewer


class EmployeesPensionDue(Refusal):
    """With so many months as an employee one draws 110, not 170 (应领取职工养老金)."""

    code = "resident_award_employees_pension_due"


class ResidentsAccountOpen(Refusal):
    """What is left in the residents' account goes over before 110 is awarded (居民账户尚未转入)."""

    code = "award_residents_account_open"


def refuse_who_has_employees_months(*, case: Case, person: Person, first_month: Month) -> None:
    """Let nobody be awarded 170 unawares whose months reach the least of 110: deemed ones, and all
    that somebody was insured or paid for by a fund, for what was paid before is not known here.

    Raises:
        EmployeesPensionDue; NotConfigured: the least months.
    """
    facts = archive_facts.current(person_id=person.pk)
    months = (
        (facts.deemed_months if facts else 0)
        + months_insured(person_id=person.pk, scheme=EMPLOYEES, until=first_month)
        + months_by_fund(person_id=person.pk, scheme=EMPLOYEES, until=first_month)
    )
    if not months:
        return
    retires = expected_retirement(person=person, facts=facts)
    least = minimum_months(
        tree=policy.load(),
        region=case.agency.region,
        month=max(retires, FIRST_MINIMUM),
        demo=True,
    ).whole
    if months >= least:
        raise EmployeesPensionDue(
            f"此人职工养老参保（含视同）{months} 个月，已满 {least} 个月，{retires} 退休可领取职工"
            "养老金；本人仍要先领居民养老金的，请写明本人书面确认。",
            case_id=case.pk,
        )


def expected_retirement(*, person: Person, facts: ArchiveFacts | None) -> Month:
    """By law; of whom nothing is recognised the earliest that might be."""
    if facts is not None:
        category, birth = Category[facts.category], Month.of(facts.birth_month)
    else:
        category = Category.M60 if person.sex == 1 else Category.F50
        birth = Month.of(person.birth_date)
    return retirement(
        birth_month=birth, rule=delay_rule(tree=policy.load(), category=category)
    ).month


def refuse_open_residents_account(*, case: Case) -> None:
    """Let nobody who draws 170 be awarded 110 while the account of 170 holds anything.

    Raises:
        ResidentsAccountOpen.
    """
    if not draws(person_id=case.party_id, scheme=RESIDENTS):
        return
    family = family_of(party_id=case.party_id)
    left = sum(balance(person_id=person, scheme=RESIDENTS) for person in family)
    if left > 0:
        raise ResidentsAccountOpen(
            f"此人居民养老个人账户还有 {Money(left)} 元，请先办理制度衔接转入职工养老，再核定。",
            case_id=case.pk,
        )


def settle_residents_pension(*, case: Case) -> int:
    """Bring what a person draws of 170 to what was awarded of 110, as known now: it ends with the
    first month of 110, and goes on where an award of 110 was taken back; rows written."""
    family = family_of(party_id=case.party_id)
    first = _first_month_drawn(family)
    span = SqlRange(first, None) if first else None
    stops = Stop.objects.filter(
        entitlement__person__in=family,
        entitlement__scheme=RESIDENTS,
        reason=REASON,
        superseded_at__isnull=True,
    )
    wrong = [stop for stop in stops.order_by("pk") if stop.valid != span]
    for stop in wrong:
        close(stop)
    return len(wrong) + (_end(family, span, case) if span else 0)


def _first_month_drawn(family: list[int]) -> date | None:
    """The first month of what was awarded of 110 and is not stopped from that month on."""
    awarded = Entitlement.objects.filter(
        person__in=family, scheme=EMPLOYEES, case_id__isnull=False
    ).order_by("start_month")
    taken_back = decided_stops().filter(
        entitlement=OuterRef("pk"),
        valid__startswith__lte=OuterRef("start_month"),
        valid__endswith__isnull=True,
    )
    return awarded.exclude(Exists(taken_back)).values_list("start_month", flat=True).first()


def _end(family: list[int], span: SqlRange, case: Case) -> int:
    drawn = Entitlement.objects.filter(person__in=family, scheme=RESIDENTS)
    ended = decided_stops().filter(valid__contains=span)
    going_on = list(drawn.exclude(pk__in=ended.values("entitlement")).order_by("pk"))
    for entitlement in going_on:
        Stop.objects.create(entitlement=entitlement, reason=REASON, valid=span, case_id=case.pk)
    return len(going_on)
