"""Terms and facts of pensions as the tests use them: Anqing, everything known."""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree
from insurance.pension.award_terms import AwardTerms, award_terms
from insurance.pension.divisor import DivisorTerms, divisor_terms
from insurance.pension.formula import AwardFacts
from insurance.pension.retirement import Allowed, Applicant, Route, check_route, route_terms
from insurance.policy import parameters
from insurance.policy.recompute import holds
from insurance.policy.retirement import Category, delay_rule, retirement
from insurance.policy.steps import Step

ANQING = "340800"
KNOWN = date(2026, 11, 5)
VECTORS = Path(__file__).parents[2] / "vectors"


def month(text: str) -> Month:
    return Month.parse(text)


def rows(name: str, table: str = "row") -> list[dict[str, Any]]:
    """The rows of a file of vectors."""
    text = (VECTORS / name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text, parse_float=Decimal)[table]
    return found


def retire(
    route: Route,
    category: str,
    born: str,
    on: str,
    months: int = 240,
    at_age: int | None = None,
    tree: ParameterTree | None = None,
) -> Allowed:
    """Ask for retirement in a month."""
    known = tree or parameters.load()
    rule = delay_rule(tree=known, category=Category[category])
    return check_route(
        applicant=Applicant(Category[category], month(born), months, at_age),
        terms=route_terms(
            tree=known,
            region=ANQING,
            route=route,
            month=month(on),
            statutory_month=retirement(birth_month=month(born), rule=rule).month,
            demo=True,
        ),
    )


@cache
def divisors(on: str) -> DivisorTerms:
    return divisor_terms(tree=parameters.load(), region=ANQING, month=month(on), demo=True)


def all_hold(steps: Iterable[Step]) -> bool:
    """Every step is computed again from what is printed of it, and says whom it rests on."""
    return all(
        holds(step=step) and step.version and step.article and step.name and step.sentence
        for step in steps
    )


@cache
def terms_of(on: str, known_on: date = KNOWN, base: str | None = None) -> AwardTerms:
    """The terms of who retires in a month, as known on a day."""
    return award_terms(
        tree=parameters.load(),
        region=ANQING,
        month=month(on),
        known_on=known_on,
        demo=True,
        base_fen=Money.yuan(base).fen if base else None,
    )


def facts_of(
    born: str = "1965-06", index: int = 12345, total: int = 368, deemed: int = 13, account: int = 0
) -> AwardFacts:
    return AwardFacts(month(born), index, total, deemed, account)
