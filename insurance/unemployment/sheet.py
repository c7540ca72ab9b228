"""Print the sheet of a claim for the person to sign (打印失业保险金核定表)."""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.people.queries import sights
from insurance.benefits.award_sheet import UnemploymentSheet, unemployment_sheet
from insurance.benefits.sheet_facts import holder_of, payment_of
from insurance.issuing.compared import Compared, Entry
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.policy.regions import region_said
from insurance.policy.retirement import month_said
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
        compared=_compared(claim),
    )


def _compared(claim: Claim) -> Compared | None:
    """How a claim differs from the one that it corrects."""
    before = claim.corrects
    if before is None:
        return None
    return Compared(
        way="更正",
        because=str(claim.figures["ground"]["said"]),
        entries=tuple(Entry(label, said(before), said(claim)) for label, said in SAYS.items()),
    )


def _until(claim: Claim) -> str:
    return month_said(month=Month.of(claim.registered_on).plus(claim.granted_months - 1))


def _near(claim: Claim) -> str:
    months = claim.pension_months
    return month_said(month=Month.of(months.lower)) if months else "没有"


SAYS: Mapping[str, Callable[[Claim], str]] = {
    "出生年月": lambda claim: month_said(month=Month.of(claim.birth_month)),
    "参保地": lambda claim: region_said(region=claim.region),
    "缴费月数": lambda claim: f"{claim.paid_months}个月",
    "未领完月数": lambda claim: f"{claim.unused_months}个月",
    "核定月数": lambda claim: f"{claim.granted_months}个月",
    "领到": _until,
    "代缴养老保险费起": _near,
    MONTHLY: lambda claim: f"{figure(amount=Money(claim.monthly_fen))} 元",
}
