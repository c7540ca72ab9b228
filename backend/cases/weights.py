"""What a case weighs (业务件的分量), and so who decides it: each kind's own pure function says it.

A kind whose weight nobody registered weighs nothing by which the table could tell cases apart. The
function reads the content alone, which is signed: what was decided can be weighed again for ever.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeAlias

from backend.cases import collective, content, kinds
from backend.cases.authority import Authority, Weight, authority
from backend.cases.content import Asks
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal

WeightOf: TypeAlias = Callable[[Asks], Weight]
DECIDE = "DECIDE"
_registered: dict[str, WeightOf] = {}


def register(kind: str, weigh: WeightOf) -> None:
    """Let ``weigh`` weigh cases of a kind; a second function for one kind is our own mistake."""
    if _registered.setdefault(kind, weigh) is not weigh:
        raise ValueError(f"two weights for {kind}")


def weighed() -> frozenset[str]:
    """Give the kinds that are weighed."""
    return frozenset(_registered)


def weight_of(*, kind: str, asks: Asks) -> Weight | None:
    """Give what a case weighs; None where its content cannot be read: then all rows count."""
    if kind not in _registered:
        return Weight()
    try:
        return _registered[kind](asks)
    except Refusal:
        return None


def amount_named(asks: Asks) -> Weight:
    """The weight of what names its ``amount`` (yuan)."""
    return Weight(fen=content.fen(asks, "amount", "金额"))


def require_minutes_where_asked(*, cases: Sequence[Case]) -> None:
    """Refuse what somebody wants accepted that is decided collectively, and names no meeting. What
    cannot be weighed its kind's own check refuses, and nobody can decide it.

    Raises:
        MinutesMissing, MinutesInvalid, ContentInvalid.
    """
    demo = is_demo()
    for case in cases:
        weight = weight_of(kind=case.kind, asks=case)
        if weight is not None:
            require_minutes(case, weight=weight, demo=demo)


def require_minutes(case: Case, *, weight: Weight, demo: bool) -> None:
    """The same of one case, and of what it weighs as its own kind knows better.

    Raises:
        MinutesMissing, MinutesInvalid, ContentInvalid.
    """
    if _authority(case, DECIDE, content.day_of(case), weight, demo).collective:
        collective.require_minutes(case)


def authority_over(case: Case, *, step: str, on: date, demo: bool) -> Authority:
    """Give who may take a step of a case."""
    return _authority(case, step, on, weight_of(kind=case.kind, asks=case), demo)


def _authority(case: Case, step: str, on: date, weight: Weight | None, demo: bool) -> Authority:
    return authority(
        subject_kind=kinds.CASE,
        case_kind=case.kind,
        step=step,
        on=on,
        weight=weight,
        demo=demo,
    )
