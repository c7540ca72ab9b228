"""Wang drew a pension of 110 and died (遗属样例): three heirs; all invented (演示)."""

from dataclasses import replace
from datetime import date

import pytest

from backend.cases.models import Case
from backend.kernel.dated import DatedRow, Standing
from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import ParameterTree
from backend.people.models import Death, Person
from insurance.benefits.claims.models import Claim
from insurance.benefits.models import Entitlement
from insurance.pension import survivor_grant
from insurance.policy import parameters
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders as of

DIED_ON = date(2026, 10, 20)
START = Month(2024, 11)
COUNTY = "340826"
PAID_MONTHS = 28 * 12 + 9  # 22.75 months of the grant, less two for two years drawn


def pension(*, paid_months: int | None = PAID_MONTHS) -> Entitlement:
    """Drawn for two years at the death; 28 years and 9 months were paid for."""
    return m.entitlement(
        scheme="110", components={"BASIC": 200_000}, start=START, paid_months=paid_months
    )


def died(*, confirmed: bool = True, on: date = DIED_ON) -> Death:
    """Wang's death is told."""
    return Death.objects.create(
        person_id=builders.wang().pk,
        death_date=on,
        source="POLICE",
        confirmed=confirmed,
        evidence="演示",
        case_id=m.SOME_CASE,
    )


def died_too(person: Person, *, on: date = date(2026, 11, 8), confirmed: bool = True) -> Death:
    """One who would inherit died as well."""
    return Death.objects.create(
        person_id=person.pk,
        death_date=on,
        source="POLICE",
        confirmed=confirmed,
        evidence="演示",
        case_id=m.SOME_CASE + 1,
    )


def heirs(*people: Person) -> list[dict[str, object]]:
    """Each the same share."""
    relations = ("SPOUSE", "CHILD", "CHILD")
    return [
        {"payee": person.pk, "weight": 1, "relation": relation}
        for person, relation in zip(people, relations, strict=False)
    ]


def three() -> list[dict[str, object]]:
    """Li, Zhao and Chen."""
    return heirs(builders.li(), builders.zhao(), builders.chen())


def county_gives(patch: pytest.MonkeyPatch, **yuan: int) -> None:
    """A county has laid down amounts of its own; invented ones. ``scheme__name`` = yuan."""
    tree = parameters.load()
    made = dict(tree.parameters)
    for name, amount in yuan.items():
        key = name.replace("__", ".")
        row = DatedRow(
            valid=DateRange(date(2026, 1, 1)),
            region=COUNTY,
            standing=Standing.CITED,
            document="演示县人社〔2026〕1号",
            article="",
            issued=None,
            note="",
            fields={"value": amount},
        )
        shipped = made[key]
        made[key] = replace(shipped, rows={"value": (*shipped.rows["value"], row)})
    changed = ParameterTree(made, "c" * 64)
    patch.setattr(parameters, "load", lambda: changed)


def case(**changes: object) -> Case:
    """What Wang's heirs ask for."""
    m.office()
    content: dict[str, object] = {"scheme": "110", "heirs": three(), **changes}
    return of.decided(kind="SURVIVOR_GRANT", content=content, of=builders.wang())


def granted(**changes: object) -> Claim:
    """Wang's heirs are granted it."""
    asked = case(**changes)
    survivor_grant.decide(asked)
    return Claim.objects.get(case_id=asked.pk)
