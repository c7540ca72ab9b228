"""Between seal and close a month lists what one fund pays into another, once (代缴)."""

import pytest

from backend.city.fund_steps import list_by_fund, unpaid_lists
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.unemployment import contribution_builders as c

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def drawing() -> None:
    c.drawing()
    m.sealed(NOVEMBER)


def test_a_month_that_is_not_sealed_lists_nothing() -> None:
    assert list_by_fund(period=DECEMBER, tell=print) == []


def test_a_sealed_month_is_listed_once_and_told() -> None:
    m.sealed(DECEMBER)
    told: list[str] = []

    list_by_fund(period=DECEMBER, tell=told.append)
    list_by_fund(period=DECEMBER, tell=told.append)

    assert told == ["▶ 失业保险基金代缴名册：1 笔"]
    assert len(unpaid_lists(period=DECEMBER)) == 1


def test_a_list_that_is_paid_waits_no_more() -> None:
    m.sealed(DECEMBER)
    (made,) = list_by_fund(period=DECEMBER, tell=print)

    c.paid(made)

    assert unpaid_lists(period=DECEMBER) == []
