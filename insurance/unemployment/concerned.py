"""Of whom a decision about many speaks (标准调整、稳岗返还所涉的人和单位)."""

from collections.abc import Collection

from insurance.benefits.models import Component, Entitlement
from insurance.unemployment.models import AmountChange, RefundEntry, RefundGrant


def is_concerned(*, decided_case: int, party_ids: Collection[int]) -> bool:
    """Whether another amount by a decision is paid to one of some persons, or a list of refunds
    that it settled names one of some employers."""
    changed = Component.objects.filter(
        case_id__in=AmountChange.objects.filter(case_id=decided_case).values("case_id"),
        entitlement__person__in=party_ids,
    )
    listed = RefundEntry.objects.filter(
        list__in=RefundGrant.objects.filter(case_id=decided_case).values("list"),
        payer__in=party_ids,
    )
    return changed.exists() or listed.exists()


def cases_that_changed(entitlement: Entitlement) -> list[int]:
    """The cases by which another amount is paid to who draws, the last first."""
    written = Component.objects.filter(entitlement=entitlement).values("case_id")
    changes = AmountChange.objects.filter(case_id__in=written).order_by("-pk")
    return list(changes.values_list("case_id", flat=True))
