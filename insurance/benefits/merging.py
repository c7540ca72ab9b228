"""Merge two entries of one person (合并): which benefit goes on is decided before."""

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.people import merge
from insurance.benefits.between_runs import hold_runs
from insurance.benefits.double_draws import Entries, carry_over, require_decided
from insurance.benefits.life.settle import settle_all


def check(case: Case) -> int:
    """At its receipt a MERGE case can be decided as it asks; writes nothing.

    Raises:
        as ``merge_persons``.
    """
    merge.check(case)
    require_decided(entries=_entries(case))
    return 0


@transaction.atomic
def merge_persons(case: Case) -> int:
    """The act of a MERGE case; rows written.

    Deaths, holds and accounts are looked up under the person who has the benefit: the entry whose
    benefit goes on must be the one that stays. What was told of the entry that goes holds or stops
    the benefit of the one that stays, and what it owes back the other owes.

    Raises:
        MergeImpossible; MergedInPayment, MergeDrawnTwice, MergeMoneyOpen.
    """
    hold_runs()
    check(case)
    rows = merge.merge(case) + carry_over(entries=_entries(case), case_id=case.pk)
    return rows + settle_all(person_id=case.party_id)


def _entries(case: Case) -> Entries:
    return Entries(
        goes=case.party_id,
        stays=content.number(case, "survivor_id", "保留的当事人"),
        today=content.day_of(case),
    )
