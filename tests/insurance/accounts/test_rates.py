"""Which rate computes a year: announced, interim, unverified, not configured."""

from decimal import Decimal

import pytest

from backend.kernel.dated import Standing
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.accounts.rates import SchemeWithoutAccounts, rate_of_year

ANQING = "340800"


def test_a_year_is_computed_by_its_own_rate() -> None:
    found = rate_of_year(scheme="110", region=ANQING, year=2025)

    assert (found.ratio, found.of_year, found.interim) == (Decimal("0.0150"), 2025, False)
    assert found.standing is Standing.CITED


def test_before_it_is_announced_by_the_last_one() -> None:
    found = rate_of_year(scheme="110", region=ANQING, year=2026, demo=True)

    assert (found.ratio, found.of_year, found.interim) == (Decimal("0.0150"), 2025, True)


def test_an_unverified_interim_rule_blocks_outside_a_demonstration() -> None:
    with pytest.raises(NotVerified):
        rate_of_year(scheme="110", region=ANQING, year=2026)


def test_an_unverified_rate_blocks_outside_a_demonstration() -> None:
    assert rate_of_year(scheme="170", region=ANQING, year=2025, demo=True).of_year == 2025
    with pytest.raises(NotVerified):
        rate_of_year(scheme="170", region=ANQING, year=2025)


def test_a_rate_nobody_ever_announced_is_invented_for_a_demonstration_alone() -> None:
    found = rate_of_year(scheme="310", region=ANQING, year=2025, demo=True)

    assert found.standing is Standing.DEMO
    with pytest.raises(NotVerified):
        rate_of_year(scheme="310", region=ANQING, year=2025)


def test_a_year_of_which_nothing_is_known_is_not_invented() -> None:
    with pytest.raises(NotConfigured):
        rate_of_year(scheme="110", region=ANQING, year=2010, demo=True)


def test_other_schemes_have_no_accounts() -> None:
    with pytest.raises(SchemeWithoutAccounts):
        rate_of_year(scheme="210", region=ANQING, year=2025)
