"""What is left of a benefit when its relation moves away (转移时剩余的失业保险金)."""

from collections import Counter

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.transfer_benefits import MonthsLeft
from insurance.benefits.models import Component
from insurance.unemployment.spells import drawn_months, last_claim


class StillDrawn(Refusal):
    """The benefit is stopped before its relation moves (尚未停发)."""

    code = "unemployment_transfer_still_drawn"


def benefits_left(*, case: Case, month: Month) -> list[MonthsLeft]:
    """Give the months after one that were granted and are not drawn here, by their amount.

    Raises:
        StillDrawn.
    """
    claim = last_claim(person_id=case.party_id)
    if claim is None:
        return []
    drawn = drawn_months(claim=claim)
    if any(one > month for one in drawn):
        raise StillDrawn(
            f"失业保险金领到 {max(drawn)}，请先从 {month.next} 起停发，再转出关系。",
            case_id=case.pk,
        )
    granted: Counter[int] = Counter()
    parts = Component.objects.filter(entitlement=claim.entitlement_id, superseded_at__isnull=True)
    for valid, fen in parts.order_by("valid").values_list("valid", "fen"):
        for one in Month.of(valid.lower).until(Month.of(valid.upper)):
            granted[fen] += one > month
    return [MonthsLeft(fen, months) for fen, months in granted.items() if months]
