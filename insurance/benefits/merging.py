"""Merge two entries of one person only while no benefit rests on the one that goes (合并)."""

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people import merge
from insurance.benefits.life.settle import settle_all
from insurance.benefits.models import Claim, Entitlement


class MergedInPayment(Refusal):
    """The entry that goes has a benefit (被合并者有待遇)."""

    code = "merge_in_payment"


def check(case: Case) -> int:
    """At its receipt a MERGE case can be decided as it asks; writes nothing.

    Raises:
        as ``merge_persons``.
    """
    _refuse_in_payment(case)
    return merge.check(case)


def merge_persons(case: Case) -> int:
    """The act of a MERGE case; rows written.

    Deaths, holds and accounts are looked up under the person who has the benefit: that entry must
    be the one that stays.

    What was told of the entry that goes holds or stops the benefit of the one that stays.

    Raises:
        MergedInPayment: it is the other one; MergeImpossible.
    """
    _refuse_in_payment(case)
    rows = merge.merge(case)
    return rows + settle_all(person_id=case.party_id)


def _refuse_in_payment(case: Case) -> None:
    granted = Claim.objects.filter(person=case.party_id, superseded_at__isnull=True)
    if Entitlement.objects.filter(person=case.party_id).exists() or granted.exists():
        raise MergedInPayment("被合并的一方有待遇，请保留这一方，合并另一方。", case_id=case.id)
