"""Shares of an amount by expense item: both ways to the fen (份额的支出项目)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.accounts.shares import divided
from insurance.benefits.claims.parts import added, divided_parts

FEN = st.integers(-50_000, 10_000_000)


@given(parts=st.lists(FEN, min_size=1, max_size=4), weights=st.lists(st.integers(1, 1_000)))
def test_shares_and_items_both_come_out_to_the_fen(parts: list[int], weights: list[int]) -> None:
    if sum(parts) <= 0 or not weights:
        return
    shares = divided(fen=sum(parts), weights=weights)

    found = divided_parts(parts=parts, shares=shares)

    assert [sum(one) for one in found] == list(shares)
    assert list(added(of=found)) == parts


def test_each_heir_has_of_each_item_in_proportion() -> None:
    assert divided_parts(parts=(30_000, 3_001), shares=(16_501, 16_500)) == (
        (15_001, 1_500),
        (14_999, 1_501),
    )


def test_shares_that_do_not_come_to_the_parts_are_none() -> None:
    with pytest.raises(ValueError, match="parts"):
        divided_parts(parts=(100,), shares=(50, 49))


def test_what_has_fewer_items_has_nothing_of_the_last() -> None:
    assert added(of=[(1,), (2, 3)]) == (3, 3)
