"""A flexible worker chooses the base to pay on (选定缴费基数), between floor and ceiling."""

from datetime import date

from django.db import transaction

from backend.access.models import Staff
from backend.deployment import is_demo
from backend.kernel.months import Month, MonthRange
from backend.people.queries import family_of
from insurance.collection.bills.bill_run import REGION
from insurance.collection.rules.bounds import bounds_for, check_choice
from insurance.enrolment.assess import NotEnrolled, RuleSaysNo
from insurance.enrolment.known import held_by, person_in_register
from insurance.enrolment.models import Kind, Wage
from insurance.enrolment.reach import earliest_for
from insurance.enrolment.wages import DeclaredWage, declare_wages
from insurance.policy import parameters as policy


class ChoiceTooLate(RuleSaysNo):
    """Of months gone by for long nobody chooses the base any more (选定月份过早)."""

    code = "collection_choice_too_late"
    words = "选定缴费基数的月份早于窗口可办的最早月份。"


@transaction.atomic
def choose_base(
    *, person_id: int, from_month: Month, base_fen: int, today: date, by: Staff | None = None
) -> Wage:
    """Let a base hold from a month on, as chosen and confirmed; the wage that holds then.

    Months billed already are billed again by the next run, by difference. Twice changes nothing.

    Raises:
        PersonUnknown, NotEnrolled: not insured alone from then on; ChoiceOutOfBounds,
        ChoiceTooLate, TooFarAhead; NotConfigured, NotVerified: bounds, or how far back.
    """
    person = person_in_register(person_id=person_id)
    schemes = _schemes(person.pk, from_month)
    for scheme in schemes:
        bounds = bounds_for(
            tree=policy.load(),
            scheme=scheme,
            region=REGION,
            month=from_month,
            known_on=today,
            demo=is_demo(),
        )
        check_choice(chosen_fen=base_fen, bounds=bounds)
    earliest = earliest_for(
        kind=Kind.FLEXIBLE, district=person.district, month=from_month, today=today
    )
    if from_month < earliest:
        raise ChoiceTooLate()
    wage = DeclaredWage(person.pk, base_fen, confirmed=True)
    declare_wages(payer_id=None, from_month=from_month, wages=[wage], today=today, by=by)
    rows = Wage.objects.filter(
        person__in=family_of(party_id=person.pk), payer=None, superseded_at__isnull=True
    )
    return rows.filter(valid__contains=from_month.first_day).latest("pk")


def _schemes(person_id: int, month: Month) -> list[str]:
    """The schemes in which somebody is insured alone from a month on, or later."""
    held = held_by(person_id=person_id)
    schemes = {
        row.scheme
        for row in held
        if row.kind == Kind.FLEXIBLE and row.months.overlaps(MonthRange(month))
    }
    if not schemes:
        raise NotEnrolled("此人自该月起没有以灵活就业身份参保。", person_id=person_id)
    return sorted(schemes)
