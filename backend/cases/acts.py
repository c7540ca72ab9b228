"""Which act follows on which step of which case (业务件办结动作): a table filled from above.

The city registers the acts at start. ``"DEATH"`` runs when a case is approved, in the same
transaction; ``"DEATH.RECEIVED"`` when it is received; ``"DEATH.REJECTED"`` when it is refused. An
act gives the number of business rows it wrote and writes no audit row: the step that calls it does.
What is registered for ``SEVERAL`` runs before the acts of cases that are decided together.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from backend.cases.models import Case

CaseAct: TypeAlias = Callable[[Case], int]
SEVERAL = "SEVERAL"
NO_ACTS: Mapping[str, CaseAct] = MappingProxyType({})
_registered: dict[str, CaseAct] = {}


def register(kind: str, act: CaseAct) -> None:
    """Let ``act`` complete cases of a kind; a second act for one kind is our own mistake."""
    if _registered.setdefault(kind, act) is not act:
        raise ValueError(f"two acts for {kind}")


def registered() -> Mapping[str, CaseAct]:
    """Give the acts that the city registered."""
    return MappingProxyType(_registered)
