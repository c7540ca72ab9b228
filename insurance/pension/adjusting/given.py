"""What adjustments gave to a pension (已给的调整), by the last word of each."""

from collections import defaultdict
from collections.abc import Collection

from backend.kernel.months import Month
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.models import Kind, Row, RunState


def cases_that_adjusted(entitlement: Entitlement) -> list[int]:
    """The cases by which a pension was adjusted, or left out, the last first."""
    rows = Row.objects.filter(entitlement=entitlement, run__state=RunState.SEALED)
    return list(dict.fromkeys(rows.order_by("-run_id").values_list("run__case_id", flat=True)))


def is_concerned(*, decided_case: int, party_ids: Collection[int]) -> bool:
    """Whether an adjustment by a decision about all speaks of one of some persons."""
    return Row.objects.filter(run__case_id=decided_case, entitlement__person__in=party_ids).exists()


def given_before(*, entitlement: Entitlement, month: Month) -> dict[str, int]:
    """Give what was added, in fen a month by component, by those adjustments in which a pension
    that begins in a month takes no part."""
    sealed = Row.objects.filter(entitlement=entitlement, run__state=RunState.SEALED)
    rows = sealed.select_related("run").order_by("run_id")
    last = {(row.run.kind, row.run.since): row for row in rows}
    found: dict[str, int] = defaultdict(int)
    for (kind, since), row in last.items():
        if _takes_part(Kind(kind), Month.of(since), month):
            continue
        found[Kind(kind).raised] += row.fixed_fen + row.linked_fen
        found[Kind(kind).beside] += row.supplement_fen
    return {component: fen for component, fen in found.items() if fen}


def _takes_part(kind: Kind, since: Month, month: Month) -> bool:
    return month <= since if kind is Kind.YEARLY else month < since
