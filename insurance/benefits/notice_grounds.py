"""What a notice says of each reason to hold or stop (告知书的依据)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import DatedFile, Standing, load_dated_toml
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.models import Hold, HoldReason, Stop

FILE = Path(__file__).parent / "data" / "notice_grounds.toml"
UNNAMED = "依据的文件未核实"


@dataclass(frozen=True)
class Ground:
    """Why, by which law, and how it is paid again."""

    reason: str
    article: str
    way_back: str
    standing: Standing


def ground_of(*, codes: Sequence[str], on: date) -> Ground | None:
    """Give what a notice says, by the first code with a ground; none for what no case decides."""
    grounds = {found.text("code"): found for found in _grounds().in_force("ground", on)}
    found = next((grounds[code] for code in codes if code in grounds), None)
    if found is None:
        return None
    named = f"{found.document}{found.article}" or UNNAMED
    return Ground(found.text("reason"), named, found.text("way_back"), found.standing)


def codes_of(*, row: Hold | Stop) -> tuple[str, ...]:
    """Under which a hold or a stop has its ground, what ends benefits of one scheme only first."""
    return (f"{row.entitlement.scheme}_{row.reason}", _code(row))


def code_of_death(*, confirmed: bool) -> str:
    """Under which a death has its ground."""
    return "DEATH" if confirmed else "DEATH_REPORTED"


def _code(row: Hold | Stop) -> str:
    if isinstance(row, Hold):
        return HoldReason(row.reason).value
    if LifeEvent.objects.filter(case_id=row.case_id).exists():
        return "SENTENCED"
    return "STOPPED"


@cache
def _grounds() -> DatedFile:
    return load_dated_toml(FILE, key=("code",))
