"""Print the sheet of a claim for the person to sign (打印失业保险金核定表)."""

from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import sights
from insurance.benefits.award_sheet import UnemploymentSheet, unemployment_sheet
from insurance.benefits.sheet_facts import holder_of, payment_of
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.unemployment.amount import MONTHLY
from insurance.unemployment.models import Claim


def print_sheet(*, claim: Claim, by: Staff) -> Out:
    """Print the sheet of a claim, as it was decided.

    Raises:
        AmountUnexplained, StepDoesNotHold; as ``issue``.
    """
    case = Case.objects.select_related("agency").get(pk=claim.case_id)
    sheet = _sheet(claim, on=timezone.localdate(case.decided_at or case.received_at))
    order = Order(
        kind=PaperKind.UNEMPLOYMENT_AWARD,
        case=case,
        compose=lambda issued: unemployment_sheet(sheet=sheet, issued=issued),
        about=f"claim/{claim.pk}",
        standings=(Standing(claim.standing),),
    )
    return issue(order=order, by=by)


def _sheet(claim: Claim, *, on: date) -> UnemploymentSheet:
    payer, first = claim.job_end.payer_id, Month.of(claim.registered_on)
    return UnemploymentSheet(
        holder=holder_of(person_id=claim.person_id, birth_month=Month.of(claim.birth_month), on=on),
        employer=sights(party_ids={payer}, on=on)[payer].name,
        ended_because=claim.job_end.get_reason_display(),
        registration_month=first,
        paid_months=claim.paid_months,
        unused_months=claim.unused_months,
        months=claim.granted_months,
        last_month=first.plus(claim.granted_months - 1),
        monthly=(MONTHLY, Money(claim.monthly_fen)),
        payment=payment_of(person_id=claim.person_id, first_month=first, on=on),
        steps=read(rows=claim.steps),
    )
