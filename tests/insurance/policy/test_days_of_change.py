"""Amounts on both sides of the days on which the rules changed: January of 2006, 2016 and 2017.

国发〔2005〕38号: from 2006 on 8 points of the base go to the account instead of 11, and pensions
are awarded by the formula that is in force today. 人社部发〔2017〕31号: the nation's account rate,
announced for 2016 for the first time. 人社部发〔2017〕14号: the unemployment rates from 2017 on.
Bounds, wages and rates that no document tells of those years are invented (演示); no worked figure
was published.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backend.kernel.dated import DatedRow, Standing, Value
from backend.kernel.money import Money
from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import NotConfigured, ParameterTree
from insurance.accounts.interest import Movement, YearFacts, YearInterest, year_interest
from insurance.accounts.rates import rate_of_year
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.lines import Part
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, terms_for
from insurance.pension.formula import AwardFacts, award_pension
from insurance.policy import parameters
from insurance.policy.recompute import first_wrong
from tests.insurance.pension.pension_facts import ANQING, month, terms_of

SHIPPED = parameters.load()
KNOWN = date(2026, 11, 5)
INVENTED: Mapping[str, Value] = {
    "pension.base_floor": 500,
    "pension.base_ceiling": 3000,
    "pension.rate_employer": Decimal("0.20"),
    "unemployment.bounds_as": "110",
}


def row(value: Value, since: date, until: date | None = None) -> DatedRow:
    return DatedRow(
        valid=DateRange(since, until),
        region=ANQING,
        standing=Standing.PUBLISHED,
        document="演示",
        article="",
        issued=None,
        note="",
        fields={"value": value},
    )


def with_figures(year: int) -> ParameterTree:
    """What is not known of a year and the one before, invented; the rates under test as shipped."""
    first, change, end = (date(one, 1, 1) for one in (year - 1, year, year + 1))
    files = {
        key: replace(
            SHIPPED.parameters[key],
            rows={"value": (row(value, first, change), row(value, change, end))},
        )
        for key, value in INVENTED.items()
    }
    person = "pension.rate_employee"
    shipped = SHIPPED.parameters[person]
    earlier = row(Decimal("0.08"), date(2001, 1, 1), date(2006, 1, 1))
    files[person] = replace(shipped, rows={"value": (earlier, *shipped.rows["value"])})
    return ParameterTree({**SHIPPED.parameters, **files}, "演示")


def paid(of: str, scheme: str = "110", kind: str = EMPLOYED) -> dict[Part, tuple[int, int]]:
    """What is due on 1,234.56 yuan, and what of it goes to the account."""
    terms = terms_for(
        tree=with_figures(month(of).next.year),
        scheme=scheme,
        kind=kind,
        region=ANQING,
        month=month(of),
        known_on=KNOWN,
        demo=True,
    )
    bill = assess_person(insured=Insured(1, 1 if kind == FLEXIBLE else 2, 1_234_56), terms=terms)
    assert first_wrong(steps=bill.steps) is None
    return {line.key.part: (line.fen, line.account_fen) for line in bill.lines}


@pytest.mark.parametrize(
    ("of", "person", "employer"),
    [
        ("2005-11", (98_76, 98_76), (246_91, 37_04)),
        ("2005-12", (98_76, 98_76), (246_91, 37_04)),  # 11 % are 135.80, three of them his share
        ("2006-01", (98_76, 98_76), (246_91, 0)),
    ],
)
def test_from_january_2006_on_eight_points_go_to_the_account_instead_of_eleven(
    of: str, person: tuple[int, int], employer: tuple[int, int]
) -> None:
    assert paid(of) == {Part.PERSON: person, Part.EMPLOYER: employer}


def test_the_twenty_points_of_flexible_workers_are_of_2006() -> None:
    assert paid("2006-01", kind=FLEXIBLE) == {Part.PERSON: (246_91, 98_76)}
    with pytest.raises(NotConfigured):
        paid("2005-12", kind=FLEXIBLE)


@pytest.mark.parametrize("of", ["2005-12", "2006-01"])
def test_where_bounds_are_not_known_no_contribution_is_computed(of: str) -> None:
    with pytest.raises(NotConfigured):
        terms_for(
            tree=SHIPPED,
            scheme="110",
            kind=EMPLOYED,
            region=ANQING,
            month=month(of),
            known_on=KNOWN,
            demo=True,
        )


def test_pensions_are_awarded_by_today_s_formula_from_january_2006_on() -> None:
    with pytest.raises(NotConfigured):
        terms_of("2005-12", base="1000.00")
    facts = AwardFacts(month("1946-01"), 1_0000, 360, 120, 1_000_000)

    found = award_pension(facts=facts, terms=terms_of("2006-01", base="1000.00"))

    # 1,000 × 30 %, 10,000 ÷ 139, 1,000 × 10 × 1.3 %
    assert (found.basic_fen, found.account_fen, found.transitional_fen) == (300_00, 71_94, 130_00)
    assert first_wrong(steps=found.steps) is None


def test_the_nation_s_account_rate_begins_with_2016() -> None:
    with pytest.raises(NotConfigured):
        rate_of_year(scheme="110", region=ANQING, year=2015, demo=True)

    found = [rate_of_year(scheme="110", region=ANQING, year=year) for year in (2016, 2017)]

    assert [(str(one.ratio), one.of_year) for one in found] == [("0.0831", 2016), ("0.0712", 2017)]


def of_year(year: int, opening_fen: int, *credits_of: int) -> YearInterest:
    """100 yuan in each of these months, by the shipped rate of the year."""
    movements = tuple(Movement(Month(year, one), 100_00) for one in credits_of)
    return year_interest(
        facts=YearFacts(year=year, opening_fen=opening_fen, movements=movements),
        rate=rate_of_year(scheme="110", region=ANQING, year=year),
    )


def test_a_balance_is_carried_from_one_rate_into_the_next() -> None:
    first = of_year(2016, 10_000_00, *range(1, 13))
    second = of_year(2017, first.closing_fen, *range(1, 13))

    # 831.00 + 7,800 × 0.0831 ÷ 12 = 885.015; 12,085.02 × 0.0712 + 7,800 × 0.0712 ÷ 12 = 906.733…
    assert (first.interest_fen, first.closing_fen) == (885_02, 12_085_02)
    assert (second.interest_fen, second.closing_fen) == (906_73, 14_191_75)
    assert first_wrong(steps=first.steps) is None
    assert first_wrong(steps=second.steps) is None


@pytest.mark.parametrize(
    ("arrives", "closing"),
    [
        (Month(2016, 12), "107.86"),  # 100 × 0.0831 ÷ 12 = 0.69; 100.69 × 1.0712
        (Month(2017, 1), "107.12"),  # 100 × 1.0712
        (Month(2017, 2), "106.53"),  # 100 × (1 + 0.0712 × 11 ÷ 12)
    ],
)
def test_what_arrives_in_december_2016_bears_a_month_of_that_year_s_rate(
    arrives: Month, closing: str
) -> None:
    before = of_year(2016, 0, *(arrives.month,) * (arrives.year == 2016))

    after = of_year(2017, before.closing_fen, *(arrives.month,) * (arrives.year == 2017))

    assert str(Money(after.closing_fen)) == closing


def test_the_half_points_of_unemployment_insurance_are_of_2017() -> None:
    assert paid("2017-01", "210") == {Part.PERSON: (6_17, 0), Part.EMPLOYER: (6_17, 0)}
    with pytest.raises(NotConfigured):
        paid("2016-12", "210")
