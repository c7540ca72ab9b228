"""Print the sheet of an award for the person to sign (打印待遇核定表)."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of, sights
from insurance.benefits.award_sheet import (
    Holder,
    Payment,
    PensionSheet,
    ResidentSheet,
    pension_sheet,
    resident_sheet,
)
from insurance.benefits.sheet_facts import holder_of, payment_of
from insurance.enrolment.models import Enrolment
from insurance.issuing.issue import Compose, Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.pension.award_changes import compared_of, index_of
from insurance.pension.award_steps import steps_of
from insurance.pension.models import Award, AwardKind, RetirementApproval
from insurance.policy.regions import region_said
from insurance.policy.retirement import YEAR_MONTHS

PARTS = {
    "基础养老金": "basic_fen",
    "个人账户养老金": "account_fen",
    "过渡性养老金": "transitional_fen",
    "基本养老金": "total_fen",  # the last is what is paid
}
RESIDENTS = "170"
RESIDENT_PARTS = {
    "基础养老金": "basic_fen",
    "个人账户养老金": "account_fen",
    "超年限养老金": "extra_fen",
    "居民养老金": "total_fen",  # the last is what is paid
}
ALONE = "灵活就业（个人缴费）"


def print_sheet(*, award: Award, by: Staff) -> Out:
    """Print the sheet of an award, of 110 or of 170.

    Raises:
        AmountUnexplained, StepDoesNotHold; as ``issue``.
    """
    case = Case.objects.select_related("agency").get(pk=award.case_id)
    on = _day(award, case)
    order = Order(
        kind=PaperKind.PENSION_AWARD,
        case=case,
        compose=_residents(award, on) if award.scheme == RESIDENTS else _employees(award, on),
        about=f"award/{award.pk}",
        standings=(Standing(award.standing),),
        interim=award.interim,
        on=on,
    )
    return issue(order=order, by=by)


def _day(award: Award, case: Case) -> date:
    """Who decided it did not compute it again: that is a job's, on its own day."""
    if award.kind == AwardKind.RECALCULATION:
        return timezone.localdate(award.recorded_at)
    return timezone.localdate(case.decided_at or case.received_at)


def _employees(award: Award, on: date) -> Compose:
    sheet = _sheet(award, on=on)
    return lambda issued: pension_sheet(sheet=sheet, issued=issued)


def _residents(award: Award, on: date) -> Compose:
    steps = steps_of(award=award)
    shown = {step.name for step in steps}
    parts = [(name, field) for name, field in RESIDENT_PARTS.items() if name in shown]
    sheet = ResidentSheet(
        holder=_holder(award, on),
        district=region_said(region=award.region),
        paid_years=award.total_months // YEAR_MONTHS,
        account_balance=Money(award.balance_fen),
        amounts=tuple((name, Money(getattr(award, field))) for name, field in parts),
        payment=_payment(award, on),
        steps=steps,
        compared=compared_of(award=award),
    )
    return lambda issued: resident_sheet(sheet=sheet, issued=issued)


def _sheet(award: Award, *, on: date) -> PensionSheet:
    steps = steps_of(award=award)
    approval = RetirementApproval.objects.select_related("facts").get(pk=award.figures["approval"])
    return PensionSheet(
        holder=_holder(award, on),
        employer=_employer(award, on),
        route=award.get_route_display(),
        first_working_month=Month.of(approval.facts.first_work_month),
        retirement_month=Month.of(award.retirement_month),
        total_months=award.total_months,
        deemed_months=award.deemed_months,
        average_index=Decimal(index_of(award=award)),
        account_balance=Money(award.balance_fen),
        amounts=tuple((name, Money(getattr(award, field))) for name, field in PARTS.items()),
        payment=_payment(award, on),
        steps=steps,
        compared=compared_of(award=award),
        medical_years=award.figures.get("medical_years", ""),
    )


def _holder(award: Award, on: date) -> Holder:
    return holder_of(person_id=award.person_id, birth_month=Month.of(award.birth_month), on=on)


def _payment(award: Award, on: date) -> Payment:
    first = Month.of(award.retirement_month).next
    return payment_of(person_id=award.person_id, first_month=first, on=on)


def _employer(award: Award, on: date) -> str:
    """The last payer before retirement, by its name of the day."""
    last = (
        Enrolment.objects.filter(
            person__in=family_of(party_id=award.person_id),
            scheme=award.scheme,
            superseded_at__isnull=True,
            valid__startswith__lte=award.retirement_month,
        )
        .order_by("-valid__startswith")
        .values_list("valid", "payer")
        .first()
    )
    if last is None or last[1] is None:
        return ALONE
    return sights(party_ids={last[1]}, on=on)[last[1]].name
