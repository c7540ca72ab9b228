"""The table of sensitive changes names kinds that there are; invented days do not count live."""

from datetime import date

from backend.cases import kinds
from backend.kernel.dated import Standing
from backend.sensitive.cooling import Waiver
from backend.sensitive.kinds import DOUBLE_CHANGE, cooling_of, sensitive_kinds
from tests.builders import TODAY

CITY, ELSEWHERE = "340802", "110101"


def test_every_sensitive_kind_is_a_kind_of_case() -> None:
    assert set(sensitive_kinds(on=TODAY)) <= {kind.code for kind in kinds.kinds(on=TODAY)}


def test_an_account_and_a_double_change_cool_in_the_demonstration() -> None:
    account = cooling_of(change="ACCOUNT_CHANGE", on=TODAY, region=CITY, demo=True)
    double = cooling_of(change=DOUBLE_CHANGE, on=TODAY, region=CITY, demo=True)

    assert account is not None
    assert double is not None
    assert (account.days, account.standing) == (7, Standing.DEMO)
    assert (double.days, double.waived_by) == (30, ())
    assert Waiver.BANK_CONFIRMED_CARD in account.waived_by


def test_invented_days_do_not_count_outside_a_demonstration() -> None:
    for change in ("ACCOUNT_CHANGE", DOUBLE_CHANGE):
        assert cooling_of(change=change, on=TODAY, region=CITY, demo=False) is None


def test_days_of_one_city_are_not_another_s() -> None:
    assert cooling_of(change="ACCOUNT_CHANGE", on=TODAY, region=ELSEWHERE, demo=True) is None
    assert cooling_of(change="ACCOUNT_CHANGE", on=date(2019, 1, 1), region=CITY, demo=True) is None
