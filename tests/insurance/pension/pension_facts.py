"""Terms and facts of pensions as the tests use them: Anqing, everything known."""

import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from backend.kernel.months import Month
from insurance.pension.divisor import DivisorTerms, divisor_terms
from insurance.pension.retirement import Allowed, Applicant, Route, check_route, route_terms
from insurance.policy import parameters
from insurance.policy.recompute import holds
from insurance.policy.retirement import Category
from insurance.policy.steps import Step

ANQING = "340800"
VECTORS = Path(__file__).parents[2] / "vectors"


def month(text: str) -> Month:
    return Month.parse(text)


def rows(name: str, table: str = "row") -> list[dict[str, Any]]:
    """The rows of a file of vectors."""
    text = (VECTORS / name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text, parse_float=Decimal)[table]
    return found


def retire(route: Route, category: str, born: str, on: str, months: int = 240) -> Allowed:
    """Ask for retirement in a month."""
    return check_route(
        applicant=Applicant(Category[category], month(born), months),
        terms=route_terms(
            tree=parameters.load(),
            region=ANQING,
            route=route,
            month=month(on),
            demo=True,
        ),
    )


def divisors(on: str) -> DivisorTerms:
    return divisor_terms(tree=parameters.load(), region=ANQING, month=month(on), demo=True)


def all_hold(steps: Iterable[Step]) -> bool:
    """Every step is computed again from what is printed of it, and says whom it rests on."""
    return all(
        holds(step=step) and step.version and step.article and step.name and step.sentence
        for step in steps
    )
