"""Prove on live data that holds and stops are what the events in people's lives say (人身情形)."""

from collections.abc import Iterator

from backend.cases.decided import truly_decided
from backend.kernel.errors import Refusal
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.life.settle import is_settled
from insurance.benefits.life.timeline import Topic
from payments.ledger.invariants import Broken

AGREES = "人身情形:暂缓和停发与登记的情形一致"
AGREED = "一致"
DECIDED = "人身情形:登记所依据的业务件均已签名办结"


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_unsettled(), *_undecided()]


def promises() -> list[str]:
    """The names of all checks."""
    return [AGREES, DECIDED]


def _unsettled() -> Iterator[Broken]:
    told = LifeEvent.objects.values_list("person", "topic").order_by("person", "topic").distinct()
    for person_id, topic in told:
        found = _found(person_id, Topic[topic])
        if found != AGREED:
            yield Broken(AGREES, f"{person_id}/{topic}", AGREED, found)


def _found(person_id: int, topic: Topic) -> str:
    """Whether one person's holds and stops agree; events that no rule can read break the promise
    of this person and keep nobody else's from being proved."""
    try:
        return AGREED if is_settled(person_id=person_id, topic=topic) else "不一致"
    except Refusal as refusal:
        return f"无法核对：{refusal}"


def _undecided() -> Iterator[Broken]:
    wanted = set(LifeEvent.objects.values_list("case_id", flat=True))
    for case_id in sorted(wanted - truly_decided(case_ids=wanted)):
        yield Broken(DECIDED, str(case_id), "已签名办结", "否")
