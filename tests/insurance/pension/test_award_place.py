"""Where the pension is awarded, by months and places (待遇领取地; 国办发〔2009〕66号第六条)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from insurance.accounts.places import PlaceMonths
from insurance.pension.award_place import (
    Ground,
    HouseholdMissing,
    Paid,
    PlaceTerms,
    place_of_award,
    place_terms,
)
from insurance.policy import parameters
from insurance.policy.recompute import holds
from insurance.policy.regions import province_of

RETIRES = Month(2026, 7)
ANHUI, ZHEJIANG, SHANGHAI, HENAN = "340000", "330000", "310000", "410000"
REGIONS = ("340800", "340100", "330100", "310000", "410100")


def terms() -> PlaceTerms:
    return place_terms(tree=parameters.load(), region="340800", month=RETIRES)


def here(months: int, **changes: Any) -> Paid:
    return Paid(relation=PlaceMonths("340800", months, RETIRES), **changes)


def there(region: str, months: int, until: str = "2015-03") -> PlaceMonths:
    return PlaceMonths(region, months, Month.parse(until))


@pytest.mark.parametrize(
    ("paid", "province", "ground"),
    [
        (here(120, household="410100"), ANHUI, Ground.RELATION),
        (here(1, household="340100"), ANHUI, Ground.RELATION_AT_HOUSEHOLD),
        (
            here(119, household="410100", earlier=[there("330100", 120)]),
            ZHEJIANG,
            Ground.EARLIER,
        ),
        (here(119, household="410100", earlier=[there("330100", 119)]), HENAN, Ground.HOUSEHOLD),
        (
            here(
                119,
                household="410100",
                earlier=[there("330100", 200, "2005-01"), there("310000", 120, "2015-01")],
            ),
            SHANGHAI,
            Ground.EARLIER,
        ),
        (
            here(60, household="410100", earlier=[there("340100", 60), there("330100", 130)]),
            ANHUI,
            Ground.RELATION,
        ),
    ],
    ids=[
        "ten years here",
        "at home here, no years asked",
        "ten years less a month here, ten years there",
        "ten years less a month at both: at home",
        "the last of two with ten years",
        "two cities of a province are one place",
    ],
)
def test_the_place_by_the_four_clauses(paid: Paid, province: str, ground: Ground) -> None:
    found = place_of_award(paid=paid, terms=terms())

    assert (found.province, found.ground) == (province, ground)
    assert holds(step=found.step)


def test_a_temporary_account_is_never_the_place_of_award() -> None:
    stays = here(240, temporary=True, household="410100", earlier=[there("330100", 130)])
    at_home = here(240, temporary=True, household="410100", earlier=[there("330100", 119)])

    assert place_of_award(paid=stays, terms=terms()).province == ZHEJIANG
    assert place_of_award(paid=at_home, terms=terms()).province == HENAN


def test_the_household_is_asked_for_only_where_it_matters() -> None:
    assert place_of_award(paid=here(120), terms=terms()).province == ANHUI

    with pytest.raises(HouseholdMissing):
        place_of_award(paid=here(119, earlier=[there("330100", 130)]), terms=terms())


PLACES = st.lists(
    st.builds(
        PlaceMonths,
        st.sampled_from(REGIONS),
        st.integers(1, 240) | st.sampled_from((119, 120, 121)),
        st.integers(1996 * 12, 2020 * 12).map(Month.from_index),
    ),
    max_size=4,
)


@given(
    months=st.integers(0, 240) | st.sampled_from((119, 120, 121)),
    earlier=PLACES,
    household=st.sampled_from(REGIONS),
    temporary=st.booleans(),
)
def test_the_place_is_home_or_one_with_ten_years_and_one_month_more_here_never_sends_away(
    months: int, earlier: list[PlaceMonths], household: str, temporary: bool
) -> None:
    paid = here(months, earlier=earlier, household=household, temporary=temporary)
    found = place_of_award(paid=paid, terms=terms())

    at_home = province_of(region=household)
    assert found.province == at_home or int(found.step.result) >= 120
    assert holds(step=found.step)
    assert found.province in {at_home, ANHUI, *(one.province for one in earlier)}
    if found.province == ANHUI and not temporary:
        more = here(months + 1, earlier=earlier, household=household)
        assert place_of_award(paid=more, terms=terms()).province == ANHUI
    order = here(months, earlier=earlier[::-1], household=household, temporary=temporary)
    if len({one.until for one in earlier}) == len(earlier):
        assert place_of_award(paid=order, terms=terms()).province == found.province
