"""All figures of a run of bills (核定参数), resolved once and as whole numbers.

They are stored with the run (``BillRun.parameters``); its SQL reads no others. A share is
``(base_fen * ppm + addend) / (1000000 * unit_fen) * unit_fen`` in whole numbers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.kernel.money import Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.collection.models import BillMode
from insurance.collection.rules.bounds import Several
from insurance.collection.rules.pay_by import RESIDENT, PayBy, pay_by_rule
from insurance.collection.rules.residents import MEDICAL, PENSION, medical_terms, pension_terms
from insurance.collection.rules.terms import (
    MILLION,
    MONTHLY,
    EmployerRounding,
    terms_for,
)
from insurance.collection.rules.undeclared import PER_MILLE, Basis, undeclared_terms
from insurance.enrolment.groups import groups
from insurance.policy import parameters as policy

HALF = {Rounding.HALF_UP_FEN, Rounding.HALF_UP_YUAN}
UP = {Rounding.UP_JIAO, Rounding.UP_YUAN}


@dataclass(frozen=True)
class Place:
    """Where and when figures are resolved: region, business month, the day of what is published."""

    region: str
    period: Month
    known_on: date
    demo: bool


Row = dict[str, Any]


def of_months(
    *, place: Place, kinds: Collection[str], months: Collection[Month], districts: Iterable[str]
) -> dict[str, Any]:
    """Resolve what employed or flexible people owe for these months.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    pairs = [(kind, scheme) for kind in kinds for scheme in MONTHLY[kind]]
    terms = [_term(place, kind, scheme, month) for month in months for kind, scheme in pairs]
    return {
        "terms": terms,
        "rounds_once": any(row["rounds_once"] for row in terms),
        "undeclared": [_undeclared(place, month) for month in months],
        "pay_by": [
            _pay_by(place, kind, scheme, month) for month in months for kind, scheme in pairs
        ],
        "modes": modes_of(place=place, districts=districts),
    }


def of_years(*, place: Place, years: Collection[int], missing_stops: bool) -> dict[str, Any]:
    """Resolve what residents owe for these years, both schemes.

    Where ``missing_stops`` is false, a year and scheme without its figures bears the code of the
    refusal instead: nobody of it is assessed, and all others are.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    found: dict[str, Any] = {"years": [], "grades": [], "support": [], "pay_by": [], "modes": {}}
    for year in years:
        month = Month(year, 1)
        for scheme, figures in ((PENSION, _pension), (MEDICAL, _medical)):
            try:
                of_year = figures(place, month)
                of_year["pay_by"] = [_pay_by(place, RESIDENT, scheme, month)]
            except (NotConfigured, NotVerified) as missing:
                if missing_stops:
                    raise
                of_year = {"years": [_year(scheme, month, code=missing.code)]}
            for name, rows in of_year.items():
                found[name] += rows
    return found


def modes_of(*, place: Place, districts: Iterable[str]) -> dict[str, str]:
    """Give how employers' contributions are collected at each place, in the month of the run.

    Raises:
        NotConfigured, NotVerified.
    """

    def mode(region: str) -> str:
        found = policy.load().resolve("collection.mode", region, place.period.first_day, place.demo)
        return BillMode(found.text).value

    return {region: mode(region) for region in sorted({place.region, *districts})}


def scaled(*, rounding: Rounding, parts: int) -> tuple[int, int]:
    """Give addend and unit of a rounding for products in so many parts of a fen."""
    unit = rounding.unit_fen
    whole = parts * unit
    addend = whole // 2 if rounding in HALF else whole - 1 if rounding in UP else 0
    return addend, unit


def _term(place: Place, kind: str, scheme: str, month: Month) -> Row:
    terms = terms_for(
        tree=policy.load(),
        scheme=scheme,
        kind=kind,
        region=place.region,
        month=month,
        known_on=place.known_on,
        demo=place.demo,
    )
    addend, unit = scaled(rounding=terms.person.rounding, parts=MILLION)
    return {
        "month": month.first_day.isoformat(),
        "scheme": scheme,
        "kind": kind,
        "floor_fen": terms.bounds.floor_fen,
        "ceiling_fen": terms.bounds.ceiling_fen,
        "interim": terms.bounds.interim,
        "own_ppm": terms.person.ppm,
        "employer_ppm": terms.employer.ppm if terms.employer else None,
        "account_ppm": terms.account.ppm if terms.account else None,
        "addend": addend,
        "unit_fen": unit,
        "rounds_once": bool(terms.employer)
        and terms.employer_rounding is EmployerRounding.ROUND_OF_SUM,
        "sums_to_ceiling": terms.several is Several.SUM_CEILING,
    }


def _undeclared(place: Place, month: Month) -> Row:
    terms = undeclared_terms(tree=policy.load(), region=place.region, month=month, demo=place.demo)
    addend, unit = scaled(rounding=terms.rounding, parts=PER_MILLE)
    return {
        "month": month.first_day.isoformat(),
        "factor_pm": terms.factor_pm,
        "last_declared": terms.basis is Basis.LAST_DECLARED,
        "addend": addend,
        "unit_fen": unit,
    }


def _pay_by(place: Place, kind: str, scheme: str, month: Month) -> Row:
    """The last day to pay; what is billed after its month is paid with what is billed now.

    When that day is over too, it is that of the first month after whose day is not: nobody is late
    for what nobody had billed. Residents have at least until a month's end.
    """
    rule = _rule(place, kind, scheme, month)

    def day(paid_with: Month) -> date:
        if kind == RESIDENT:
            return max(rule.last_day(month), paid_with.last_day)
        return rule.last_day(max(month, paid_with))

    paid_with = place.period
    while day(paid_with) < place.known_on:
        paid_with = paid_with.next
    return {
        "kind": kind,
        "scheme": scheme,
        "month": month.first_day.isoformat(),
        "day": day(paid_with).isoformat(),
    }


def _rule(place: Place, kind: str, scheme: str, month: Month) -> PayBy:
    return pay_by_rule(
        tree=policy.load(),
        kind=kind,
        scheme=scheme,
        region=place.region,
        month=month,
        demo=place.demo,
    )


def _pension(place: Place, month: Month) -> dict[str, list[Row]]:
    terms = pension_terms(tree=policy.load(), region=place.region, year=month.year, demo=place.demo)
    first = month.first_day.isoformat()
    return {
        "years": [_year(PENSION, month, collective_max_fen=terms.collective_max_fen)],
        "grades": [
            {"month": first, "chosen_fen": chosen, "subsidy_fen": subsidy}
            for chosen, subsidy in sorted(terms.subsidy_fen.items())
        ],
        "support": _support(PENSION, month, terms.support_fen),
    }


def _medical(place: Place, month: Month) -> dict[str, list[Row]]:
    terms = medical_terms(tree=policy.load(), region=place.region, year=month.year, demo=place.demo)
    year = _year(MEDICAL, month, amount_fen=terms.amount_fen, subsidy_fen=terms.subsidy_fen)
    return {"years": [year], "support": _support(MEDICAL, month, terms.support_pm)}


def _year(scheme: str, month: Month, **figures: int | str) -> Row:
    """A year of a scheme: its amounts, or the ``code`` of why there are none."""
    nothing = dict.fromkeys(("amount_fen", "subsidy_fen", "collective_max_fen", "code"))
    return {"month": month.first_day.isoformat(), "scheme": scheme, **nothing, **figures}


def _support(scheme: str, month: Month, amounts: Mapping[str, int]) -> list[Row]:
    first = month.first_day.isoformat()
    return [
        {"month": first, "scheme": scheme, "code": code, "amount": amounts.get(code)}
        for code in _groups(scheme, month)
    ]


def _groups(scheme: str, month: Month) -> list[str]:
    """The groups that count in a scheme; one without an amount is 未配置 and stops its members."""
    known = groups(on=month.first_day)
    return sorted(code for code, group in known.items() if scheme in group.schemes)
