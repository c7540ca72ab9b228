"""What a notice of refusal says of each thing applied for (不予核定的依据)."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from backend.cases.models import Case
from backend.kernel.dated import DatedFile, Standing, load_dated_toml
from insurance.benefits.notice_grounds import UNNAMED

FILE = Path(__file__).parent / "data" / "refusal_grounds.toml"
VERDICT = "不予核定"


@dataclass(frozen=True)
class RefusalGround:
    """What is applied for, by which rule that is decided, and how it is applied for again."""

    applied: str
    article: str
    way_back: str
    standing: Standing
    verdict: str


def refusal_ground_of(*, case: Case, on: date) -> RefusalGround | None:
    """Give what the notice of a refused case says; none for what is no application for a benefit.

    The agency's own correction of an award applies for nothing; an objection has its own answer.
    """
    if case.content.get("corrects") is not None:
        return None
    grounds = {found.text("code"): found for found in _grounds().in_force("ground", on)}
    found = grounds.get(f"{case.content.get('scheme')}_{case.kind}") or grounds.get(case.kind)
    if found is None:
        return None
    return RefusalGround(
        applied=found.text("applied"),
        article=f"{found.document}{found.article}" or UNNAMED,
        way_back=found.text("way_back"),
        standing=found.standing,
        verdict=str(found.fields.get("verdict", VERDICT)),
    )


@cache
def _grounds() -> DatedFile:
    return load_dated_toml(FILE, key=("code",))
