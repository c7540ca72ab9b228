"""The parameters that ship with the house."""

from datetime import date
from decimal import Decimal

import pytest

from backend.kernel.dated import Standing
from backend.kernel.parameters import NotConfigured
from insurance.policy import parameters

ANQING = "340800"


def test_every_file_is_sound_and_has_a_chinese_name() -> None:
    tree = parameters.load()

    assert parameters.version() == tree.version
    assert all("\u4e00" <= file.name[0] <= "\u9fff" for file in tree.parameters.values())


def test_what_is_not_known_of_anqing_is_not_configured() -> None:
    for key in ("resident_pension.basic", "medical.rate_employer"):
        with pytest.raises(NotConfigured):
            parameters.load().resolve(key, ANQING, date(2026, 11, 1))


def test_only_these_figures_of_anqing_are_invented() -> None:
    invented = {
        key
        for key, file in parameters.load().parameters.items()
        for row in file.rows.get("value", ())
        if row.standing is Standing.DEMO
    }

    assert invented == {
        "benefits.pay_day",
        "benefits.reissue_day",
        "collection.employer_pay_by",
        "collection.individual_pay_by",
        "collection.mode",
        "collection.resident_medical_pay_by",
        "collection.resident_pension_pay_by",
        "enrolment.months_back",
        "medical.account_interest_rate",
        "medical.bounds_as",
        "medical.rate_employer",
        "medical.rate_flexible",
        "medical.resident_amount",
        "medical.resident_subsidy",
        "medical.resident_support_share",
        "pension.adjust",
        "pension.average_wage",
        "pension.award_base",
        "resident_pension.basic",
        "resident_pension.extra_per_year",
        "resident_pension.funeral_grant",
        "resident_pension.grades",
        "resident_pension.support_amount",
        "survivor.urban_income_year",
        "unemployment.funeral_grant",
        "unemployment.stability_refund_conditions",
        "unemployment.survivor_grant",
        "wages.minimum_class",
    }


@pytest.mark.parametrize(
    ("key", "on", "value"),
    [
        ("pension.rate_employer", date(2019, 5, 1), "0.16"),
        ("pension.account_credit_rate", date(2005, 12, 31), "0.11"),
        ("pension.account_credit_rate", date(2006, 1, 1), "0.08"),
        ("pension.base_floor", date(2025, 12, 31), "4311"),
        ("pension.base_ceiling", date(2026, 1, 1), "21772"),
        ("pension.award_base", date(2025, 1, 1), "7999"),
        ("pension.account_interest_rate", date(2021, 6, 30), "0.0669"),
        ("pension.minimum_contribution_months", date(2029, 12, 31), "180"),
        ("pension.minimum_contribution_months", date(2030, 1, 1), "186"),
        ("pension.minimum_contribution_months", date(2039, 1, 1), "240"),
        ("resident_pension.account_divisor", date(2026, 11, 1), "139"),
        ("collection.late_fee_daily", date(2026, 11, 1), "0.0005"),
    ],
)
def test_figures_at_their_boundary_days(key: str, on: date, value: str) -> None:
    assert parameters.load().resolve(key, ANQING, on).number == Decimal(value)


def test_the_award_base_of_2026_is_not_yet_published() -> None:
    with pytest.raises(NotConfigured):
        parameters.load().resolve("pension.award_base", ANQING, date(2026, 2, 1))


def test_the_divisor_falls_with_every_year_of_age() -> None:
    table = parameters.load().resolve("pension.divisor", ANQING, date(2026, 11, 1)).table

    divisors = [table[str(age)] for age in range(40, 71)]

    assert (table["50"], table["60"], table["70"]) == (195, 139, 56)
    assert divisors == sorted(divisors, key=lambda divisor: -int(str(divisor)))


def test_there_are_fifty_six_nations() -> None:
    assert len(parameters.load().resolve("codes.nation", ANQING, date(2026, 11, 1)).table) == 56
