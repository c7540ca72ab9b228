"""What went away with a relation (已转出的关系): at an award here it counts no more.

The whole relation moves, with all months up to the transfer (国办发〔2009〕66号); its last place
awards the pension. Who came back brings the months by the papers of the other place.
"""

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts.models import Direction, TransferStage, TransferStep


class RelationElsewhere(Refusal):
    """The relation was moved to another place and did not come back (关系已转出)."""

    code = "transfer_relation_elsewhere"


def counts_since(*, person_id: int, scheme: str, since: Month) -> Month:
    """Give from when on months paid here count: ``since``, or the month of the last transfer."""
    out = _last(person_id, scheme, (Direction.OUT,))
    return since if out is None else max(since, Month.of(out.done_on))


def require_here(*, person_id: int, scheme: str) -> None:
    """Let nobody be awarded a pension here whose relation is at another place.

    Raises:
        RelationElsewhere.
    """
    last = _last(person_id, scheme, (Direction.OUT, Direction.IN))
    if last is not None and last.transfer.direction == Direction.OUT:
        raise RelationElsewhere(
            f"此人的关系已于 {last.done_on} 转到{last.transfer.other_agency}，"
            "转回以后才能在本地核定。",
            transfer=last.transfer_id,
        )


def _last(person_id: int, scheme: str, directions: tuple[Direction, ...]) -> TransferStep | None:
    """The last finished transfer, of all entries of the person."""
    steps = TransferStep.objects.filter(
        stage=TransferStage.SETTLED,
        transfer__person__in=family_of(party_id=person_id),
        transfer__scheme=scheme,
        transfer__direction__in=directions,
    )
    return steps.select_related("transfer").order_by("done_on", "recorded_at").last()
