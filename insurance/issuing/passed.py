"""All stages that a case passed (办理环节), from the desk to its end: with deliveries."""

from collections.abc import Iterator

from backend.cases.closing import needs_delivery
from backend.cases.models import Case, Closing
from backend.cases.stages import Passed, Stage, stages_of
from insurance.issuing.delivery import deliveries_of


def passed_of(*, case: Case) -> tuple[Passed, ...]:
    """Give the stages that a case passed, in their order; the last is 办结 once it has ended."""
    return (*stages_of(case=case), *_after(case))


def _after(case: Case) -> Iterator[Passed]:
    if case.decided_at is None:
        return
    if not needs_delivery(case=case):
        yield Passed(Stage.CLOSED, case.decided_by, case.decided_at)
        return
    for one in deliveries_of(case=case):
        said = f"{one.get_way_display()}，{one.delivered_on}，{one.paper.number}"
        yield Passed(Stage.DELIVERED, one.recorded_by, one.recorded_at, said)
    closing = Closing.objects.filter(case=case).first()
    if closing is not None:
        yield Passed(Stage.CLOSED, closing.closed_by, closing.closed_at)
