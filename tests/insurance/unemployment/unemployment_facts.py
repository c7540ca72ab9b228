"""Terms and claims of unemployment insurance as the tests use them: everything known counts."""

import shutil
from functools import cache
from pathlib import Path

from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree
from insurance.policy import parameters
from insurance.policy.retirement import Category, Retirement, delay_rule, retirement
from insurance.unemployment.amount import MonthlyAmount, amount_terms, monthly_amount
from insurance.unemployment.duration import Claim, Duration, duration
from insurance.unemployment.duration_terms import DurationTerms, duration_terms

ANQING, HEFEI = "340800", "340100"


def month(text: str) -> Month:
    return Month.parse(text)


@cache
def terms(region: str = ANQING, registered: str = "2026-11") -> DurationTerms:
    return duration_terms(tree=parameters.load(), region=region, month=month(registered), demo=True)


def drawn(
    paid: int,
    unused: int = 0,
    *,
    region: str = ANQING,
    registered: str = "2026-11",
    retiring: Retirement | None = None,
) -> Duration:
    """The months of a claim."""
    claim = Claim(month(registered), paid, unused, retiring)
    return duration(claim=claim, terms=terms(region, registered))


def amount(region: str, of: str, tree: ParameterTree | None = None) -> MonthlyAmount:
    """The benefit of a month."""
    return monthly_amount(
        terms=amount_terms(
            tree=tree or parameters.load(), region=region, month=month(of), demo=True
        )
    )


@cache
def born(category: str, birth: str) -> Retirement:
    rule = delay_rule(tree=parameters.load(), category=Category[category])
    return retirement(birth_month=month(birth), rule=rule)


def retiring_in(text: str) -> Retirement:
    """Somebody whose statutory month it is."""
    births = (Month.from_index(index) for index in range(Month(1960, 1).index, 12 * 1995))
    people = (born(category.name, str(birth)) for birth in births for category in Category)
    return next(one for one in people if one.month == month(text))


def changed(folder: Path, **files: str) -> ParameterTree:
    """All parameters, but for some files: ``wages__minimum_class`` has this text instead."""
    copy = shutil.copytree(parameters.FOLDER, folder / "data")
    for name, text in files.items():
        (copy / f"{name.replace('__', '/')}.toml").write_text(text, encoding="utf-8")
    return ParameterTree.load(copy)
