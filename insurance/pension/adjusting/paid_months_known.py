"""For how many months somebody paid, as known now (缴费月数): as awarded, or corrected since."""

from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.models import PaidMonths


def paid_months_known(*, entitlement: Entitlement) -> int | None:
    """Give the months by the last correction, else by the award; None: nobody knows."""
    corrected = PaidMonths.objects.filter(entitlement=entitlement).order_by("pk").last()
    return corrected.paid_months if corrected else entitlement.paid_months
