"""What somebody drew before (历次领取失业保险金): the last claim, and the months of it."""

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.benefits.models import Component, Stop
from insurance.unemployment.models import Claim


def last_claim(*, person_id: int) -> Claim | None:
    """Give the newest claim of a person, under whatever entry."""
    claims = Claim.objects.filter(person__in=family_of(party_id=person_id))
    return claims.order_by("-registered_on", "-pk").first()


def drawn_months(*, claim: Claim) -> frozenset[Month]:
    """Give the months of a claim for which benefit is due, as known now: paid, held or to come."""
    granted = Component.objects.filter(
        entitlement=claim.entitlement_id, superseded_at__isnull=True
    ).values_list("valid", flat=True)
    stopped = Stop.objects.filter(
        entitlement=claim.entitlement_id, superseded_at__isnull=True
    ).values_list("valid", flat=True)
    months = {
        month
        for valid in granted
        for month in Month.of(valid.lower).until(Month.of(valid.upper))
        if not any(month.first_day in stop for stop in stopped)
    }
    return frozenset(months)
