"""What the fund pays for a month: the whole contribution on the least base, with its steps."""

from datetime import date

import pytest

from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.policy import parameters
from insurance.unemployment.contributions import (
    MEDICAL,
    PENSION,
    FundContribution,
    FundTerms,
    fund_contribution,
    fund_terms,
)
from tests.insurance.pension.pension_facts import all_hold
from tests.insurance.unemployment.unemployment_facts import ANQING, month


def terms(scheme: str, of: str, *, demo: bool = True) -> FundTerms:
    return fund_terms(
        tree=parameters.load(),
        scheme=scheme,
        region=ANQING,
        month=month(of),
        known_on=date(2026, 11, 30),
        demo=demo,
    )


def paid(scheme: str, of: str) -> FundContribution:
    return fund_contribution(terms=terms(scheme, of))


def test_medical_is_what_employer_and_person_would_pay_on_the_floor() -> None:
    found = paid(MEDICAL, "2026-11")

    assert (found.fen, found.account_fen) == (8_708 + 27_866, 8_708)
    assert all_hold(found.steps)
    assert found.steps[-1].inputs == (("个人缴费", "87.08"), ("单位缴费", "278.66"))


def test_pension_is_what_a_flexible_worker_would_pay_on_the_floor() -> None:
    found = paid(PENSION, "2026-11")

    assert (found.fen, found.account_fen) == (87_080, 34_832)
    assert all_hold(found.steps)


def test_the_floor_of_the_month_counts() -> None:
    assert paid(PENSION, "2025-12").fen == 86_220
    assert paid(PENSION, "2026-01").fen == 87_080


def test_pensions_are_paid_from_2025_on() -> None:
    assert paid(PENSION, "2025-01").fen == 86_220

    with pytest.raises(NotConfigured):
        terms(PENSION, "2024-12")


@pytest.mark.parametrize("scheme", [MEDICAL, PENSION])
def test_outside_a_demonstration_what_is_not_verified_pays_nothing(scheme: str) -> None:
    with pytest.raises((NotConfigured, NotVerified)):
        terms(scheme, "2026-11", demo=False)
