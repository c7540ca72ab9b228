"""How what was decided was computed, for a paper that tells any kind of case (决定的计算过程)."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.cases.models import Case
from insurance.policy.steps import Step


@dataclass(frozen=True)
class Computed:
    """The steps as they were kept, and the standing of what they rest on."""

    steps: tuple[Step, ...] = ()
    standing: str = ""


NOTHING = Computed()
ComputedOf = Callable[[Case], Computed]
_registered: dict[str, ComputedOf] = {}


def register(kind: str, computed_of: ComputedOf) -> None:
    """Say where a kind of case keeps its steps."""
    _registered[kind] = computed_of


def computed_of(case: Case) -> Computed:
    """Give the steps of a decided case; nothing where nothing was computed."""
    read = _registered.get(case.kind)
    return read(case) if read else NOTHING
